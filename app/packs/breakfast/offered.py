"""A batch as one member sees it: `can_claim`, and why not. Plain values, no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.models.states import Category, PoolState
from app.packs.breakfast import rules
from app.packs.breakfast.queries import BatchFacts
from app.shared.stock import LimitReached, NotOpen


@dataclass(frozen=True, slots=True)
class Offered:
    """A batch as one member sees it. `reason` is the code a claim would be refused with."""

    batch: BatchFacts
    state: PoolState
    mine: int
    reason: str | None
    next_at: datetime | None


def offer(
    batch: BatchFacts,
    held: frozenset[Category],
    *,
    mine: int,
    used: Sequence[int],
    is_closed: bool,
    now: datetime,
    today: date,
) -> Offered:
    state = rules.batch_state(batch.pool.state, batch.pool.closes_at, now)
    refusal = rules.why_not(
        rules.Offer(
            state=state,
            opens_at=batch.pool.opens_at,
            eligible=batch.eligible_categories,
            limits=batch.limits,
            free=batch.pool.free,
            is_closed=is_closed,
        ),
        held,
        used_day=used[0],
        used_total=used[1],
        now=now,
    )
    next_at = None
    if refusal is NotOpen and not is_closed:
        next_at = batch.pool.opens_at
    elif refusal is LimitReached:
        next_at = _next_room(batch, used, today)
    return Offered(batch, state, mine, refusal.code if refusal else None, next_at)


def _next_room(batch: BatchFacts, used: Sequence[int], today: date) -> datetime | None:
    reached = batch.limits.reached(used[0], used[1])
    if reached is None or reached[0] != "per_person_per_day":
        return None
    tomorrow = rules.next_day_start(today)
    return tomorrow if tomorrow < batch.pool.closes_at else None
