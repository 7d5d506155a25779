"""What a member sees: batches with `can_claim` and why not, and their own vouchers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.models.breakfast import Batch, Voucher
from app.models.states import PackKind, PoolState
from app.models.stock import StockPool
from app.packs.breakfast import queries, rules
from app.packs.breakfast.queries import BatchFacts
from app.packs.breakfast.voucher_records import VoucherRecords, VoucherRow
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.platform.pages import Page, PageRequest
from app.shared.campaigns import ClosedPacks
from app.shared.identity.callers import Member
from app.shared.stock import LimitReached, NotOpen, uses


@dataclass(frozen=True, slots=True)
class Offered:
    """A batch as one member sees it. `reason` is the code a claim would be refused with."""

    batch: BatchFacts
    state: PoolState
    mine: int
    reason: str | None
    next_at: datetime | None


async def list_batches(
    sessions: Sessions, clock: Clock, closed: ClosedPacks, *, member: Member, page: PageRequest
) -> Page[Offered]:
    """Batches that are open now or later, by opening time; none that is for testing."""
    now, today = clock.now(), clock.today()
    statement = queries.select_batches().where(
        StockPool.closes_at > now,
        StockPool.state.in_([PoolState.RUNNING, PoolState.PAUSED]),
        Batch.test.is_(False),
    )
    async with sessions() as session:
        found = await queries.BATCHES_BY_OPENING.page(session, statement, page)
        batches = found.map(queries.batch_facts)
        held = await queries.live_vouchers_of(
            session, member.id, [batch.id for batch in batches.items]
        )
        used = await uses(
            session,
            person_id=member.person_id,
            group_ids={batch.pool.group_id for batch in batches.items},
            day=today,
        )
    return batches.map(
        lambda batch: _offer(
            batch,
            member,
            mine=held.get(batch.id, 0),
            used=used.get(batch.pool.group_id, (0, 0)),
            is_closed=closed.is_closed(batch.campaign_id, PackKind.BREAKFAST),
            now=now,
            today=today,
        )
    )


async def list_vouchers(
    sessions: Sessions, records: VoucherRecords, *, member: Member, page: PageRequest
) -> Page[VoucherRow]:
    """The member's own, newest first."""
    statement = records.select_all().where(Voucher.member_id == member.id)
    async with sessions() as session:
        rows = await queries.VOUCHERS_NEWEST_FIRST.page(session, statement, page)
    return rows.map(records.row)


async def find_voucher(
    sessions: Sessions, records: VoucherRecords, *, member: Member, voucher_id: UUID
) -> VoucherRow:
    """One of the member's own. Raises `NotFound`."""
    statement = records.select_all().where(Voucher.id == voucher_id, Voucher.member_id == member.id)
    async with sessions() as session:
        row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound()
    return records.row(row)


def _offer(
    batch: BatchFacts,
    member: Member,
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
        member.categories_on(today),
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
