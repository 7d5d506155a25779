"""From which amount an act needs a second person."""

from typing import Annotated

from fastapi import Path, Response

from app.models.states import Role
from app.platform.errors import NotFound, VersionStale
from app.routers.acting import Acting
from app.routers.asked import ASKED, asked_answer
from app.routers.guard import OPTIONAL, OnceKey, api_router, staff_only
from app.routers.rooms import R
from app.schemas.approvals import KIND_PATTERN, ThresholdIn, ThresholdOut
from app.shared import approvals
from app.shared.approvals import ApprovalPending, Asked, Threshold

router = api_router()

THRESHOLD = "/v1/admin/approval-thresholds/{kind}"
Kind = Annotated[str, Path(pattern=KIND_PATTERN, examples=["breakfast.budget"])]


@router.get(THRESHOLD, summary="审批门槛")
@staff_only(Role.CAMPAIGN_MANAGER, Role.FINANCE, reads=True, refuses=(NotFound,))
async def get_approval_threshold(kind: Kind, rooms: R) -> ThresholdOut:
    """The threshold of a kind of act; null: such acts are done at once."""
    return _show(await approvals.find_threshold(rooms.sessions, rooms.approvals, kind=kind))


@router.put(THRESHOLD, summary="设置审批门槛", response_model=ThresholdOut, responses=ASKED)
@staff_only(
    Role.FINANCE,
    verb="approval_threshold.change",
    key=OPTIONAL,
    refuses=(NotFound, VersionStale, ApprovalPending),
)
async def change_approval_threshold(
    kind: Kind, body: ThresholdIn, actor: Acting, rooms: R, once: OnceKey
) -> ThresholdOut | Response:
    """Set the first, or lower it: at once. Raise it or take it away: 202, a second person
    approves that too."""
    changed = await approvals.change_threshold(
        rooms.sessions,
        rooms.approvals,
        once.answering(200, lambda threshold: _show(threshold).model_dump_json()),
        actor=actor,
        kind=kind,
        expected_fen=body.expected_fen,
        threshold_fen=body.threshold_fen,
        reason=body.reason,
    )
    return asked_answer(changed) if isinstance(changed, Asked) else _show(changed)


def _show(threshold: Threshold) -> ThresholdOut:
    return ThresholdOut.model_validate(threshold)
