"""Redemptions for staff: undo what a store may no longer undo itself."""

from uuid import UUID

from app.models.states import Role
from app.packs.breakfast.reverse import reverse_by_staff
from app.platform.errors import StateConflict
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, Reach, StaffCaller, api_router, staff_only
from app.routers.rooms import R
from app.schemas.base import Reason
from app.schemas.redemptions import StaffReversalOut

router = api_router()


@router.post(
    "/v1/admin/redemptions/{redemption_id}/reversal", summary="冲正核销", tags=["redemptions"]
)
@staff_only(
    Role.STORE_MANAGER,
    Role.FINANCE,
    verb="breakfast.voucher.reverse",
    reach=Reach.DISTRICT,
    key=OPTIONAL,
    refuses=(StateConflict,),
)
async def reverse_redemption_by_staff(
    redemption_id: UUID, body: Reason, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> StaffReversalOut:
    """Undo any store's redemption, however old; the voucher may be used again."""
    reversal = await reverse_by_staff(
        rooms.sessions,
        rooms.clock,
        once.answering(200, lambda result: StaffReversalOut.of(result).model_dump_json()),
        actor=actor,
        redemption_id=redemption_id,
        reason=body.reason,
        districts=staff.districts,
    )
    return StaffReversalOut.of(reversal)
