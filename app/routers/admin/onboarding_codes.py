"""One-use codes with which a store's till, or a merchant's own system, comes in."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.models.states import Role
from app.platform.errors import CursorInvalid
from app.platform.pages import Page, PageRequest
from app.routers.acting import Acting
from app.routers.admin.merchants import MERCHANTS, MerchantId
from app.routers.admin.stores import STORES, StoreId
from app.routers.guard import OPTIONAL, OnceKey, Reach, StaffCaller, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.qr import SVG, drawn_as, svg_answer
from app.routers.rooms import R, Rooms
from app.schemas.base import PageOut
from app.schemas.devices import OnboardingCodeOut, OpenCodeOut
from app.shared.idempotency import Once
from app.shared.identity import onboarding_codes
from app.shared.identity.callers import Actor
from app.shared.identity.onboarding_codes import MadeCode
from app.shared.identity.onboarding_text import CodeTexts
from app.shared.identity.owners import Owner

router = api_router()

STORE_CODES = STORES + "/{store_id}/onboarding-codes"
MERCHANT_CODES = MERCHANTS + "/{merchant_id}/onboarding-codes"
CodeId = Annotated[
    UUID, Path(description="开具时返回的 id，或见未使用开通码列表 · as made, or as listed")
]


@router.post(STORE_CODES, status_code=201, summary="开具门店终端开通码")
@staff_only(Role.STORE_MANAGER, verb="onboarding_code.create", reach=Reach.DISTRICT, key=OPTIONAL)
async def create_onboarding_code(
    store_id: StoreId, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> OnboardingCodeOut:
    """A one-use code for one till of this store, good for 24 hours. The text is shown once;
    `qr` is its picture for as long as it can be used."""
    owner = Owner(store_id=store_id, districts=staff.districts)
    return await _create(rooms, actor, once, owner)


@router.get(STORE_CODES, summary="门店未使用的开通码")
@staff_only(Role.STORE_MANAGER, reads=True, reach=Reach.DISTRICT, refuses=(CursorInvalid,))
async def list_onboarding_codes(
    store_id: StoreId,
    request: Request,
    response: Response,
    staff: StaffCaller,
    rooms: R,
    page: Paging,
) -> PageOut[OpenCodeOut]:
    """The store's codes that can still be used, oldest first, without their texts."""
    shown = await _list(rooms, Owner(store_id=store_id, districts=staff.districts), page)
    link_next(request, response, shown)
    return PageOut[OpenCodeOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get(
    STORE_CODES + "/{code_id}.svg",
    summary="门店终端开通码的二维码",
    response_class=Response,
    responses=drawn_as(SVG),
)
@staff_only(Role.STORE_MANAGER, reach=Reach.DISTRICT)
async def get_onboarding_code_qr(
    store_id: StoreId, code_id: CodeId, staff: StaffCaller, rooms: R
) -> Response:
    """The code as a QR, until it was used or has run out. Whoever sees it can come in,
    so it is not for those who only read."""
    return await _draw(rooms, Owner(store_id=store_id, districts=staff.districts), code_id)


@router.post(MERCHANT_CODES, status_code=201, summary="开具商户系统开通码")
@staff_only(Role.STORE_MANAGER, verb="onboarding_code.create", key=OPTIONAL)
async def create_merchant_onboarding_code(
    merchant_id: MerchantId, actor: Acting, rooms: R, once: OnceKey
) -> OnboardingCodeOut:
    """A one-use code for the merchant's own system, good for 24 hours. Its client may call for
    every store of the merchant and names `store_no` in every call."""
    return await _create(rooms, actor, once, Owner(merchant_id=merchant_id))


@router.get(MERCHANT_CODES, summary="商户未使用的开通码")
@staff_only(Role.STORE_MANAGER, reads=True, refuses=(CursorInvalid,))
async def list_merchant_onboarding_codes(
    merchant_id: MerchantId, request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[OpenCodeOut]:
    """The merchant's codes that can still be used, oldest first, without their texts."""
    shown = await _list(rooms, Owner(merchant_id=merchant_id), page)
    link_next(request, response, shown)
    return PageOut[OpenCodeOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get(
    MERCHANT_CODES + "/{code_id}.svg",
    summary="商户系统开通码的二维码",
    response_class=Response,
    responses=drawn_as(SVG),
)
@staff_only(Role.STORE_MANAGER)
async def get_merchant_onboarding_code_qr(
    merchant_id: MerchantId, code_id: CodeId, rooms: R
) -> Response:
    """The code as a QR, until it was used or has run out."""
    return await _draw(rooms, Owner(merchant_id=merchant_id), code_id)


async def _create(rooms: Rooms, actor: Actor, once: Once, owner: Owner) -> OnboardingCodeOut:
    def shown(made: MadeCode) -> OnboardingCodeOut:
        return OnboardingCodeOut.of(made, _codes_path(owner))

    made = await onboarding_codes.create_onboarding_code(
        rooms.sessions,
        rooms.clock,
        _texts(rooms),
        once.answering(201, lambda made: shown(made).model_dump_json()),
        actor=actor,
        owner=owner,
    )
    return shown(made)


async def _list(rooms: Rooms, owner: Owner, page: PageRequest) -> Page[OpenCodeOut]:
    found = await onboarding_codes.list_open_codes(
        rooms.sessions, rooms.clock, owner=owner, page=page
    )
    return found.map(lambda code: OpenCodeOut.of(code, _codes_path(owner)))


async def _draw(rooms: Rooms, owner: Owner, code_id: UUID) -> Response:
    text = await onboarding_codes.show_code(
        rooms.sessions, rooms.clock, _texts(rooms), owner=owner, code_id=code_id
    )
    return await svg_answer(text)


def _codes_path(owner: Owner) -> str:
    if owner.store_id is not None:
        return STORE_CODES.format(store_id=owner.store_id)
    return MERCHANT_CODES.format(merchant_id=owner.merchant_id)


def _texts(rooms: Rooms) -> CodeTexts:
    return CodeTexts(rooms.sealer, rooms.digester)
