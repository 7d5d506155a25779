"""What couplets do later: offers lapse, sites are released, members are told.

Nobody waits for these but who is told, and the next of a list: whoever comes before them sees
things as they are (`settling.py`).
"""

from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import OfferState
from app.packs.couplets import queries, telling
from app.packs.couplets.desk_records import TELL_COLLECTED
from app.packs.couplets.draws import TAKE_TURNS
from app.packs.couplets.events import CLOSE, RELEASE_SITE, REMIND
from app.packs.couplets.fair_turns import TAKING, TELL_TURNS
from app.packs.couplets.queries import (
    EventFacts,
    SiteFacts,
)
from app.packs.couplets.settling import (
    SYSTEM,
    TELL_LAPSED,
    TELL_RELEASED,
    close_reservations,
    lapse_offer,
    settle_site,
)
from app.packs.couplets.units import LAPSE_OFFER, TELL_OFFER
from app.platform.clock import Clock
from app.platform.crypto import Digester
from app.platform.jobs import Handler, Later, Payload, Within
from app.shared.draws import turns_to_tell, work_off_turns
from app.shared.identity.callers import Actor
from app.shared.notices import Notices, reminders
from app.shared.notices.reminders import Beginning
from app.shared.outbox import NewJob, put
from app.shared.waiting import lock_offer


async def lapse(
    session: AsyncSession, payload: Payload, *, clock: Clock, digester: Digester
) -> None:
    """The offer, unless it was accepted, declined or written down meanwhile."""
    offer = await lock_offer(session, UUID(payload["offer_id"]))
    if offer is None or offer.state is not OfferState.OPEN:
        return
    now = clock.now()
    if now < offer.expires_at:
        raise Later(offer.expires_at)
    event = await _event_of_pool(session, offer.pool_id)
    await lapse_offer(session, event, offer, now=now, actor=Actor.system(SYSTEM, digester))


async def release(
    session: AsyncSession, payload: Payload, *, clock: Clock, digester: Digester
) -> None:
    """What nobody collected at a site in time, so many at once."""
    event, site = await _site(session, payload)
    now, due_at = clock.now(), event.release_at(site)
    if now < due_at:
        raise Later(due_at)
    actor = Actor.system(SYSTEM, digester)
    if await settle_site(session, event, site.id, now=now, actor=actor):
        await put(session, NewJob(RELEASE_SITE, {"event_id": event.id, "site_id": site.id}))


async def close(session: AsyncSession, payload: Payload, *, clock: Clock) -> None:
    """What nobody reserved until the window closed."""
    event = await queries.require_event(session, UUID(payload["event_id"]))
    now = clock.now()
    if now < event.reserve_closes_at:
        raise Later(event.reserve_closes_at)
    await close_reservations(session, event, now=now)


async def turns(
    session: AsyncSession, payload: Payload, *, clock: Clock, digester: Digester
) -> None:
    """Of those who asked in a fair opening."""
    await work_off_turns(session, payload, TAKING, clock=clock, digester=digester)


async def remind(
    session: AsyncSession, payload: Payload, *, clock: Clock, notices: Notices
) -> None:
    """Whose pair waits at a site that opens so many hours from now."""
    event, site = await _site(session, payload)
    about = {"event_id": event.id, "site_id": site.id}
    await reminders.remind(
        session,
        payload,
        Beginning(REMIND, about, site.opens_at),
        partial(telling.told_before_opening, session, site.id),
        clock=clock,
        notices=notices,
    )


async def tell_offer(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    told = await telling.told_of_offer(session, UUID(payload["offer_id"]), lapsed=False)
    await notices.notify(session, told)


async def tell_lapsed(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    told = await telling.told_of_offer(session, UUID(payload["offer_id"]), lapsed=True)
    await notices.notify(session, told)


async def tell_collected(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    told = await telling.told_of_pickup(session, UUID(payload["pickup_id"]))
    await notices.notify(session, told)


async def tell_released(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    told = await telling.told_of_release(session, UUID(payload["reservation_id"]))
    await notices.notify(session, told)


async def tell_turns(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    draw_id, taken = await turns_to_tell(session, payload)
    event = await queries.event_of_draw(session, draw_id)
    await notices.notify_many(session, telling.told_of_turns(event, taken))


async def _event_of_pool(session: AsyncSession, pool_id: UUID) -> EventFacts:
    event_id = await queries.event_of_pool(session, pool_id)
    return await queries.require_event(session, event_id)


async def _site(session: AsyncSession, payload: Payload) -> tuple[EventFacts, SiteFacts]:
    event = await queries.require_event(session, UUID(payload["event_id"]))
    site = event.site(UUID(payload["site_id"]))
    assert site is not None, "sites are not removed"
    return event, site


HANDLERS: dict[str, Handler] = {
    LAPSE_OFFER: Within(lapse),
    RELEASE_SITE: Within(release),
    CLOSE: Within(close),
    REMIND: Within(remind),
    TELL_OFFER: Within(tell_offer),
    TELL_LAPSED: Within(tell_lapsed),
    TELL_COLLECTED: Within(tell_collected),
    TELL_RELEASED: Within(tell_released),
    TAKE_TURNS: Within(turns),
    TELL_TURNS: Within(tell_turns),
}
