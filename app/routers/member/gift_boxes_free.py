"""Gift boxes for members: a free one, the pass of an order, and that it arrived."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.packs.gift_boxes import fair
from app.packs.gift_boxes.fair import Asked
from app.packs.gift_boxes.free_claims import claim_free
from app.packs.gift_boxes.passes import show_pass
from app.packs.gift_boxes.receipt import confirm_receipt
from app.platform.errors import DeadlinePassed, StateConflict
from app.routers.acting import Acting, actor_of
from app.routers.guard import (
    CLAIM_KEY,
    REQUIRED,
    ClaimKey,
    MemberCaller,
    OnceKey,
    api_router,
    members_only,
)
from app.routers.qr import NO_STORE, PNG, SVG, drawn_as, png_answer, svg_answer
from app.routers.rooms import R, Rooms
from app.schemas.gift_boxes import BoxTicketOut
from app.schemas.gift_boxes_free import FreeClaimIn, FreeClaimOut
from app.schemas.gift_boxes_fulfilment import BoxPassOut
from app.schemas.gift_boxes_orders import OrderOut
from app.schemas.seed_ids import FIRST_GIFT_BOX_ID
from app.shared.counter import ShownPass
from app.shared.draws import AlreadyEntered, ResultPending
from app.shared.idempotency import IdempotencyKeyInProgress, Once
from app.shared.identity.callers import Member
from app.shared.identity.refusals import NotEligible
from app.shared.limits import CLAIM
from app.shared.stock import LimitReached, NotOpen, SoldOut

router = api_router()

ORDER = "/v1/gift-boxes/orders/{order_id}"
BOX = "/v1/gift-boxes/{box_id}"
BoxId = Annotated[UUID, Path(examples=[str(FIRST_GIFT_BOX_ID)])]
OrderId = Annotated[UUID, Path(description="见我的订单 · as listed")]


@router.post(
    BOX + "/free-claims",
    status_code=201,
    summary="领取免费年货礼盒",
    responses={202: {"model": BoxTicketOut, "description": "In the window of a fair opening"}},
)
@members_only(
    key=CLAIM_KEY,
    limit=CLAIM,
    front=True,
    refuses=(
        NotEligible,
        NotOpen,
        IdempotencyKeyInProgress,
        ResultPending,
        AlreadyEntered,
        LimitReached,
        SoldOut,
    ),
)
async def claim_free_box(
    box_id: BoxId,
    body: FreeClaimIn,
    request: Request,
    response: Response,
    member: MemberCaller,
    rooms: R,
    key: ClaimKey,
) -> FreeClaimOut | BoxTicketOut:
    """A free box, one a person and campaign, for whom it is meant: `not_open` says from when your
    category may. It is an order of mine from then on, and costs nothing.

    Where free boxes open by a fair draw, whoever asks within its window is answered 202 with a
    ticket. Nobody is faster than anybody: the order is drawn afterwards. Asking again with a
    new key changes how it is to be had."""
    claimed = await claim_free(
        rooms.stock,
        rooms.free_boxes,
        rooms.sessions,
        rooms.clock,
        rooms.closed,
        rooms.sealer,
        Once(key, rooms.digester, rooms.sealer).answering(
            202, lambda each: BoxTicketOut.of(each).model_dump_json()
        ),
        member=member,
        actor=actor_of(request),
        box_id=box_id,
        delivery=body.delivery.delivery(),
        request=key,
    )
    if isinstance(claimed, Asked):
        ticket = BoxTicketOut.of(claimed)
        response.status_code, response.headers["Location"] = 202, ticket.location
        return ticket
    if claimed.repeated:
        response.headers["Idempotent-Replayed"] = "true"
    return FreeClaimOut.of(claimed.claim)


@router.get(BOX + "/entry", summary="我的免费礼盒抽签申请")
@members_only()
async def get_free_box_entry(box_id: BoxId, member: MemberCaller, rooms: R) -> BoxTicketOut:
    """What I asked for in the window of a fair opening: my ticket, the time of the result, and
    what became of it."""
    asked = await fair.find_ask(rooms.sessions, member_id=member.id, box_id=box_id)
    return BoxTicketOut.of(asked)


@router.post(BOX + "/entry/withdrawal", summary="撤回免费礼盒抽签申请")
@members_only(key=REQUIRED, refuses=(DeadlinePassed, StateConflict))
async def withdraw_free_box_entry(
    box_id: BoxId, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> BoxTicketOut:
    """Ask for nothing after all, until the window closes; asking again brings the same ticket
    back. Whoever waits for what comes free, once the order is drawn, waits no longer."""
    withdrawn = await fair.withdraw_ask(
        rooms.sessions,
        rooms.clock,
        once.answering(200, lambda each: BoxTicketOut.of(each).model_dump_json()),
        member=member,
        actor=actor,
        box_id=box_id,
    )
    return BoxTicketOut.of(withdrawn)


@router.post(ORDER + "/receipt", summary="确认收货")
@members_only(key=REQUIRED, refuses=(StateConflict,))
async def confirm_my_order(
    order_id: OrderId, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> OrderOut:
    """What was sent or handed out has arrived: the order is closed."""
    received = await confirm_receipt(
        rooms.sessions,
        rooms.clock,
        once.answering(
            200, lambda each: OrderOut.of(each, rooms.clock, rooms.sealer).model_dump_json()
        ),
        member_id=member.id,
        actor=actor,
        order_id=order_id,
    )
    return OrderOut.of(received, rooms.clock, rooms.sealer)


@router.get(ORDER + "/pass", summary="自提的二维码内容")
@members_only(refuses=(StateConflict,))
async def get_order_pass(
    order_id: OrderId, response: Response, member: MemberCaller, rooms: R
) -> BoxPassOut:
    """A pass signed now, once it is packed: show it as a QR, and fetch the next before
    `expires_at`."""
    response.headers.update(NO_STORE)
    return BoxPassOut.of(await _show(rooms, member, order_id))


@router.get(
    ORDER + "/pass.svg",
    summary="自提的二维码（SVG）",
    response_class=Response,
    responses=drawn_as(SVG),
)
@members_only(refuses=(StateConflict,))
async def get_order_pass_svg(order_id: OrderId, member: MemberCaller, rooms: R) -> Response:
    """The pass as a QR, for any size of screen."""
    return await svg_answer((await _show(rooms, member, order_id)).text)


@router.get(
    ORDER + "/pass.png",
    summary="自提的二维码（PNG）",
    response_class=Response,
    responses=drawn_as(PNG),
)
@members_only(refuses=(StateConflict,))
async def get_order_pass_png(order_id: OrderId, member: MemberCaller, rooms: R) -> Response:
    """The pass as a QR, as a picture."""
    return await png_answer((await _show(rooms, member, order_id)).text)


async def _show(rooms: Rooms, member: Member, order_id: UUID) -> ShownPass:
    return await show_pass(
        rooms.sessions,
        rooms.gift_boxes_desk.passes,
        rooms.clock,
        member_id=member.id,
        order_id=order_id,
    )
