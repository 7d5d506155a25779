"""Staff's side of events: announce one, look at them. What changes: `event_changes.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsEvent, CoupletsSite, CoupletsVariant
from app.models.states import Opening, PoolState
from app.packs.couplets import queries, rules
from app.packs.couplets.acts import event_act
from app.packs.couplets.queries import (
    BY_LIVE,
    EventFacts,
)
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.ids import new_id
from app.platform.pages import Page, PageRequest
from app.shared.campaigns import current_campaign
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import write
from app.shared.outbox import NewJob, put_many
from app.shared.stock import create_pool

RESERVED_KIND, WALK_IN_KIND = "couplets_reserved", "couplets_walk_in"
RELEASE_SITE, CLOSE, REMIND = "couplets.release", "couplets.close", "couplets.remind"
# The door has no window: staff stand there, and what was handed out without a network is
# written down whenever there is one again.
ALWAYS = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class NewVariant:
    """`id` where it is fixed (the seed)."""

    title: str
    reserved: int
    walk_in: int
    wording: str | None = None
    size: str | None = None
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewSite:
    """`id` where it is fixed (the seed)."""

    name: str
    address: str
    opens_at: datetime
    closes_at: datetime
    id: UUID | None = None


async def create_event(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    title: str,
    live_from: datetime,
    live_to: datetime,
    reserve_opens_at: datetime,
    reserve_closes_at: datetime,
    variants: Sequence[NewVariant],
    sites: Sequence[NewSite],
    opening: Opening = Opening.FIRST_COME,
    stream_url: str | None = None,
    replay_url: str | None = None,
    release_before_min: int = rules.RELEASE_BEFORE_MIN,
    offer_valid_min: int = rules.OFFER_VALID_MIN,
    offer_lead_min: int = rules.OFFER_LEAD_MIN,
    event_id: UUID | None = None,
) -> EventFacts:
    """Seen by members as soon as it is there. `event_id` where it is fixed (the seed).

    Raises `NotFound` where no campaign is current.
    """
    event_id = event_id or new_id()
    async with sessions.begin() as session:
        await once.first(session)
        campaign, now = await current_campaign(session), clock.now()
        await session.execute(
            insert(CoupletsEvent).values(
                id=event_id,
                campaign_id=campaign.id,
                title=title,
                stream_url=stream_url,
                replay_url=replay_url,
                live_from=live_from,
                live_to=live_to,
                reserve_opens_at=reserve_opens_at,
                reserve_closes_at=reserve_closes_at,
                opening=opening,
                release_before_min=release_before_min,
                offer_valid_min=offer_valid_min,
                offer_lead_min=offer_lead_min,
                created_at=now,
            )
        )
        window = (reserve_opens_at, reserve_closes_at)
        for number, variant in enumerate(variants, start=1):
            await _add_variant(session, event_id, number, variant, window)
        for number, site in enumerate(sites, start=1):
            await _add_site(session, event_id, number, site)
        event = await queries.require_event(session, event_id)
        await schedule(session, event, now)
        await write(session, [event_act(actor, "create", None, event, at=now)])
        await once.keep(session, event)
    return event


async def list_events(sessions: Sessions, *, page: PageRequest) -> Page[EventFacts]:
    """All events by their live session."""
    async with sessions() as session:
        rows = await BY_LIVE.page(session, queries.select_events(), page)
        found = {each.id: each for each in await queries.with_parts(session, rows.items)}
    return rows.map(lambda row: found[row[0]])


async def find_event(sessions: Sessions, *, event_id: UUID) -> EventFacts:
    """Raises `NotFound`."""
    async with sessions() as session:
        return await queries.require_event(session, event_id)


async def _add_variant(
    session: AsyncSession,
    event_id: UUID,
    number: int,
    variant: NewVariant,
    window: tuple[datetime, datetime],
) -> None:
    variant_id = variant.id or new_id()
    # One live reservation a person and event, whichever variant: the group's limit.
    reserved = await create_pool(
        session,
        group=f"{RESERVED_KIND}:{event_id}",
        kind=RESERVED_KIND,
        owner_id=variant_id,
        total=variant.reserved,
        opens_at=window[0],
        closes_at=window[1],
        per_person_total=1,
        state=PoolState.RUNNING,
    )
    walk_in = await create_pool(
        session,
        group=f"{WALK_IN_KIND}:{event_id}",
        kind=WALK_IN_KIND,
        owner_id=variant_id,
        total=variant.walk_in,
        opens_at=ALWAYS[0],
        closes_at=ALWAYS[1],
        state=PoolState.RUNNING,
    )
    await session.execute(
        insert(CoupletsVariant).values(
            id=variant_id,
            event_id=event_id,
            number=number,
            title=variant.title,
            wording=variant.wording,
            size=variant.size,
            paper=variant.reserved + variant.walk_in,
            reserved_pool_id=reserved,
            walk_in_pool_id=walk_in,
        )
    )


async def _add_site(session: AsyncSession, event_id: UUID, number: int, site: NewSite) -> None:
    await session.execute(
        insert(CoupletsSite).values(
            id=site.id or new_id(),
            event_id=event_id,
            number=number,
            name=site.name,
            address=site.address,
            opens_at=site.opens_at,
            closes_at=site.closes_at,
        )
    )


async def schedule(session: AsyncSession, event: EventFacts, now: datetime) -> None:
    """What falls due; who comes too early for what was moved since waits for it again."""
    jobs = [NewJob(CLOSE, {"event_id": event.id}, due_at=event.reserve_closes_at)]
    for site in event.sites:
        if site.released_at is not None:
            continue
        about = {"event_id": event.id, "site_id": site.id}
        jobs.append(NewJob(RELEASE_SITE, about, due_at=event.release_at(site)))
        for hours in rules.REMINDED_BEFORE_H:
            due_at = site.opens_at - timedelta(hours=hours)
            if due_at > now:
                jobs.append(NewJob(REMIND, {**about, "hours": hours}, due_at=due_at))
    await put_many(session, jobs)
