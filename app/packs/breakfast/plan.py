"""Plan a batch, or a series of one a day: drafts that members do not see yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.breakfast import Batch, BatchHistory
from app.models.states import PoolState
from app.packs.breakfast import queries
from app.packs.breakfast.batch_acts import batch_act
from app.packs.breakfast.queries import BatchFacts
from app.packs.breakfast.rules import Limits
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import FieldError, InputInvalid, Words
from app.platform.ids import new_id
from app.shared.campaigns import find_campaign
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import write
from app.shared.stock import create_pool

POOL_KIND = "breakfast"
DAY = timedelta(days=1)


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
    actor: Actor,
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
    campaign_id: UUID | None = None,
) -> Planned:
    """A draft, or with `repeat_days` one a day, windows moved with it. Answers the first.

    Limits count over all batches of one `limit_group`; its default is the series
    itself. `first_id` is the first batch's id where it is fixed (the seed).
    Raises `NotFound` (no such campaign; none is current), `InputInvalid` for unknown stores.
    """
    async with sessions.begin() as session:
        await once.first(session)
        campaign = await find_campaign(session, campaign_id)
        store_ids = await _store_ids(session, store_nos)
        now, series_id = clock.now(), new_id()
        group = limit_group or str(series_id)
        ids = [first_id or new_id(), *(new_id() for _ in range(1, repeat_days))]
        for day, batch_id in enumerate(ids):
            moved = day * DAY
            batch = Batch(
                id=batch_id,
                campaign_id=campaign.id,
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
            window = (opens_at + moved, closes_at + moved)
            limits = Limits(per_person_per_day, per_person_total)
            await add_batch(session, batch, total, window, limits, actor=actor)
        found = await note_batches(session, ids, actor=actor, at=now)
        planned = Planned(found[ids[0]], ids)
        await once.keep(session, planned)
    return planned


async def add_batch(
    session: AsyncSession,
    batch: Batch,
    total: int,
    window: tuple[datetime, datetime],
    limits: Limits,
    *,
    actor: Actor,
) -> None:
    """A draft with its pool, in the group of its edition's batches of that name."""
    batch.pool_id = await create_pool(
        session,
        group=f"{POOL_KIND}:{batch.campaign_id}:{batch.limit_group}",
        kind=POOL_KIND,
        owner_id=batch.id,
        total=total,
        opens_at=window[0],
        closes_at=window[1],
        per_person_per_day=limits.per_person_per_day,
        per_person_total=limits.per_person_total,
    )
    session.add(batch)
    await session.flush()
    states = (None, PoolState.DRAFT)
    session.add(history_row(batch.id, "create", at=batch.created_at, actor=actor, states=states))


async def note_batches(
    session: AsyncSession, ids: Sequence[UUID], *, actor: Actor, at: datetime
) -> dict[UUID, BatchFacts]:
    """Keep that they were made. Answers them."""
    await session.flush()
    found = await queries.find_batches(session, ids)
    await write(session, [batch_act(actor, "create", None, found[each], at=at) for each in ids])
    return found


def history_row(
    batch_id: UUID,
    act: str,
    *,
    at: datetime,
    actor: Actor,
    states: tuple[PoolState | None, PoolState],
    reason: str | None = None,
    asked_by: str | None = None,
) -> BatchHistory:
    """One move of a batch, as it is kept. `asked_by`: who asked, where `actor` approved it."""
    return BatchHistory(
        id=new_id(),
        batch_id=batch_id,
        at=at,
        act=act,
        actor=actor.name,
        from_state=states[0],
        to_state=states[1],
        reason=reason,
        asked_by=asked_by,
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
