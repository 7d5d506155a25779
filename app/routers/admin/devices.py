"""Tills of stores and systems of merchants, for staff: see them, shut them out."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.models.states import Role
from app.platform.errors import CursorInvalid, StateConflict
from app.platform.pages import Page
from app.routers.acting import Acting
from app.routers.admin.merchants import MERCHANTS, MerchantId
from app.routers.admin.stores import READERS, STORES, StoreId
from app.routers.guard import Reach, StaffCaller, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R, Rooms
from app.schemas.base import PageOut
from app.schemas.devices import DeviceOut
from app.shared.identity import devices
from app.shared.identity.callers import Actor
from app.shared.identity.devices import Device
from app.shared.identity.owners import Owner

router = api_router()

STORE_DEVICES = STORES + "/{store_id}/devices"
MERCHANT_DEVICES = MERCHANTS + "/{merchant_id}/devices"
DeviceId = Annotated[UUID, Path(description="即 client_id，见终端列表 · its client_id, as listed")]


@router.get(STORE_DEVICES, summary="门店终端")
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(CursorInvalid,))
async def list_devices(
    store_id: StoreId,
    request: Request,
    response: Response,
    staff: StaffCaller,
    rooms: R,
    page: Paging,
) -> PageOut[DeviceOut]:
    """The store's tills, oldest first, revoked ones too."""
    owner = Owner(store_id=store_id, districts=staff.districts)
    found = await devices.list_devices(rooms.sessions, rooms.clock, owner=owner, page=page)
    link_next(request, response, found)
    return _shown(found)


@router.delete(STORE_DEVICES + "/{device_id}", summary="停用本店终端")
@staff_only(
    Role.STORE_MANAGER, verb="device.revoke", reach=Reach.DISTRICT, refuses=(StateConflict,)
)
async def revoke_store_device(
    store_id: StoreId, device_id: DeviceId, staff: StaffCaller, actor: Acting, rooms: R
) -> DeviceOut:
    """Its tokens stop within a second, its secrets at once, for good; it stays in the list."""
    owner = Owner(store_id=store_id, districts=staff.districts)
    return await _revoke(rooms, actor, device_id, owner)


@router.delete(STORES + "/devices/{device_id}", summary="停用终端")
@staff_only(
    Role.STORE_MANAGER, verb="device.revoke", reach=Reach.DISTRICT, refuses=(StateConflict,)
)
async def revoke_device(
    device_id: DeviceId, staff: StaffCaller, actor: Acting, rooms: R
) -> DeviceOut:
    """The same, whichever store the till is of: all that is known of a lost till may be its id."""
    revoked = await devices.revoke_device(
        rooms.sessions,
        rooms.clock,
        actor=actor,
        device_id=device_id,
        districts=staff.districts,
    )
    return DeviceOut.model_validate(revoked)


@router.get(MERCHANT_DEVICES, summary="商户系统")
@staff_only(*READERS, reads=True, refuses=(CursorInvalid,))
async def list_merchant_devices(
    merchant_id: MerchantId, request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[DeviceOut]:
    """The clients of the merchant's own system, oldest first, revoked ones too. The tills of
    its stores are listed with the stores."""
    found = await devices.list_devices(
        rooms.sessions, rooms.clock, owner=Owner(merchant_id=merchant_id), page=page
    )
    link_next(request, response, found)
    return _shown(found)


@router.delete(MERCHANT_DEVICES + "/{device_id}", summary="停用商户系统")
@staff_only(Role.STORE_MANAGER, verb="device.revoke", refuses=(StateConflict,))
async def revoke_merchant_device(
    merchant_id: MerchantId, device_id: DeviceId, actor: Acting, rooms: R
) -> DeviceOut:
    """Its tokens stop within a second, its secrets at once, for good; it stays in the list."""
    return await _revoke(rooms, actor, device_id, Owner(merchant_id=merchant_id))


def _shown(found: Page[Device]) -> PageOut[DeviceOut]:
    shown = found.map(DeviceOut.model_validate)
    return PageOut[DeviceOut](items=shown.items, next_cursor=shown.next_cursor)


async def _revoke(rooms: Rooms, actor: Actor, device_id: UUID, owner: Owner) -> DeviceOut:
    revoked = await devices.revoke_device(
        rooms.sessions, rooms.clock, actor=actor, device_id=device_id, owner=owner
    )
    return DeviceOut.model_validate(revoked)
