"""Staff's side of batches once they are planned: change, start, pause, resume, end."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.breakfast import Batch
from app.models.states import PoolState
from app.packs.breakfast import queries
from app.packs.breakfast.batch_acts import batch_act
from app.packs.breakfast.plan import history_row
from app.packs.breakfast.queries import BatchFacts
from app.packs.breakfast.rules import BATCH_MOVES, batch_state
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import (
    FieldError,
    InputInvalid,
    NotFound,
    StateConflict,
    VersionStale,
    Words,
)
from app.platform.pages import Page, PageRequest
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import write
from app.shared.stock import Stock, change_pool

# What may still be changed once members have seen the batch: nothing by which a press is judged,
# since that is done by a remembered one (`Catalogue.started`).
OPEN_FIELDS = frozenset({"name", "closes_at"})


async def list_batches(sessions: Sessions, *, page: PageRequest) -> Page[BatchFacts]:
    """All batches by opening time, drafts too."""
    async with sessions() as session:
        rows = await queries.BATCHES_BY_OPENING.page(session, queries.select_batches(), page)
    return rows.map(queries.batch_facts)


async def find_batch(sessions: Sessions, *, batch_id: UUID) -> BatchFacts:
    """One batch, a draft too. Raises `NotFound`."""
    async with sessions() as session:
        found = await queries.find_batches(session, [batch_id])
    if batch_id not in found:
        raise NotFound()
    return found[batch_id]


async def change_batch(
    sessions: Sessions,
    clock: Clock,
    stock: Stock,
    *,
    actor: Actor,
    batch_id: UUID,
    version: int,
    changes: dict[str, Any],
) -> BatchFacts:
    """Correct a draft; of a batch that was started only its name and its closing time.

    Raises `NotFound`, `VersionStale`, `StateConflict`, `InputInvalid`.
    """
    async with sessions.begin() as session:
        batch = await require_batch(session, batch_id)
        if batch.version != version:
            raise VersionStale(version=batch.version)
        now = clock.now()
        state = batch_state(batch.pool.state, batch.pool.closes_at, now)
        started = state is not PoolState.DRAFT
        if state is PoolState.ENDED or (started and not changes.keys() <= OPEN_FIELDS):
            raise StateConflict(state=state)
        opens_at, closes_at = changes.pop("opens_at", None), changes.pop("closes_at", None)
        if opens_at or closes_at:
            _check_window(opens_at or batch.pool.opens_at, closes_at or batch.pool.closes_at)
            await change_pool(
                session,
                batch.pool.id,
                why=f"window changed by {actor.name}",
                opens_at=opens_at,
                closes_at=closes_at,
            )
        await session.execute(
            update(Batch).where(Batch.id == batch_id).values(version=Batch.version + 1, **changes)
        )
        session.add(history_row(batch_id, "change", at=now, actor=actor, states=(state, state)))
        await session.flush()
        changed = (await queries.find_batches(session, [batch_id]))[batch_id]
        await write(session, [batch_act(actor, "change", batch, changed, at=now)])
    await stock.announce(changed.pool)
    return changed


async def move_batch(
    sessions: Sessions,
    clock: Clock,
    stock: Stock,
    once: Once,
    *,
    actor: Actor,
    batch_id: UUID,
    act: str,
    reason: str,
    whole_series: bool = False,
) -> BatchFacts:
    """Start, pause, resume or end; with `whole_series` every batch of it that can.

    Once the answer is given nothing more is issued from a paused or ended batch;
    what was issued stays redeemable. Raises `NotFound`, `StateConflict`.
    """
    async with sessions.begin() as session:
        await once.first(session, about=select(Batch.id).where(Batch.id == batch_id))
        batch = await require_batch(session, batch_id)
        series = await queries.lock_series(session, batch.series_id) if whole_series else [batch]
        now = clock.now()
        movable = [each for each in series if act in _moves(each, now)]
        if not movable:
            raise StateConflict(state=batch_state(batch.pool.state, batch.pool.closes_at, now))
        for each in movable:
            await _move(session, each, act, now=now, actor=actor, reason=reason)
        await session.flush()
        moved = await queries.find_batches(session, [each.id for each in [batch, *movable]])
        await write(
            session,
            [
                batch_act(actor, act, each, moved[each.id], at=now, reason=reason)
                for each in movable
            ],
        )
        await once.keep(session, moved[batch_id])
    for facts in moved.values():
        await stock.announce(facts.pool)
    return moved[batch_id]


async def require_batch(session: AsyncSession, batch_id: UUID) -> BatchFacts:
    """The batch, locked for a change by staff. Raises `NotFound`."""
    batch = await queries.lock_batch(session, batch_id)
    if batch is None:
        raise NotFound()
    return batch


def _moves(batch: BatchFacts, now: datetime) -> dict[str, PoolState]:
    return BATCH_MOVES[batch_state(batch.pool.state, batch.pool.closes_at, now)]


async def _move(
    session: AsyncSession, batch: BatchFacts, act: str, *, now: datetime, actor: Actor, reason: str
) -> None:
    state = BATCH_MOVES[batch.pool.state][act]
    await change_pool(session, batch.pool.id, state=state, why=f"{act}: {reason}")
    await session.execute(
        update(Batch).where(Batch.id == batch.id).values(version=Batch.version + 1)
    )
    session.add(
        history_row(
            batch.id, act, at=now, actor=actor, states=(batch.pool.state, state), reason=reason
        )
    )


def _check_window(opens_at: datetime, closes_at: datetime) -> None:
    if opens_at >= closes_at:
        raise InputInvalid(
            errors=(
                FieldError(
                    "#/closes_at",
                    Words("应晚于 opens_at", "should be later than opens_at"),
                    "window_empty",
                ),
            )
        )
