"""Staff's side of events: announce one, look at them. What changes: `event_changes.py`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsEvent, CoupletsSite, CoupletsVariant
from app.models.states import Opening, PackKind, PoolState
from app.packs.couplets import queries, rules
from app.packs.couplets.acts import event_act
from app.packs.couplets.draws import EVENT_CROWD
from app.packs.couplets.new_events import NewEvent, NewSite, NewVariant
from app.packs.couplets.queries import (
    BY_LIVE,
    EventFacts,
)
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import Words
from app.platform.ids import new_id
from app.platform.pages import Page, PageRequest
from app.shared.campaigns import CampaignFacts, find_campaign
from app.shared.draws import OPENING_WINDOW_MIN, Doer, NewOpening, open_by_order
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import write
from app.shared.notices.reminders import Beginning, reminders
from app.shared.outbox import NewJob, put_many
from app.shared.stock import create_pool

RESERVED_KIND, WALK_IN_KIND = "couplets_reserved", "couplets_walk_in"
RELEASE_SITE, CLOSE, REMIND = "couplets.release", "couplets.close", "couplets.remind"
ORDER_CONDITIONS = Words(
    "开放时段内提出申请的会员每人一张号签；抽签排定次序后，依次得到所选款式，该款已领完的依次进入候补。",
    "Every member who asks within the window has one ticket. In the order that is drawn each has "
    "the pair that they asked for, or the next place on its waiting list.",
)
# The door has no window: staff stand there, and what was handed out without a network is
# written down whenever there is one again.
ALWAYS = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))


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
    opening_window_min: int = OPENING_WINDOW_MIN,
    event_id: UUID | None = None,
    campaign_id: UUID | None = None,
) -> EventFacts:
    """Seen by members as soon as it is there, unless its campaign is a draft. `event_id` where it
    is fixed (the seed); `opening_window_min` is a fair draw's.

    Raises `NotFound` (no such campaign; none is current), `InputInvalid` (a fair draw whose
    result comes after the end of reserving).
    """
    new = NewEvent(
        title=title,
        live_from=live_from,
        live_to=live_to,
        reserve_opens_at=reserve_opens_at,
        reserve_closes_at=reserve_closes_at,
        variants=variants,
        sites=sites,
        opening=opening,
        stream_url=stream_url,
        replay_url=replay_url,
        release_before_min=release_before_min,
        offer_valid_min=offer_valid_min,
        offer_lead_min=offer_lead_min,
        opening_window_min=opening_window_min,
        id=event_id,
    )
    async with sessions.begin() as session:
        await once.first(session)
        campaign = await find_campaign(session, campaign_id)
        event = await add_event(session, campaign, new, actor=actor, now=clock.now())
        await once.keep(session, event)
    return event


async def add_event(
    session: AsyncSession, campaign: CampaignFacts, new: NewEvent, *, actor: Actor, now: datetime
) -> EventFacts:
    """In the caller's transaction. Raises `InputInvalid`."""
    event_id, window = new.id or new_id(), (new.reserve_opens_at, new.reserve_closes_at)
    window_min = new.opening_window_min if new.opening is Opening.FAIR_DRAW else None
    opening_of = _opening(event_id, new.title, campaign.name.zh, window)
    draw_id = await open_by_order(session, opening_of, window_min, doer=Doer(actor), now=now)
    await session.execute(
        insert(CoupletsEvent).values(
            id=event_id,
            campaign_id=campaign.id,
            title=new.title,
            stream_url=new.stream_url,
            replay_url=new.replay_url,
            live_from=new.live_from,
            live_to=new.live_to,
            reserve_opens_at=new.reserve_opens_at,
            reserve_closes_at=new.reserve_closes_at,
            opening=new.opening,
            release_before_min=new.release_before_min,
            offer_valid_min=new.offer_valid_min,
            offer_lead_min=new.offer_lead_min,
            opening_window_min=window_min,
            draw_id=draw_id,
            created_at=now,
        )
    )
    for number, variant in enumerate(new.variants, start=1):
        await _add_variant(session, event_id, number, variant, window)
    for number, site in enumerate(new.sites, start=1):
        await _add_site(session, event_id, number, site)
    event = await queries.require_event(session, event_id)
    await schedule(session, event, now)
    await write(session, [event_act(actor, "create", None, event, at=now)])
    return event


def _opening(
    event_id: UUID, title: str, organiser: str, window: tuple[datetime, datetime]
) -> NewOpening:
    return NewOpening(
        PackKind.COUPLETS,
        EVENT_CROWD,
        event_id,
        title,
        organiser,
        ORDER_CONDITIONS,
        *window,
        closes_field="reserve_closes_at",
    )


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
            planned_reserved=variant.reserved,
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
        jobs += reminders(Beginning(REMIND, about, site.opens_at), now)
    await put_many(session, jobs)
