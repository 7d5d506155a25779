"""Acts that need a second person: what waits, decide it, take it back."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from app.models.states import ApprovalState, Role
from app.platform.errors import CursorInvalid, StateConflict, VersionStale
from app.routers.acting import Acting
from app.routers.asked import APPROVALS
from app.routers.guard import OPTIONAL, OnceKey, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R, Rooms
from app.schemas.approvals import KIND_PATTERN, ApprovalOut, DecisionIn
from app.schemas.base import PageOut, Reason
from app.shared import approvals
from app.shared.approvals import ApprovalFacts, OwnApproval
from app.shared.draws import NumbersPublished
from app.shared.idempotency import Once

router = api_router()

# Whoever asks or decides any kind; which, the kind's own declaration says. What a kind may still
# refuse when it is decided is listed at `decide_approval`. Experts ask and are not among them: they
# come from hospitals, and these are the union's own affairs.
PARTIES = (Role.CAMPAIGN_MANAGER, Role.FINANCE, Role.DRAW_OFFICER, Role.PRIVACY_OFFICER)
ApprovalId = Annotated[UUID, Path(description="见审批列表 · as listed")]


@router.get(APPROVALS, summary="审批申请")
@staff_only(*PARTIES, reads=True, refuses=(CursorInvalid,))
async def list_approvals(
    request: Request,
    response: Response,
    rooms: R,
    page: Paging,
    state: Annotated[ApprovalState | None, Query(description="不填为全部 · all if absent")] = None,
    kind: Annotated[
        str | None, Query(pattern=KIND_PATTERN, description="如 · such as `breakfast.budget`")
    ] = None,
) -> PageOut[ApprovalOut]:
    """What was asked for, the last first. `state=pending` is what waits for somebody."""
    found = await approvals.list_approvals(
        rooms.sessions, rooms.clock, page=page, state=state, kind=kind
    )
    link_next(request, response, found)
    shown = found.map(lambda each: _show(each, rooms))
    return PageOut[ApprovalOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get(APPROVALS + "/{approval_id}", summary="一项审批申请")
@staff_only(*PARTIES, reads=True)
async def get_approval(approval_id: ApprovalId, rooms: R) -> ApprovalOut:
    """What will be done, who asked, why, and what became of it."""
    found = await approvals.find_approval(rooms.sessions, approval_id=approval_id)
    return _show(found, rooms)


@router.post(APPROVALS + "/{approval_id}/decision", summary="审批")
@staff_only(
    *PARTIES,
    verb="approval.decide",
    key=OPTIONAL,
    refuses=(OwnApproval, StateConflict, VersionStale, NumbersPublished),
)
async def decide_approval(
    approval_id: ApprovalId, body: DecisionIn, actor: Acting, rooms: R, once: OnceKey
) -> ApprovalOut:
    """Approve, and it is done at once; or reject. Never one's own. Where the act itself is
    refused by now, its refusal is the answer, nothing is done, and the approval has failed."""
    decided = await approvals.decide(
        rooms.sessions,
        rooms.approvals,
        _answering(once, rooms),
        actor=actor,
        approval_id=approval_id,
        decision=body.decision,
        reason=body.reason,
    )
    return _show(decided, rooms)


@router.post(APPROVALS + "/{approval_id}/withdrawal", summary="撤回申请")
@staff_only(*PARTIES, verb="approval.withdraw", key=OPTIONAL, refuses=(StateConflict,))
async def withdraw_approval(
    approval_id: ApprovalId, body: Reason, actor: Acting, rooms: R, once: OnceKey
) -> ApprovalOut:
    """Take back what you asked for yourself."""
    withdrawn = await approvals.withdraw(
        rooms.sessions,
        _answering(once, rooms),
        actor=actor,
        approval_id=approval_id,
        reason=body.reason,
    )
    return _show(withdrawn, rooms)


def _show(facts: ApprovalFacts, rooms: Rooms) -> ApprovalOut:
    return ApprovalOut.of(facts, rooms.clock.now())


def _answering(once: Once, rooms: Rooms) -> Once:
    def render(facts: ApprovalFacts) -> str:
        return _show(facts, rooms).model_dump_json()

    return once.answering(200, render)
