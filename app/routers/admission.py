"""Who a token belongs to, and whether that is somebody who may come in by this door."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from fastapi import Request

from app.models.states import Role
from app.platform.errors import Forbidden, TemporarilyUnavailable, Unauthenticated
from app.routers.headers import header
from app.routers.reach import Reach, require_reach
from app.routers.rooms import Rooms, rooms_in
from app.shared.identity.callers import Member, StaffMember, Till
from app.shared.identity.refusals import MemberNotRegistered

Caller: TypeAlias = Member | Till | StaffMember | None
Admit: TypeAlias = Callable[[Rooms, str], Awaitable[Caller]]
# Where a request's scope has its caller once the guard has let him in.
CALLER = "caller"
CHALLENGE = {"WWW-Authenticate": "Bearer"}


async def admit_member(rooms: Rooms, token: str) -> Member:
    member = await rooms.directory.find(await rooms.member_tokens.verify(token))
    if member is None:
        raise MemberNotRegistered()
    return member


async def recall_member(rooms: Rooms, token: str) -> Member:
    """As `admit_member`, and from memory: whoever the member was within the last second."""
    number = await rooms.member_tokens.verify(token)
    member = rooms.directory.recent(number) or await rooms.directory.find(number)
    if member is None:
        raise MemberNotRegistered()
    return member


async def admit_till(rooms: Rooms, token: str) -> Till:
    till = rooms.access.till(rooms.own_tokens.verify_till(token))
    rooms.seen.note(till.device_id)
    return till


async def admit_staff(rooms: Rooms, token: str) -> StaffMember:
    """Whoever of the staff it is; whether they may, `require` says, once it is known who asks."""
    staff = rooms.access.staff_member(rooms.own_tokens.verify_staff(token))
    if staff.session_id is not None:
        rooms.seen_staff.note(staff.session_id)
    return staff


def require(staff: StaffMember, roles: frozenset[Role], reach: Reach) -> None:
    """One of the roles, and the route's reach. Raises `Forbidden`, `SecondFactorRequired`."""
    if not staff.roles & roles:
        raise Forbidden()
    require_reach(staff, reach)


async def identify(request: Request, audience: str, admit: Admit | None) -> Caller:
    """Whoever sent the token; None where none is asked for.

    Raises `Unauthenticated`; `Forbidden` for a token of another door.
    """
    if admit is None:
        return None
    rooms = rooms_in(request.scope)
    token = _bearer(request)
    try:
        return await admit(rooms, token)
    except Unauthenticated as error:
        if await _is_good_elsewhere(audience, rooms, token):
            raise Forbidden() from error
        raise Unauthenticated(headers=CHALLENGE) from error


def _bearer(request: Request) -> str:
    scheme, _, token = header(request.scope, b"authorization").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated(headers=CHALLENGE)
    return token.strip()


async def _is_good_elsewhere(audience: str, rooms: Rooms, token: str) -> bool:
    """Whether a token that is none here is a valid one of another kind of caller."""
    if audience == "member":
        return rooms.own_tokens.knows(token)
    try:
        await rooms.member_tokens.verify(token)
    except (Unauthenticated, TemporarilyUnavailable):
        return False
    return True
