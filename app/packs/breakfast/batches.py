"""Staff's side of batches: plan, change, start, pause, resume, end, budget."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.breakfast import Batch, BatchHistory
from app.models.states import PoolState
from app.packs.breakfast import queries
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
from app.platform.ids import new_id
from app.platform.pages import Page, PageRequest
from app.shared.campaigns import current_campaign
from app.shared.idempotency import Once
from app.shared.stock import Stock, change_pool, create_pool

POOL_KIND = "breakfast"
DAY = timedelta(days=1)
# What may still be changed once members have seen the batch.
OPEN_FIELDS = frozenset({"name", "closes_at"})


@dataclass(frozen=True, slots=True)
class Planned:
    """A new batch, and all batches of its series, first day first."""

    batch: BatchFacts
    series: Sequence[UUID]


async def create_batch(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: str,
    name: str,
    total: int,
    opens_at: datetime,
    closes_at: datetime,
    valid_days: int,
    face_value_fen: int,
    eligible_categories: Sequence[str],
    per_person_per_day: int | None = None,
    per_person_total: int | None = None,
    limit_group: str | None = None,
    store_districts: Sequence[str] | None = None,
    store_nos: Sequence[str] | None = None,
    repeat_days: int = 1,
    valid_from: datetime | None = None,
    test: bool = False,
    first_id: UUID | None = None,
) -> Planned:
    """A draft, or with `repeat_days` one a day, windows moved with it. Answers the first.

    Limits count over all batches of one `limit_group`; its default is the series
    itself. `first_id` is the first batch's id where it is fixed (the seed).
    Raises `InputInvalid` for unknown stores.
    """
    async with sessions.begin() as session:
        await once.first(session)
        campaign = await current_campaign(session)
        store_ids = await _store_ids(session, store_nos)
        now, series_id = clock.now(), new_id()
        group = limit_group or str(series_id)
        ids = [first_id or new_id(), *(new_id() for _ in range(1, repeat_days))]
        for day, batch_id in enumerate(ids):
            moved = day * DAY
            pool_id = await create_pool(
                session,
                group=f"{POOL_KIND}:{campaign.id}:{group}",
                kind=POOL_KIND,
                owner_id=batch_id,
                total=total,
                opens_at=opens_at + moved,
                closes_at=closes_at + moved,
                per_person_per_day=per_person_per_day,
                per_person_total=per_person_total,
            )
            session.add(
                Batch(
                    id=batch_id,
                    campaign_id=campaign.id,
                    pool_id=pool_id,
                    series_id=series_id,
                    series_day=day,
                    name=name,
                    limit_group=group,
                    face_value_fen=face_value_fen,
                    valid_days=valid_days,
                    valid_from=valid_from and valid_from + moved,
                    eligible_categories=list(eligible_categories),
                    store_districts=store_districts and list(store_districts),
                    store_ids=store_ids,
                    test=test,
                    created_at=now,
                )
            )
            await session.flush()
            session.add(
                _history(batch_id, "create", at=now, actor=actor, states=(None, PoolState.DRAFT))
            )
        await session.flush()
        planned = Planned((await queries.find_batches(session, ids[:1]))[ids[0]], ids)
        await once.keep(session, planned)
    return planned


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
    actor: str,
    batch_id: UUID,
    version: int,
    changes: dict[str, Any],
) -> BatchFacts:
    """Correct a draft; of a batch that was started only its name and its closing time.

    Raises `NotFound`, `VersionStale`, `StateConflict`, `InputInvalid`.
    """
    async with sessions.begin() as session:
        batch = await _lock(session, batch_id)
        if batch.version != version:
            raise VersionStale(version=batch.version)
        state = batch_state(batch.pool.state, batch.pool.closes_at, clock.now())
        started = state is not PoolState.DRAFT
        if state is PoolState.ENDED or (started and not changes.keys() <= OPEN_FIELDS):
            raise StateConflict(state=state)
        opens_at, closes_at = changes.pop("opens_at", None), changes.pop("closes_at", None)
        if opens_at or closes_at:
            _check_window(opens_at or batch.pool.opens_at, closes_at or batch.pool.closes_at)
            await change_pool(
                session,
                batch.pool.id,
                why=f"window changed by {actor}",
                opens_at=opens_at,
                closes_at=closes_at,
            )
        await session.execute(
            update(Batch).where(Batch.id == batch_id).values(version=Batch.version + 1, **changes)
        )
        session.add(
            _history(batch_id, "change", at=clock.now(), actor=actor, states=(state, state))
        )
        await session.flush()
        changed = (await queries.find_batches(session, [batch_id]))[batch_id]
    await stock.announce(changed.pool)
    return changed


async def move_batch(
    sessions: Sessions,
    clock: Clock,
    stock: Stock,
    once: Once,
    *,
    actor: str,
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
        batch = await _lock(session, batch_id)
        await once.first(session)
        series = await queries.lock_series(session, batch.series_id) if whole_series else [batch]
        now = clock.now()
        movable = [each for each in series if act in _moves(each, now)]
        if not movable:
            raise StateConflict(state=batch_state(batch.pool.state, batch.pool.closes_at, now))
        for each in movable:
            await _move(session, each, act, now=now, actor=actor, reason=reason)
        await session.flush()
        moved = await queries.find_batches(session, [each.id for each in [batch, *movable]])
        await once.keep(session, moved[batch_id])
    for facts in moved.values():
        await stock.announce(facts.pool)
    return moved[batch_id]


async def change_budget(
    sessions: Sessions,
    clock: Clock,
    stock: Stock,
    once: Once,
    *,
    actor: str,
    batch_id: UUID,
    expected_total: int,
    total: int,
    reason: str,
) -> BatchFacts:
    """Raise or lower a batch's total. Raises `NotFound`, `VersionStale`, `BelowIssued`."""
    async with sessions.begin() as session:
        batch = await _lock(session, batch_id)
        await once.first(session)
        await change_pool(
            session, batch.pool.id, expected_total=expected_total, total=total, why=reason
        )
        states = (batch.pool.state, batch.pool.state)
        session.add(
            _history(batch_id, "budget", at=clock.now(), actor=actor, states=states, reason=reason)
        )
        await session.execute(
            update(Batch).where(Batch.id == batch_id).values(version=Batch.version + 1)
        )
        changed = (await queries.find_batches(session, [batch_id]))[batch_id]
        await once.keep(session, changed)
    await stock.announce(changed.pool)
    return changed


