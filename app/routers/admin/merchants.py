"""The companies behind stores, for staff."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.models.states import Role
from app.platform.errors import AlreadyExists, CursorInvalid, VersionStale
from app.routers.acting import Acting
from app.routers.admin.stores import READERS
from app.routers.asked import ASKED, asked_answer
from app.routers.guard import OPTIONAL, OnceKey, Reach, StaffCaller, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.approvals import AskedOut
from app.schemas.base import PageOut
from app.schemas.merchants import (
    BankAccountIn,
    MerchantChange,
    MerchantIn,
    MerchantMoveOut,
    MerchantOut,
)
from app.schemas.seed_ids import FIRST_MERCHANT_ID
from app.schemas.stores import StoreOut
from app.shared.approvals import ApprovalPending
from app.shared.identity import bank_accounts, merchants, stores

router = api_router()

MERCHANTS = "/v1/admin/merchants"
MERCHANT = MERCHANTS + "/{merchant_id}"
MerchantId = Annotated[UUID, Path(examples=[str(FIRST_MERCHANT_ID)])]


@router.get(MERCHANTS, summary="商户")
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(CursorInvalid,))
async def list_merchants(
    request: Request, response: Response, staff: StaffCaller, rooms: R, page: Paging
) -> PageOut[MerchantOut]:
    """The companies behind stores, by name; contacts masked."""
    found = await merchants.list_merchants(
        rooms.sessions, rooms.sealer, page=page, districts=staff.districts
    )
    link_next(request, response, found)
    shown = found.map(MerchantOut.model_validate)
    return PageOut[MerchantOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(MERCHANTS, status_code=201, summary="新建商户")
@staff_only(Role.STORE_MANAGER, verb="merchant.create", key=OPTIONAL, refuses=(AlreadyExists,))
async def create_merchant(body: MerchantIn, actor: Acting, rooms: R, once: OnceKey) -> MerchantOut:
    """A company that stores may belong to. Its bank account is added by finance."""
    merchant = await merchants.create_merchant(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(201, lambda made: MerchantOut.model_validate(made).model_dump_json()),
        actor=actor,
        facts=body.model_dump(exclude_none=True),
    )
    return MerchantOut.model_validate(merchant)


@router.get(MERCHANT, summary="一家商户")
@staff_only(*READERS, reads=True)
async def get_merchant(merchant_id: MerchantId, rooms: R) -> MerchantOut:
    """One company with its contact in clear; the account stays masked."""
    merchant = await merchants.find_merchant(rooms.sessions, rooms.sealer, merchant_id=merchant_id)
    return MerchantOut.model_validate(merchant)


@router.patch(MERCHANT, summary="更正商户信息")
@staff_only(Role.STORE_MANAGER, verb="merchant.change", refuses=(VersionStale, AlreadyExists))
async def change_merchant(
    merchant_id: MerchantId, body: MerchantChange, actor: Acting, rooms: R
) -> MerchantOut:
    """Correct name, legal name, credit code or contact; `version` is the one you have read."""
    merchant = await merchants.change_merchant(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        actor=actor,
        merchant_id=merchant_id,
        version=body.version,
        changes=body.changes(),
    )
    return MerchantOut.model_validate(merchant)


@router.patch(
    MERCHANT + "/bank-account",
    status_code=202,
    summary="变更收款账户（须另一人审批）",
    response_model=AskedOut,
    responses=ASKED,
)
@staff_only(
    Role.FINANCE,
    verb="merchant.ask_bank_account",
    key=OPTIONAL,
    refuses=(VersionStale, ApprovalPending),
)
async def ask_bank_account(
    merchant_id: MerchantId, body: BankAccountIn, actor: Acting, rooms: R, once: OnceKey
) -> Response:
    """Ask that the merchant be paid elsewhere; it is done when a second person approves it.

    Only the role `finance` may ask, not even the administrator without it. The account waits
    sealed, and stands masked in the approval.
    """
    asked = await bank_accounts.ask_bank_account(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once,
        actor=actor,
        merchant_id=merchant_id,
        version=body.version,
        bank=body.bank,
        account=body.account,
        reason=body.reason,
    )
    return asked_answer(asked)


@router.get(MERCHANT + "/stores", summary="商户名下门店")
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(CursorInvalid,))
async def list_merchant_stores(
    merchant_id: MerchantId,
    request: Request,
    response: Response,
    staff: StaffCaller,
    rooms: R,
    page: Paging,
) -> PageOut[StoreOut]:
    """The merchant's stores by number, suspended ones too."""
    found = await stores.list_stores_of(
        rooms.sessions, page=page, merchant_id=merchant_id, districts=staff.districts
    )
    link_next(request, response, found)
    shown = found.map(StoreOut.of)
    return PageOut[StoreOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get(MERCHANT + "/history", summary="商户变更记录")
@staff_only(Role.STORE_MANAGER, Role.FINANCE, reads=True, refuses=(CursorInvalid,))
async def list_merchant_history(
    merchant_id: MerchantId, request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[MerchantMoveOut]:
    """Who changed which fields, when and why, newest first."""
    found = await merchants.list_history(rooms.sessions, merchant_id=merchant_id, page=page)
    link_next(request, response, found)
    shown = found.map(MerchantMoveOut.model_validate)
    return PageOut[MerchantMoveOut](items=shown.items, next_cursor=shown.next_cursor)
