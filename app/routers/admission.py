"""Who a token belongs to, and whether that is somebody who may come in by this door."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from app.models.states import Role
from app.platform.errors import Forbidden, TemporarilyUnavailable, Unauthenticated
from app.routers.reach import Reach, require_reach
from app.routers.rooms import Rooms
from app.shared.identity.callers import Member, StaffMember, Till
from app.shared.identity.refusals import MemberNotRegistered

Caller: TypeAlias = Member | Till | StaffMember | None
Admit: TypeAlias = Callable[[Rooms, str], Awaitable[Caller]]


async def admit_member(rooms: Rooms, token: str) -> Member:
    member = await rooms.directory.find(await rooms.member_tokens.verify(token))
    if member is None:
        raise MemberNotRegistered()
    return member


async def admit_till(rooms: Rooms, token: str) -> Till:
    till = rooms.access.till(rooms.own_tokens.verify_till(token))
    rooms.seen.note(till.device_id)
    return till


def admit_staff(roles: frozenset[Role], reach: Reach) -> Admit:
    async def admit(rooms: Rooms, token: str) -> StaffMember:
        staff = rooms.access.staff_member(rooms.own_tokens.verify_staff(token))
        if staff.session_id is not None:
            rooms.seen_staff.note(staff.session_id)
        if not staff.roles & roles:
            raise Forbidden()
        require_reach(staff, reach)
        return staff

    return admit


async def is_good_elsewhere(audience: str, rooms: Rooms, token: str) -> bool:
    """Whether a token that is none here is a valid one of another kind of caller."""
    if audience == "member":
        return rooms.own_tokens.knows(token)
    try:
        await rooms.member_tokens.verify(token)
    except (Unauthenticated, TemporarilyUnavailable):
        return False
    return True
