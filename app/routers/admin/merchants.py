"""The companies behind stores, for staff."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.models.states import Role
from app.platform.errors import AlreadyExists, CursorInvalid
from app.routers.admin.stores import READERS
from app.routers.guard import OPTIONAL, OnceKey, Reach, StaffCaller, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import PageOut
from app.schemas.seed_ids import FIRST_MERCHANT_ID
from app.schemas.stores import MerchantIn, MerchantOut
from app.shared.identity import merchants

router = api_router()

MERCHANTS = "/v1/admin/merchants"
MerchantId = Annotated[UUID, Path(examples=[str(FIRST_MERCHANT_ID)])]


@router.get(MERCHANTS, summary="商户")
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(CursorInvalid,))
async def list_merchants(
    request: Request, response: Response, staff: StaffCaller, rooms: R, page: Paging
) -> PageOut[MerchantOut]:
    """The companies behind stores, by name."""
    found = await merchants.list_merchants(rooms.sessions, page=page, districts=staff.districts)
    link_next(request, response, found)
    shown = found.map(MerchantOut.model_validate)
    return PageOut[MerchantOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(MERCHANTS, status_code=201, summary="新建商户")
@staff_only(Role.STORE_MANAGER, key=OPTIONAL, refuses=(AlreadyExists,))
async def create_merchant(body: MerchantIn, rooms: R, once: OnceKey) -> MerchantOut:
    """A company that stores may belong to."""
    merchant = await merchants.create_merchant(
        rooms.sessions,
        rooms.clock,
        once.answering(201, lambda made: MerchantOut.model_validate(made).model_dump_json()),
        name=body.name,
    )
    return MerchantOut.model_validate(merchant)
