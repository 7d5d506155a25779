"""Who acts in a request: the caller as history and ledger keep it.

Routes take it as `Acting`; the two hottest call `actor_of` themselves, because a dependency
costs them nearly as much as the ledger's row does.
"""

from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from app.platform.errors import Refusal
from app.routers.admission import CALLER
from app.routers.rooms import rooms_in
from app.shared.identity.callers import Actor, Member, StaffMember, Till
from app.shared.ledger import Act


def actor_of(request: Request) -> Actor:
    """The actor of an admitted request, with where it came from and its id."""
    rooms = rooms_in(request.scope)
    caller: Member | Till | StaffMember | None = request.scope[CALLER]
    request_id: str = request.scope["request_id"]
    if isinstance(caller, StaffMember):
        return caller.acting(rooms.digester, address=_address(request), request_id=request_id)
    if caller is not None:
        return caller.acting(rooms.digester, request_id=request_id)
    return Actor.unknown(rooms.digester, origin=_address(request), request_id=request_id)


def _address(request: Request) -> str:
    # The connection's own: whoever sends a header may write what he likes into it.
    return request.client.host if request.client else ""


async def _acting(request: Request) -> Actor:
    return actor_of(request)


Acting = Annotated[Actor, Depends(_acting)]


def note_refusal(request: Request, verb: str | None, refusal: Refusal) -> None:
    """An act that was refused for a reason that matters is noted; no caller waits for it."""
    caller: object = request.scope.get(CALLER)
    if verb is None or caller is None or not refusal.matters:
        return
    rooms = rooms_in(request.scope)
    kind, object_id = _object(verb, request.path_params)
    rooms.refusals.note(Act(actor_of(request), verb, kind, object_id, refusal=refusal.code))


def _object(verb: str, path: dict[str, Any]) -> tuple[str, UUID | None]:
    """What the path names last; a verb's own object where it names none."""
    for name, value in reversed(path.items()):
        with suppress(ValueError):
            if name.endswith("_id"):
                return name.removesuffix("_id"), UUID(str(value))
    return verb.split(".")[-2], None
