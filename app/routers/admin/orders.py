"""Orders of gift boxes for staff: look for them, give them back."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from app.models.states import Role
from app.models.states_gift_boxes import DeliveryMode, OrderState
from app.packs.gift_boxes import oversight, refunding
from app.packs.gift_boxes.oversight import OrderFilters
from app.platform.errors import CursorInvalid, StateConflict
from app.routers.acting import Acting
from app.routers.asked import ASKED, asked_answer
from app.routers.guard import OPTIONAL, OnceKey, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.routers.state_words import explained
from app.schemas.base import PageOut
from app.schemas.gift_boxes_oversight import (
    OrderRefundIn,
    OrderRefundOut,
    StaffOrderOut,
    WholeOrderOut,
)
from app.shared.approvals import ApprovalPending, Asked
from app.shared.payments import RefundTooLarge

router = api_router()

ORDERS = "/v1/admin/orders"
READERS = (Role.SHOP_MANAGER, Role.FINANCE)
OrderId = Annotated[UUID, Path(description="见订单列表 · as listed")]


@router.get(ORDERS, summary="年货订单")
@staff_only(*READERS, reads=True, refuses=(CursorInvalid,))
async def list_orders_for_staff(
    request: Request,
    response: Response,
    rooms: R,
    page: Paging,
    state: Annotated[OrderState | None, Query(description=explained(OrderState))] = None,
    mode: Annotated[DeliveryMode | None, Query(description="自提或配送 · how it is had")] = None,
    box_id: Annotated[UUID | None, Query(description="含此礼盒的 · with this box")] = None,
    site_id: Annotated[UUID | None, Query(description="自提点 · picked up there")] = None,
    member_no: Annotated[
        str | None, Query(pattern=r"^[0-9A-Za-z]{1,32}$", description="会员号 · whose")
    ] = None,
) -> PageOut[StaffOrderOut]:
    """Orders, newest first, masked; states as of now, whoever has written them down."""
    filters = OrderFilters(state, mode, box_id, site_id, member_no)
    found = await oversight.list_orders(rooms.sessions, rooms.clock, filters=filters, page=page)
    link_next(request, response, found)
    shown = found.map(lambda each: StaffOrderOut.of(each, rooms.clock, rooms.sealer))
    return PageOut[StaffOrderOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get(ORDERS + "/{order_id}", summary="一张年货订单")
@staff_only(*READERS, reads=True)
async def get_order_for_staff(order_id: OrderId, rooms: R) -> WholeOrderOut:
    """With its refunds and its moves. Its payments: `GET /v1/admin/payments?payable_id=`."""
    whole = await oversight.find_order(rooms.sessions, order_id=order_id)
    return WholeOrderOut.of_whole(whole, rooms.clock, rooms.sealer)


@router.post(
    ORDERS + "/{order_id}/refunds",
    status_code=201,
    summary="订单退款",
    response_model=OrderRefundOut,
    responses=ASKED,
)
@staff_only(
    *READERS,
    verb="gift_boxes.order.refund",
    key=OPTIONAL,
    refuses=(StateConflict, RefundTooLarge, ApprovalPending),
)
async def refund_an_order(
    order_id: OrderId, body: OrderRefundIn, actor: Acting, rooms: R, once: OnceKey
) -> OrderRefundOut | Response:
    """Give the whole back, or some of its lines; the boxes are sold again, or scrapped. Conflict:
    it is not paid. 202: it is more than one may alone, counted over 24 hours."""
    refund = await refunding.refund_order(
        rooms.sessions,
        rooms.clock,
        once.answering(201, lambda made: OrderRefundOut.of(made).model_dump_json()),
        actor=actor,
        order_id=order_id,
        lines=body.counts(),
        stock=body.stock,
        reason=body.reason,
    )
    return asked_answer(refund) if isinstance(refund, Asked) else OrderRefundOut.of(refund)
