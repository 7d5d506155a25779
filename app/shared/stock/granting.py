"""A flush with the pack's rows, in a transaction that is somebody else's.

The batcher commits one for a crowd; an act of staff has one among its other statements.
"""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.stock import StockEntry
from app.platform.db import is_one_of
from app.shared.stock import books
from app.shared.stock.books import Flushed
from app.shared.stock.decisions import Decision, Grant, Press, Recorder, Verdict

Row = TypeVar("Row")

_FINGERPRINTS = select(StockEntry.claim_id, StockEntry.fingerprint).where(
    is_one_of(StockEntry.claim_id, "claim_ids"),
    StockEntry.quantity > 0,
)


async def grant(
    session: AsyncSession, pool_id: UUID, presses: Sequence[Press], recorder: Recorder[Row]
) -> list[Decision[Row]]:
    """Try for one unit a press within the caller's transaction, as one flush.

    For acts of staff, who meet no crowd: the locks of group and pool are held until that
    transaction ends, and nothing is granted unless it commits. `Stock.announce` the pool
    after that. Claim ids must differ from each other.
    """
    flushed, rows = await flush_with_rows(await session.connection(), pool_id, presses, recorder)
    return [
        Decision(Verdict(letter), rows.get(press.claim_id))
        for press, letter in zip(presses, flushed.letters, strict=True)
    ]


async def flush_with_rows(
    connection: AsyncConnection, pool_id: UUID, presses: Sequence[Press], recorder: Recorder[Any]
) -> tuple[Flushed, dict[UUID, Any]]:
    """What was decided, with the pack's rows of grants and repeats by claim id."""
    flushed = await books.flush(connection, pool_id, presses)
    grants = _grants(presses, flushed)
    written = await recorder.insert(connection, grants) if grants else ()
    rows = {grant.press.claim_id: row for grant, row in zip(grants, written, strict=True)}
    repeated = [
        press.claim_id
        for press, letter in zip(presses, flushed.letters, strict=True)
        if letter == Verdict.REPEATED
    ]
    if repeated:
        rows |= await recorder.read(connection, repeated)
    return flushed, rows


async def recall(
    connection: AsyncConnection, presses: Sequence[Press], recorder: Recorder[Row]
) -> list[Decision[Row] | None]:
    """What each claim was answered before, without trying; None where it was never granted."""
    known = await _fingerprints(connection, [press.claim_id for press in presses])
    repeated = [
        press.claim_id for press in presses if known.get(press.claim_id) == press.fingerprint
    ]
    rows = await recorder.read(connection, repeated) if repeated else {}

    def decision(press: Press) -> Decision[Row] | None:
        if press.claim_id not in known:
            return None
        if known[press.claim_id] != press.fingerprint:
            return Decision(Verdict.KEY_REUSED)
        return Decision(Verdict.REPEATED, rows[press.claim_id])

    return [decision(press) for press in presses]


async def _fingerprints(
    connection: AsyncConnection, claim_ids: Sequence[UUID]
) -> dict[UUID, bytes]:
    """The fingerprints of those of these claims that were granted."""
    rows = await connection.execute(_FINGERPRINTS, {"claim_ids": list(claim_ids)})
    return {row.claim_id: row.fingerprint for row in rows}


def _grants(presses: Sequence[Press], flushed: Flushed) -> list[Grant]:
    granted = [
        press
        for press, letter in zip(presses, flushed.letters, strict=True)
        if letter == Verdict.GRANTED
    ]
    return [
        Grant(press, flushed.first_seq + place, flushed.at, flushed.day)
        for place, press in enumerate(granted)
    ]