async def _lock(session: AsyncSession, batch_id: UUID) -> BatchFacts:
    batch = await queries.lock_batch(session, batch_id)
    if batch is None:
        raise NotFound()
    return batch


def _moves(batch: BatchFacts, now: datetime) -> dict[str, PoolState]:
    return BATCH_MOVES[batch_state(batch.pool.state, batch.pool.closes_at, now)]


async def _move(
    session: AsyncSession, batch: BatchFacts, act: str, *, now: datetime, actor: str, reason: str
) -> None:
    state = BATCH_MOVES[batch.pool.state][act]
    await change_pool(session, batch.pool.id, state=state, why=f"{act}: {reason}")
    await session.execute(
        update(Batch).where(Batch.id == batch.id).values(version=Batch.version + 1)
    )
    session.add(
        _history(
            batch.id, act, at=now, actor=actor, states=(batch.pool.state, state), reason=reason
        )
    )


def _history(
    batch_id: UUID,
    act: str,
    *,
    at: datetime,
    actor: str,
    states: tuple[PoolState | None, PoolState],
    reason: str | None = None,
) -> BatchHistory:
    return BatchHistory(
        id=new_id(),
        batch_id=batch_id,
        at=at,
        act=act,
        actor=actor,
        from_state=states[0],
        to_state=states[1],
        reason=reason,
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


async def _store_ids(session: AsyncSession, store_nos: Sequence[str] | None) -> list[UUID] | None:
    if store_nos is None:
        return None
    found = await queries.store_ids(session, store_nos)
    errors = tuple(
        FieldError(
            f"#/stores/store_nos/{place}", Words("没有这家门店", "no such store"), "store_unknown"
        )
        for place, store_no in enumerate(store_nos)
        if store_no not in found
    )
    if errors:
        raise InputInvalid(errors=errors)
    return [found[store_no] for store_no in dict.fromkeys(store_nos)]
