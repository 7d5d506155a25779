"""The desk of a site where gift boxes are picked up."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.models.states import Role
from app.packs.gift_boxes.pickup import HandedOut
from app.packs.gift_boxes.pickup_queries import list_pickups
from app.packs.gift_boxes.pickup_reversal import reverse_pickup
from app.platform.errors import CursorInvalid, StateConflict
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, StaffCaller, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import PageOut, Reason
from app.schemas.gift_boxes_fulfilment import (
    BoxHandedOut,
    BoxPickupOut,
    BoxReversedOut,
    HandOutIn,
)
from app.shared.counter.refusals import (
    AlreadyCollected,
    CodeUnknown,
    PassExpired,
    SeveralMatch,
)

router = api_router()

PICKUPS = "/v1/admin/orders/pickups"


@router.get(PICKUPS, summary="年货自提记录")
@staff_only(Role.SHOP_MANAGER, Role.DESK, reads=True, refuses=(CursorInvalid,))
async def list_box_pickups(
    request: Request,
    response: Response,
    rooms: R,
    page: Paging,
    site_id: Annotated[UUID | None, Query(description="自提点 · at this site")] = None,
) -> PageOut[BoxPickupOut]:
    """Everything that was handed out, newest first, reversed hand-outs too."""
    found = await list_pickups(rooms.sessions, site_id=site_id, page=page)
    link_next(request, response, found)
    shown = found.map(BoxPickupOut.of)
    return PageOut[BoxPickupOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(PICKUPS, status_code=201, summary="发放自提年货")
@staff_only(
    Role.DESK,
    verb="gift_boxes.order.pick_up",
    key=OPTIONAL,
    refuses=(CodeUnknown, SeveralMatch, PassExpired, AlreadyCollected, StateConflict),
)
async def hand_out_boxes(
    body: HandOutIn, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> BoxHandedOut:
    """Hand out a packed order by its pass (`pass`), or by name and the phone's last four digits,
    which must fit exactly one. A second scan hears who handed it out, when and where."""
    handed = await rooms.gift_boxes_desk.hand_out(
        once.answering(201, _render),
        staff=staff,
        actor=actor,
        what=body.shown(rooms.gift_boxes_desk),
        site_id=body.site_id,
    )
    return BoxHandedOut.of_handed(handed)


@router.post(PICKUPS + "/{pickup_id}/reversal", summary="撤销自提发放")
@staff_only(Role.DESK, verb="gift_boxes.pickup.reverse", key=OPTIONAL, refuses=(StateConflict,))
async def reverse_box_pickup(
    pickup_id: UUID, body: Reason, actor: Acting, rooms: R, once: OnceKey
) -> BoxReversedOut:
    """Undo a wrong hand-out, with a reason: the order waits again to be picked up. Conflict: it
    was undone, confirmed or given back since."""
    undone = await reverse_pickup(
        rooms.sessions,
        rooms.clock,
        once.answering(200, lambda each: BoxReversedOut.of_reversed(each).model_dump_json()),
        actor=actor,
        pickup_id=pickup_id,
        reason=body.reason,
    )
    return BoxReversedOut.of_reversed(undone)


def _render(handed: HandedOut) -> str:
    return BoxHandedOut.of_handed(handed).model_dump_json()
