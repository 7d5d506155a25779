"""Disputes for staff: two tills took one voucher, one of the scans has to stand."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from app.models.states import DisputeState, Role
from app.packs.breakfast import disputes
from app.platform.errors import CursorInvalid, StateConflict
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, Reach, StaffCaller, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import PageOut
from app.schemas.disputes import DecisionIn, DisputeOut

router = api_router()

DISPUTES = "/v1/admin/redemption-disputes"
READERS = (Role.STORE_MANAGER, Role.FINANCE)
DisputeId = Annotated[UUID, Path(examples=["01855a2c-1c00-7000-8000-0000000000d1"])]


@router.get(DISPUTES, summary="核销争议", tags=["redemptions"])
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(CursorInvalid,))
async def list_disputes(
    request: Request,
    response: Response,
    staff: StaffCaller,
    rooms: R,
    page: Paging,
    state: Annotated[DisputeState | None, Query(description="不填为全部 · all if absent")] = None,
) -> PageOut[DisputeOut]:
    """Vouchers that two tills took, newest first, with both scans. An account limited to
    districts sees those whose two stores both lie there."""
    found = await disputes.list_disputes(
        rooms.sessions, page=page, districts=staff.districts, state=state
    )
    link_next(request, response, found)
    shown = found.map(DisputeOut.model_validate)
    return PageOut[DisputeOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get(DISPUTES + "/{dispute_id}", summary="一件争议", tags=["redemptions"])
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT)
async def get_dispute(dispute_id: DisputeId, staff: StaffCaller, rooms: R) -> DisputeOut:
    """One dispute with both scans."""
    return DisputeOut.model_validate(
        await disputes.find_dispute(
            rooms.sessions, dispute_id=dispute_id, districts=staff.districts
        )
    )


@router.post(DISPUTES + "/{dispute_id}/decision", summary="裁定争议", tags=["redemptions"])
@staff_only(
    Role.STORE_MANAGER,
    verb="breakfast.dispute.decide",
    reach=Reach.DISTRICT,
    key=OPTIONAL,
    refuses=(StateConflict,),
)
async def decide_dispute(
    dispute_id: DisputeId,
    body: DecisionIn,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> DisputeOut:
    """Decide, with a reason and for good, which scan is the redemption."""
    decided = await disputes.decide(
        rooms.sessions,
        rooms.clock,
        once.answering(200, lambda result: DisputeOut.model_validate(result).model_dump_json()),
        actor=actor,
        dispute_id=dispute_id,
        decision=body.decision,
        reason=body.reason,
        districts=staff.districts,
    )
    return DisputeOut.model_validate(decided)
