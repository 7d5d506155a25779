"""Gift boxes for members: what is sold, order it, wait for it."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.packs.gift_boxes import browse, waitlist
from app.packs.gift_boxes.ordering import place_order
from app.packs.gift_boxes.refusals import (
    BoxesLeft,
    BoxLimitReached,
    BoxSoldOut,
    PriceChanged,
)
from app.platform.errors import CursorInvalid, NotFound, StateConflict
from app.routers.acting import Acting
from app.routers.editions import OpenEdition
from app.routers.guard import REQUIRED, MemberCaller, OnceKey, api_router, members_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.gift_boxes import BoxList, BoxOut, LeftOut, WaitingOut
from app.schemas.gift_boxes_orders import AcceptIn, OrderIn, OrderOut
from app.schemas.seed_ids import FIRST_GIFT_BOX_ID
from app.shared.stock import NotOpen
from app.shared.waiting import AlreadyWaiting, NotOfferedAgain, OfferExpired

router = api_router()

BOXES = "/v1/gift-boxes"
ORDERS = BOXES + "/orders"
BoxId = Annotated[UUID, Path(examples=[str(FIRST_GIFT_BOX_ID)])]


@router.get(BOXES, summary="年货礼盒")
@members_only(refuses=(CursorInvalid, NotFound), front=True)
async def list_gift_boxes(
    request: Request,
    response: Response,
    member: MemberCaller,
    rooms: R,
    page: Paging,
    campaign_id: OpenEdition = None,
) -> BoxList:
    """Boxes by the opening of their sale, with what is left and what is mine; of all editions
    that run, or of one."""
    found = await browse.list_boxes(
        rooms.sessions, rooms.clock, member=member, page=page, campaign_id=campaign_id
    )
    link_next(request, response, found)
    return BoxList(
        items=[BoxOut.of(seen, rooms.links) for seen in found.items],
        next_cursor=found.next_cursor,
        server_time=rooms.clock.now(),
    )


@router.post(ORDERS, status_code=201, summary="订购年货礼盒")
@members_only(
    key=REQUIRED,
    front=True,
    refuses=(NotOpen, BoxSoldOut, BoxLimitReached, PriceChanged),
)
async def order_gift_boxes(
    body: OrderIn, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> OrderOut:
    """Order one or several boxes, all or nothing: held for me until `pay_before`, at the prices
    shown. Repeat it with the same key as often as you like: it stays one order."""
    order = await place_order(
        rooms.stock,
        rooms.gift_boxes,
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(
            201, lambda each: OrderOut.of(each, rooms.clock, rooms.sealer).model_dump_json()
        ),
        member=member,
        actor=actor,
        lines=[line.wanted() for line in body.lines],
        delivery=body.delivery.delivery(),
    )
    return OrderOut.of(order, rooms.clock, rooms.sealer)


@router.post(BOXES + "/{box_id}/waitlist", status_code=201, summary="候补年货礼盒")
@members_only(
    key=REQUIRED,
    refuses=(NotOpen, BoxLimitReached, BoxesLeft, NotOfferedAgain, AlreadyWaiting),
)
async def join_box_waiting_list(
    box_id: BoxId, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> WaitingOut:
    """Wait for one of a box: whoever comes first is offered what comes free."""
    waiting = await waitlist.join_list(
        rooms.sessions,
        rooms.clock,
        rooms.closed,
        once.answering(201, lambda each: WaitingOut.of(each).model_dump_json()),
        member=member,
        actor=actor,
        box_id=box_id,
    )
    return WaitingOut.of(waiting)


@router.post(BOXES + "/{box_id}/waitlist/withdrawal", summary="退出礼盒候补")
@members_only(key=REQUIRED, refuses=(OfferExpired, StateConflict))
async def leave_box_waiting_list(
    box_id: BoxId, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> LeftOut:
    """Wait no more. An open offer is declined by it, and goes to the next at once."""
    place = await waitlist.leave_list(
        rooms.stock,
        rooms.sessions,
        rooms.clock,
        once.answering(200, lambda each: LeftOut.of(each).model_dump_json()),
        member=member,
        actor=actor,
        box_id=box_id,
    )
    return LeftOut.of(place)


@router.post(BOXES + "/offers/{offer_id}/acceptance", summary="接受礼盒候补名额")
@members_only(key=REQUIRED, refuses=(OfferExpired, StateConflict, PriceChanged))
async def accept_box_offer(
    offer_id: UUID, body: AcceptIn, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> OrderOut:
    """The box that is kept for me becomes an order of mine, to be paid as any other."""
    order = await waitlist.accept_offer(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(
            200, lambda each: OrderOut.of(each, rooms.clock, rooms.sealer).model_dump_json()
        ),
        member=member,
        actor=actor,
        offer_id=offer_id,
        delivery=body.delivery.delivery(),
        price_fen=body.price_fen,
    )
    return OrderOut.of(order, rooms.clock, rooms.sealer)
