"""The switch that makes the whole service read-only, for the administrator."""

from app.platform.errors import StateConflict
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, api_router, staff_only
from app.routers.rooms import R, Rooms
from app.schemas.base import Reason
from app.schemas.read_only import ReadOnlyOut
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.read_only import read_switch, switch

router = api_router()

SWITCH = "/v1/admin/read-only"


@router.get(SWITCH, summary="只读开关")
@staff_only(reads=True)
async def get_read_only(rooms: R) -> ReadOnlyOut:
    """Whether the service is read-only just now, why, and since when."""
    return ReadOnlyOut.model_validate(await read_switch(rooms.sessions))


@router.post(SWITCH + "/on", summary="开启只读")
@staff_only(verb="read_only.on", key=OPTIONAL, refuses=(StateConflict,), while_read_only=True)
async def turn_read_only_on(body: Reason, actor: Acting, rooms: R, once: OnceKey) -> ReadOnlyOut:
    """Stop every change, of members, tills and staff, in every process within a second (503
    `read_only`), and the work of the job workers. Everything can still be looked at; signing in
    and this switch go on working. What is under way ends as it would have."""
    return await _switch(rooms, once, actor, "on", body.reason)


@router.post(SWITCH + "/off", summary="关闭只读")
@staff_only(verb="read_only.off", key=OPTIONAL, refuses=(StateConflict,), while_read_only=True)
async def turn_read_only_off(body: Reason, actor: Acting, rooms: R, once: OnceKey) -> ReadOnlyOut:
    """Let changes in again. Tills then upload what they redeemed meanwhile, and workers do what
    fell due."""
    return await _switch(rooms, once, actor, "off", body.reason)


async def _switch(rooms: Rooms, once: Once, actor: Actor, act: str, reason: str) -> ReadOnlyOut:
    standing = await switch(
        rooms.sessions,
        rooms.clock,
        once.answering(200, lambda found: ReadOnlyOut.model_validate(found).model_dump_json()),
        actor=actor,
        act=act,
        reason=reason,
    )
    return ReadOnlyOut.model_validate(standing)
