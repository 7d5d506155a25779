"""A member's own copy of everything that is kept about them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.shared.personal_data.kinds import DataKind, Item, Subject

# Of one kind; nobody has come near it. What is beyond is asked for at the privacy officer's.
MOST_ITEMS = 5_000


@dataclass(frozen=True, slots=True)
class Copied:
    """One kind's items, newest first. `complete`: there are no more."""

    kind: DataKind
    items: list[Item]
    complete: bool


async def copy_data(
    sessions: Sessions, sealer: Sealer, kinds: Sequence[DataKind], *, subject: Subject
) -> list[Copied]:
    """Every kind, in clear, as committed at one moment."""
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        return [await copy_kind(session, sealer, kind, subject) for kind in kinds]


async def copy_kind(
    session: AsyncSession, sealer: Sealer, kind: DataKind, subject: Subject
) -> Copied:
    rows = (await session.execute(kind.select(subject).limit(MOST_ITEMS + 1))).all()
    items = [kind.show(sealer, row) for row in rows[:MOST_ITEMS]]
    return Copied(kind, items, complete=len(rows) <= MOST_ITEMS)
