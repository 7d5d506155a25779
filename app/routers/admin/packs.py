"""The switch of each pack, for staff."""

from typing import Annotated

from fastapi import Path

from app.models.states import PackKind, Role
from app.platform.errors import NotFound, StateConflict
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, Reach, api_router, staff_only
from app.routers.rooms import R, Rooms
from app.schemas.base import Reason
from app.schemas.packs import StaffPackList, StaffPackOut
from app.shared.campaigns import switch_pack
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor

router = api_router()

PACKS = "/v1/admin/packs"
MANAGER = Role.CAMPAIGN_MANAGER
Kind = Annotated[PackKind, Path(examples=[PackKind.WISHES.value])]


@router.get(PACKS, summary="五大礼包开关")
@staff_only(MANAGER, Role.WISH_REVIEWER, reads=True, reach=Reach.SHARED, refuses=(NotFound,))
async def list_packs(rooms: R) -> StaffPackList:
    """The current edition's packs, and whether each is open."""
    campaign = await rooms.campaign.read()
    return StaffPackList(items=[StaffPackOut.of(pack) for pack in campaign.packs])


@router.post(PACKS + "/{kind}/close", summary="关闭一个礼包")
@staff_only(MANAGER, verb="campaigns.pack.close", key=OPTIONAL, refuses=(NotFound, StateConflict))
async def close_pack(
    kind: Kind, body: Reason, actor: Acting, rooms: R, once: OnceKey
) -> StaffPackOut:
    """Let nothing new begin in a pack, from the answer on: no voucher is issued, no wish posted
    or claimed (409 `not_open`). What was granted stays usable, what is under way goes on."""
    return await _switch(rooms, once, actor, kind, "close", body.reason)


@router.post(PACKS + "/{kind}/open", summary="开放一个礼包")
@staff_only(MANAGER, verb="campaigns.pack.open", key=OPTIONAL, refuses=(NotFound, StateConflict))
async def open_pack(
    kind: Kind, body: Reason, actor: Acting, rooms: R, once: OnceKey
) -> StaffPackOut:
    """Open a pack that was closed. What its own windows and limits say goes on to hold."""
    return await _switch(rooms, once, actor, kind, "open", body.reason)


async def _switch(
    rooms: Rooms, once: Once, actor: Actor, kind: PackKind, act: str, reason: str
) -> StaffPackOut:
    switched = await switch_pack(
        rooms.sessions,
        rooms.clock,
        once.answering(200, lambda pack: StaffPackOut.of(pack).model_dump_json()),
        actor=actor,
        kind=kind,
        act=act,
        reason=reason,
    )
    return StaffPackOut.of(switched)
