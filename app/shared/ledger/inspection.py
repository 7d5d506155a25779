"""Walks the whole chain of a live database and says where somebody touched it."""

from collections.abc import AsyncIterator

from sqlalchemy import Text, cast, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.ledger import LedgerEntry, LedgerSeal
from app.shared.ledger.chain import Seal, SealedRow, Walk
from app.shared.verification import Check

SEALS_AT_A_TIME = 500
ROWS_AT_A_TIME = 2_000

# The order is that of `ledger_digest`.
_SAYS = (
    LedgerEntry.id,
    LedgerEntry.at,
    LedgerEntry.recorded_at,
    LedgerEntry.actor_kind,
    LedgerEntry.actor_id,
    LedgerEntry.actor_roles,
    LedgerEntry.origin,
    LedgerEntry.verb,
    LedgerEntry.refusal,
    LedgerEntry.object_kind,
    LedgerEntry.object_id,
    cast(LedgerEntry.changes, Text),
    LedgerEntry.times,
    LedgerEntry.request_id,
    LedgerEntry.reason,
)
_SEAL = (
    LedgerSeal.number,
    LedgerSeal.first_position,
    LedgerSeal.last_position,
    LedgerSeal.previous,
    LedgerSeal.head,
)


async def inspect_ledger(session: AsyncSession) -> AsyncIterator[Check]:
    """The chain's checks by name. The session should be REPEATABLE READ: one snapshot.

    Rows that are not sealed yet are in no check: they are a few seconds old.
    """
    walk, number, position = Walk(), 0, 0
    while seals := await _seals_after(session, number):
        rows = _rows(session, seals[0].first_position, seals[-1].last_position)
        await _walk(walk, seals, rows)
        number, position = seals[-1].number, seals[-1].last_position
    beyond = await session.scalar(
        select(LedgerEntry.position).where(LedgerEntry.position > position).limit(1)
    )
    if beyond is not None:
        walk.beyond(beyond)
    for name, faults in walk.faults.items():
        yield Check(name, faults)


async def _walk(walk: Walk, seals: list[Seal], rows: AsyncIterator[SealedRow]) -> None:
    row = await anext(rows, None)
    for seal in seals:
        its_rows: list[SealedRow] = []
        while row is not None and row.position <= seal.last_position:
            its_rows.append(row)
            row = await anext(rows, None)
        walk.seal(seal, its_rows)


async def _seals_after(session: AsyncSession, number: int) -> list[Seal]:
    statement = select(*_SEAL).where(LedgerSeal.number > number).order_by(LedgerSeal.number)
    found = await session.execute(statement.limit(SEALS_AT_A_TIME))
    return [Seal(*row) for row in found]


async def _rows(session: AsyncSession, first: int, last: int) -> AsyncIterator[SealedRow]:
    statement = (
        select(LedgerEntry.position, LedgerEntry.digest, *_SAYS)
        .where(LedgerEntry.position.between(first, last))
        .order_by(LedgerEntry.position)
        .execution_options(yield_per=ROWS_AT_A_TIME)
    )
    async for position, digest, *columns in await session.stream(statement):
        # Not null, by the condition and by a check; whoever took the check away is found too.
        yield SealedRow(position or 0, tuple(columns), digest or b"")
