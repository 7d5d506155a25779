"""Gift boxes for staff: put them up for sale, change them, see the figures."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.models.states import Role
from app.packs.gift_boxes import box_changes, boxes, terms
from app.packs.gift_boxes.fair import ask_order
from app.packs.gift_boxes.figures import read_figures
from app.platform.errors import CursorInvalid, NotFound, StateConflict, VersionStale
from app.routers.acting import Acting
from app.routers.asked import ASKED, asked_answer
from app.routers.editions import Edition
from app.routers.guard import OPTIONAL, OnceKey, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.approvals import AskedOut
from app.schemas.base import PageOut
from app.schemas.draws_desk import RevealIn
from app.schemas.gift_boxes_desk import (
    BoxChange,
    BoxIn,
    BoxStockChange,
    StaffBoxOut,
)
from app.schemas.gift_boxes_sale import FiguresOut, RulesChange, RulesOut
from app.schemas.seed_ids import FIRST_GIFT_BOX_ID
from app.shared.approvals import ApprovalPending
from app.shared.draws import NumbersNotPublished
from app.shared.stock import BelowIssued

router = api_router()

BOXES = "/v1/admin/gift-boxes"
RULES = BOXES + "/rules"
BOX = BOXES + "/{box_id}"
MANAGER, FINANCE = Role.SHOP_MANAGER, Role.FINANCE
BoxId = Annotated[UUID, Path(examples=[str(FIRST_GIFT_BOX_ID)])]


@router.get(BOXES, summary="年货礼盒清单")
@staff_only(MANAGER, FINANCE, reads=True, refuses=(CursorInvalid,))
async def list_boxes_for_staff(
    request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[StaffBoxOut]:
    """All boxes by the opening of their sale, with both pools."""
    found = await boxes.list_boxes(rooms.sessions, page=page)
    link_next(request, response, found)
    shown = found.map(StaffBoxOut.of)
    return PageOut[StaffBoxOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(BOXES, status_code=201, summary="上架年货礼盒")
@staff_only(MANAGER, verb="gift_boxes.box.create", key=OPTIONAL, refuses=(NotFound,))
async def create_gift_box(body: BoxIn, actor: Acting, rooms: R, once: OnceKey) -> StaffBoxOut:
    """Put a box up for sale; members see it at once, and order when its window opens."""
    box = await boxes.create_box(
        rooms.sessions,
        rooms.clock,
        once.answering(201, lambda each: StaffBoxOut.of(each).model_dump_json()),
        actor=actor,
        **body.values(),
    )
    return StaffBoxOut.of(box)


@router.get(RULES, summary="年货销售规则")
@staff_only(MANAGER, FINANCE, reads=True, refuses=(NotFound,))
async def get_sale_rules(rooms: R, campaign_id: Edition = None) -> RulesOut:
    """How long an order is held unpaid, and an offer stands, in a campaign (the current one)."""
    return RulesOut.of(await terms.SALE.get(rooms.sessions, campaign_id))


@router.patch(RULES, summary="修改年货销售规则")
@staff_only(MANAGER, verb="gift_boxes.rules.change", refuses=(NotFound, VersionStale))
async def change_sale_rules(body: RulesChange, actor: Acting, rooms: R) -> RulesOut:
    """For orders and offers from now on; those that stand keep their time."""
    changed = await terms.SALE.change(
        rooms.sessions,
        rooms.clock,
        actor=actor,
        version=body.version,
        changes=body.model_dump(exclude={"version", "reason", "campaign_id"}, exclude_none=True),
        reason=body.reason,
        campaign_id=body.campaign_id,
    )
    return RulesOut.of(changed)


@router.get("/v1/admin/gift-box-figures", summary="年货数据")
@staff_only(MANAGER, FINANCE, reads=True, refuses=(NotFound,))
async def get_gift_box_figures(rooms: R) -> FiguresOut:
    """Views, participants, buyers and boxes of the current campaign, and each box by itself."""
    return FiguresOut.of(await read_figures(rooms.sessions, rooms.clock))


@router.get(BOX, summary="一款年货礼盒")
@staff_only(MANAGER, FINANCE, reads=True)
async def get_gift_box(box_id: BoxId, rooms: R) -> StaffBoxOut:
    """One box, with both pools."""
    return StaffBoxOut.of(await boxes.find_box(rooms.sessions, box_id=box_id))


@router.patch(BOX, summary="修改年货礼盒")
@staff_only(MANAGER, verb="gift_boxes.box.change", refuses=(VersionStale, StateConflict))
async def change_gift_box(box_id: BoxId, body: BoxChange, actor: Acting, rooms: R) -> StaffBoxOut:
    """Texts, prices, limits, times, sites. Orders that stand keep what they were shown."""
    box = await box_changes.change_box(
        rooms.sessions, rooms.clock, rooms.stock, actor=actor, box_id=box_id, **body.values()
    )
    return StaffBoxOut.of(box)


@router.post(BOX + "/stock", summary="调整礼盒数量")
@staff_only(
    MANAGER,
    verb="gift_boxes.box.change_stock",
    key=OPTIONAL,
    refuses=(VersionStale, BelowIssued),
)
async def change_gift_box_stock(
    box_id: BoxId, body: BoxStockChange, actor: Acting, rooms: R, once: OnceKey
) -> StaffBoxOut:
    """More or fewer of a box, for sale or free. What is added for sale is offered to the waiting
    list first; what is added free, in a fair opening, goes to who asked and had none."""
    box = await box_changes.change_stock(
        rooms.sessions,
        rooms.clock,
        rooms.stock,
        rooms.sealer,
        once.answering(200, lambda each: StaffBoxOut.of(each).model_dump_json()),
        actor=actor,
        box_id=box_id,
        **body.model_dump(),
    )
    return StaffBoxOut.of(box)


@router.post(
    BOX + "/order",
    status_code=202,
    summary="录入公开号码、排定免费礼盒的次序",
    responses=ASKED,
    response_model=AskedOut,
)
@staff_only(
    Role.CAMPAIGN_MANAGER,
    Role.DRAW_OFFICER,
    verb="draws.draw.ask_reveal",
    key=OPTIONAL,
    refuses=(StateConflict, NumbersNotPublished, ApprovalPending),
)
async def draw_free_box_order(
    box_id: BoxId, body: RevealIn, actor: Acting, rooms: R, once: OnceKey
) -> Response:
    """Enter the number that decides who has a free box first (`fair.result_at`; which one it is,
    the public draw says); a second person compares it with its publisher. Approved, the turns
    are taken."""
    asked = await ask_order(
        rooms.sessions,
        once,
        actor=actor,
        box_id=box_id,
        public_numbers=body.public_numbers,
        reason=body.reason,
    )
    return asked_answer(asked)
