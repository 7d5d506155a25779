"""What staff settle before gift boxes are handed over: rules, free boxes' windows, suppliers."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.models.states import Role
from app.packs.gift_boxes import free_claims, free_windows, suppliers, terms
from app.platform.errors import CursorInvalid, NotFound, StateConflict, VersionStale
from app.routers.acting import Acting
from app.routers.editions import Edition
from app.routers.guard import api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import PageOut
from app.schemas.gift_boxes_free import FreeWindowsIn, FreeWindowsOut, StaffFreeClaimOut
from app.schemas.gift_boxes_fulfilment import (
    BoxSupplierOut,
    FulfilmentRulesChange,
    FulfilmentRulesOut,
    SupplierOut,
    SupplyIn,
)
from app.schemas.seed_ids import ADMINISTRATOR_ID, FIRST_GIFT_BOX_ID

router = api_router()

BOX = "/v1/admin/gift-boxes/{box_id}"
RULES = "/v1/admin/gift-boxes/rules/fulfilment"
SUPPLIERS = "/v1/admin/suppliers"
MANAGER, FINANCE = Role.SHOP_MANAGER, Role.FINANCE
BoxId = Annotated[UUID, Path(examples=[str(FIRST_GIFT_BOX_ID)])]


@router.get(RULES, summary="年货交付规则")
@staff_only(MANAGER, FINANCE, reads=True, refuses=(NotFound,))
async def get_fulfilment_rules(rooms: R, campaign_id: Edition = None) -> FulfilmentRulesOut:
    """When an order that nobody confirms is closed, and what becomes of boxes nobody fetched."""
    found = await terms.FULFILMENT.get(rooms.sessions, campaign_id)
    return FulfilmentRulesOut.of(found)


@router.patch(RULES, summary="修改年货交付规则")
@staff_only(MANAGER, verb="gift_boxes.fulfilment_rules.change", refuses=(NotFound, VersionStale))
async def change_fulfilment_rules(
    body: FulfilmentRulesChange, actor: Acting, rooms: R
) -> FulfilmentRulesOut:
    """From now on, for orders that stand as well."""
    changed = await terms.FULFILMENT.change(
        rooms.sessions,
        rooms.clock,
        actor=actor,
        version=body.version,
        changes=body.model_dump(exclude={"version", "reason", "campaign_id"}, exclude_none=True),
        reason=body.reason,
        campaign_id=body.campaign_id,
    )
    return FulfilmentRulesOut.of(changed)


@router.get(BOX + "/free-windows", summary="免费礼盒的领取时段")
@staff_only(MANAGER, FINANCE, reads=True)
async def get_free_windows(box_id: BoxId, rooms: R) -> FreeWindowsOut:
    """Who may have a free one, and from when."""
    return FreeWindowsOut.of(await free_windows.get_windows(rooms.sessions, box_id=box_id))


@router.put(BOX + "/free-windows", summary="设置免费礼盒的领取时段")
@staff_only(MANAGER, verb="gift_boxes.box.set_free_windows", refuses=(StateConflict,))
async def set_free_windows(
    box_id: BoxId, body: FreeWindowsIn, actor: Acting, rooms: R
) -> FreeWindowsOut:
    """A window by category, within the sale, the most in need first; for claims from now on. Of a
    fair opening: before it begins or when its order is over; a category comes with the opening,
    or after the result."""
    free = await free_windows.set_windows(
        rooms.sessions,
        rooms.clock,
        actor=actor,
        box_id=box_id,
        windows=[each.window() for each in body.windows],
        reason=body.reason,
    )
    return FreeWindowsOut.of(free)


@router.get(BOX + "/free-claims", summary="免费礼盒领取记录")
@staff_only(MANAGER, FINANCE, reads=True, refuses=(CursorInvalid,))
async def list_free_claims(
    box_id: BoxId, request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[StaffFreeClaimOut]:
    """What was given, newest first: by which entitlement, by whose word, and what became of it."""
    found = await free_claims.list_claims(rooms.sessions, box_id=box_id, page=page)
    link_next(request, response, found)
    shown = found.map(StaffFreeClaimOut.of_listed)
    return PageOut[StaffFreeClaimOut](items=shown.items, next_cursor=shown.next_cursor)


@router.put(BOX + "/supplier", summary="设置礼盒的供应商")
@staff_only(MANAGER, verb="gift_boxes.box.set_supplier", refuses=(StateConflict,))
async def set_box_supplier(
    box_id: BoxId, body: SupplyIn, actor: Acting, rooms: R
) -> BoxSupplierOut:
    """Whose a box is. Conflict: it has been ordered, and what was sold stays on its sheet."""
    supplier = await suppliers.set_box_supplier(
        rooms.sessions,
        rooms.clock,
        actor=actor,
        box_id=box_id,
        merchant_id=body.merchant_id,
    )
    return BoxSupplierOut.of(supplier)


@router.get(SUPPLIERS, summary="供应商账号")
@staff_only(MANAGER, reads=True, refuses=(CursorInvalid,))
async def list_suppliers(
    request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[SupplierOut]:
    """Accounts in the role `supplier` by name, and whom each acts for."""
    found = await suppliers.list_suppliers(rooms.sessions, page=page)
    link_next(request, response, found)
    shown = found.map(SupplierOut.of)
    return PageOut[SupplierOut](items=shown.items, next_cursor=shown.next_cursor)


@router.put(SUPPLIERS + "/{staff_id}", summary="绑定供应商账号")
@staff_only(verb="gift_boxes.supplier.bind")
async def bind_supplier(
    staff_id: Annotated[UUID, Path(examples=[str(ADMINISTRATOR_ID)])],
    body: SupplyIn,
    actor: Acting,
    rooms: R,
) -> SupplierOut:
    """The account sees this merchant's boxes and orders from its next call on, and no others."""
    supplier = await suppliers.bind_supplier(
        rooms.sessions,
        rooms.clock,
        actor=actor,
        staff_id=staff_id,
        merchant_id=body.merchant_id,
    )
    return SupplierOut.of(supplier)
