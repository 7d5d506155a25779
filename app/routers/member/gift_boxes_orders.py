"""A member's own orders of gift boxes: see them, pay, give up."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.packs.gift_boxes import holder
from app.packs.gift_boxes.refusals import OrderExpired
from app.platform.errors import CursorInvalid, StateConflict
from app.routers.acting import Acting
from app.routers.guard import REQUIRED, MemberCaller, OnceKey, api_router, members_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.gift_boxes_orders import CancelIn, OrderList, OrderOut, PayOut

router = api_router()

ORDERS = "/v1/gift-boxes/orders"
OrderId = Annotated[UUID, Path(description="见我的订单 · as listed")]


@router.get(ORDERS, summary="我的年货订单")
@members_only(refuses=(CursorInvalid,))
async def list_my_orders(
    request: Request, response: Response, member: MemberCaller, rooms: R, page: Paging
) -> OrderList:
    """My orders, newest first."""
    found = await holder.list_orders(rooms.sessions, member_id=member.id, page=page)
    link_next(request, response, found)
    return OrderList(
        items=[OrderOut.of(each, rooms.clock, rooms.sealer) for each in found.items],
        next_cursor=found.next_cursor,
        server_time=rooms.clock.now(),
    )


@router.get(ORDERS + "/{order_id}", summary="我的一张年货订单")
@members_only()
async def get_my_order(order_id: OrderId, member: MemberCaller, rooms: R) -> OrderOut:
    """One of my orders, read as of now."""
    order = await holder.find_order(rooms.sessions, member_id=member.id, order_id=order_id)
    return OrderOut.of(order, rooms.clock, rooms.sealer)


@router.post(ORDERS + "/{order_id}/payments", status_code=201, summary="支付年货订单")
@members_only(key=REQUIRED, refuses=(StateConflict, OrderExpired))
async def pay_my_order(
    order_id: OrderId, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> PayOut:
    """What the app hands to WeChat Pay. Called again while it can be paid, it is the same
    payment. Whether it is paid, the order says, once the provider has told us."""
    started = await holder.start_paying(
        rooms.sessions,
        rooms.payments,
        once.answering(201, lambda each: PayOut.of(each).model_dump_json()),
        member_id=member.id,
        actor=actor,
        order_id=order_id,
    )
    return PayOut.of(started)


@router.post(ORDERS + "/{order_id}/cancellation", summary="取消年货订单")
@members_only(key=REQUIRED, refuses=(StateConflict,))
async def cancel_my_order(
    order_id: OrderId,
    body: CancelIn,
    member: MemberCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> OrderOut:
    """Give up what is not paid: exactly what it held goes back, once. Money that comes all the
    same is returned whole."""
    order = await holder.cancel_order(
        rooms.stock,
        rooms.gift_boxes,
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(
            200, lambda each: OrderOut.of(each, rooms.clock, rooms.sealer).model_dump_json()
        ),
        member_id=member.id,
        actor=actor,
        order_id=order_id,
        reason=body.reason,
    )
    return OrderOut.of(order, rooms.clock, rooms.sealer)
