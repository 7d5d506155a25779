"""The switch of each pack, for staff."""

from typing import Annotated

from fastapi import Path

from app.models.states import PackKind, Role
from app.platform.errors import NotFound, StateConflict
from app.routers.acting import Acting
from app.routers.editions import Edition
from app.routers.guard import OPTIONAL, OnceKey, Reach, api_router, staff_only
from app.routers.rooms import R, Rooms
from app.schemas.packs import StaffPackList, StaffPackOut, SwitchIn
from app.shared.campaigns import list_packs_of, switch_pack
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor

router = api_router()

PACKS = "/v1/admin/packs"
MANAGER = Role.CAMPAIGN_MANAGER
Kind = Annotated[PackKind, Path(examples=[PackKind.WISHES.value])]


@router.get(PACKS, summary="五大礼包开关")
@staff_only(MANAGER, Role.WISH_REVIEWER, reads=True, reach=Reach.SHARED, refuses=(NotFound,))
async def list_packs(rooms: R, campaign_id: Edition = None) -> StaffPackList:
    """An edition's packs (the current one's), and whether each is open."""
    packs = await list_packs_of(rooms.sessions, campaign_id)
    return StaffPackList(items=[StaffPackOut.of(pack) for pack in packs])


@router.post(PACKS + "/{kind}/close", summary="关闭一个礼包")
@staff_only(MANAGER, verb="campaigns.pack.close", key=OPTIONAL, refuses=(NotFound, StateConflict))
async def close_pack(
    kind: Kind, body: SwitchIn, actor: Acting, rooms: R, once: OnceKey
) -> StaffPackOut:
    """Let nothing new begin in a pack, from the answer on: no voucher is issued, no wish posted
    or claimed (409 `not_open`). What was granted stays usable, what is under way goes on. Of the
    current edition, or of the one that is named."""
    return await _switch(rooms, once, actor, kind, "close", body)


@router.post(PACKS + "/{kind}/open", summary="开放一个礼包")
@staff_only(MANAGER, verb="campaigns.pack.open", key=OPTIONAL, refuses=(NotFound, StateConflict))
async def open_pack(
    kind: Kind, body: SwitchIn, actor: Acting, rooms: R, once: OnceKey
) -> StaffPackOut:
    """Open a pack that was closed. What its own windows and limits say goes on to hold. An
    edition that is not open has none that is (409)."""
    return await _switch(rooms, once, actor, kind, "open", body)


async def _switch(
    rooms: Rooms, once: Once, actor: Actor, kind: PackKind, act: str, body: SwitchIn
) -> StaffPackOut:
    switched = await switch_pack(
        rooms.sessions,
        rooms.clock,
        once.answering(200, lambda pack: StaffPackOut.of(pack).model_dump_json()),
        actor=actor,
        kind=kind,
        act=act,
        reason=body.reason,
        campaign_id=body.campaign_id,
    )
    return StaffPackOut.of(switched)
