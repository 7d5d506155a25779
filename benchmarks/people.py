"""Members, tills and their tokens, as many as a measurement needs."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from sqlalchemy import select

from app.embedded.fictitious import members_file
from app.embedded.identity_provider import IdentityProvider
from app.models import identity
from app.platform.ids import new_id
from app.routers.rooms import Rooms
from app.shared.identity.callers import Actor, Member, Till
from app.shared.identity.hours import DAY_MINUTES
from app.shared.imports import import_members

SIGNERS = 2


async def import_workers(rooms: Rooms, count: int) -> None:
    """That many workers in the books, M00000001 first; those that are there stay."""
    file = members_file(workers=count, others=0)
    report = await import_members(
        rooms.engine,
        rooms.sealer,
        rooms.digester,
        file,
        actor=Actor.system("bench", rooms.digester),
        today=rooms.clock.today(),
    )
    assert not report.refused, report


async def workers(rooms: Rooms, count: int, *, apart: int = 1, after: int = 0) -> list[Member]:
    """The first of them past those, as the guard would see them; or so many that stand so far
    apart."""
    numbers = [f"M{after + place * apart + 1:08}" for place in range(count)]
    found = [await rooms.directory.find(number) for number in numbers]
    assert all(found)
    return [member for member in found if member is not None]


def member_tokens(provider: IdentityProvider, members: Iterable[Member]) -> list[str]:
    """A token each, of the members' own provider: real signatures."""
    with ThreadPoolExecutor(SIGNERS) as signers:
        return list(signers.map(lambda member: provider.issue(member.member_no), members))


def tokens(provider: IdentityProvider, count: int) -> list[str]:
    """The same for the first so many members, who need not be looked at for it."""
    with ThreadPoolExecutor(SIGNERS) as signers:
        return list(signers.map(provider.issue, (f"M{place + 1:08}" for place in range(count))))


async def tills(rooms: Rooms, count: int) -> tuple[list[Till], list[str]]:
    """A device at each of so many stores that never close, and their tokens."""
    async with rooms.sessions.begin() as session:
        statement = (
            select(identity.Store.id)
            .where(identity.Store.opens == 0, identity.Store.closes == DAY_MINUTES)
            .order_by(identity.Store.store_no)
            .limit(count)
        )
        store_ids: Sequence[UUID] = (await session.scalars(statement)).all()
        now = rooms.clock.now()
        found = [Till(new_id(), store_id, None) for store_id in store_ids]
        session.add_all(
            identity.StoreDevice(
                id=till.device_id,
                store_id=till.store_id,
                name="bench",
                secret_digest=b"",
                first_token_at=now,
                last_seen_at=now,
            )
            for till in found
        )
    return found, [rooms.own_tokens.issue_till(till) for till in found]
