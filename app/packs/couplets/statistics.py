"""An event in figures: what became of its pairs, by site, by hour and by variant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsVariant
from app.models.states import OfferState, WaitingState
from app.models.waiting import WaitingEntry, WaitingOffer
from app.packs.couplets import queries
from app.packs.couplets.queries import EventFacts
from app.platform.clock import Clock
from app.platform.db import Sessions

# What the figures mean, as the document says it.
DEFINITIONS = {
    "reserved": ("仍在等待领取的预约", "reservations that wait to be collected"),
    "collected": ("凭预约领取的副数", "pairs collected by reservation, net of reversals"),
    "no_show": ("预约未领、已转现场的副数", "reservations that nobody collected in time"),
    "cancelled": ("取消的预约", "reservations that were cancelled"),
    "walk_in": ("现场领取的副数", "pairs handed out at the door, net of reversals"),
    "by_proxy": ("凭代领码领取的副数", "of those collected, by a one-time code"),
    "left_over": ("尚未发出的副数", "pairs of the paper that nobody has been handed"),
}

# Read as of one instant: a reservation past its site's release is a no-show, written or not.
_SITES = text("""
    SELECT site.id,
           count(r.id) FILTER (WHERE r.state = 'reserved' AND :now < release.at) AS reserved,
           count(r.id) FILTER (WHERE r.state = 'collected') AS collected,
           count(r.id) FILTER (WHERE r.state = 'no_show'
                                  OR r.state = 'reserved' AND :now >= release.at) AS no_show,
           count(r.id) FILTER (WHERE r.state = 'cancelled') AS cancelled,
           (SELECT count(*) FROM couplets_pickup p WHERE p.site_id = site.id
               AND p.reservation_id IS NULL AND p.state = 'collected') AS walk_in,
           (SELECT count(*) FROM couplets_pickup p WHERE p.site_id = site.id
               AND p.input = 'proxy_code' AND p.state = 'collected') AS by_proxy
      FROM couplets_site site
      JOIN couplets_event event ON event.id = site.event_id
     CROSS JOIN LATERAL (SELECT site.closes_at
                              - make_interval(mins => event.release_before_min) AS at) release
      LEFT JOIN couplets_reservation r ON r.site_id = site.id
     WHERE site.event_id = :event
     GROUP BY site.id, site.number
     ORDER BY site.number
""")
_HOURS = text("""
    SELECT p.site_id,
           date_trunc('hour', p.collected_at AT TIME ZONE 'Asia/Shanghai')
               AT TIME ZONE 'Asia/Shanghai' AS hour,
           count(*) FILTER (WHERE p.reservation_id IS NOT NULL) AS collected,
           count(*) FILTER (WHERE p.reservation_id IS NULL) AS walk_in
      FROM couplets_pickup p JOIN couplets_site site ON site.id = p.site_id
     WHERE p.event_id = :event AND p.state = 'collected'
     GROUP BY p.site_id, site.number, hour
     ORDER BY hour, site.number
""")


@dataclass(frozen=True, slots=True)
class SiteFigures:
    """`collected` and `no_show` of reservations for this site; `walk_in` and `by_proxy` as they
    were handed out here."""

    site_id: UUID
    reserved: int
    collected: int
    no_show: int
    cancelled: int
    walk_in: int
    by_proxy: int


@dataclass(frozen=True, slots=True)
class HourFigures:
    """Pairs that were handed out at a site within an hour of Shanghai time."""

    site_id: UUID
    hour: datetime
    collected: int
    walk_in: int


@dataclass(frozen=True, slots=True)
class VariantFigures:
    """`offered` and `waiting` as the list stands."""

    variant_id: UUID
    paper: int
    reserved_total: int
    walk_in_total: int
    handed_out: int
    left_over: int
    offered: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Statistics:
    event: EventFacts
    as_of: datetime
    sites: Sequence[SiteFigures]
    hours: Sequence[HourFigures]
    variants: Sequence[VariantFigures]


async def event_statistics(sessions: Sessions, clock: Clock, *, event_id: UUID) -> Statistics:
    """In one snapshot. Raises `NotFound`."""
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        event, now = await queries.require_event(session, event_id), clock.now()
        sites = await session.execute(_SITES, {"event": event_id, "now": now})
        hours = await session.execute(_HOURS, {"event": event_id})
        return Statistics(
            event,
            now,
            [SiteFigures(*row) for row in sites],
            [HourFigures(*row) for row in hours],
            await _variants(session, event),
        )


async def _variants(session: AsyncSession, event: EventFacts) -> list[VariantFigures]:
    handed = {
        row[0]: row[1]
        for row in await session.execute(
            text(
                "SELECT variant_id, count(*) FROM couplets_pickup"
                " WHERE event_id = :event AND state = 'collected' GROUP BY variant_id"
            ),
            {"event": event.id},
        )
    }
    pools = select(CoupletsVariant.reserved_pool_id).where(CoupletsVariant.event_id == event.id)
    offered = await session.execute(
        select(WaitingOffer.pool_id, func.count())
        .where(WaitingOffer.pool_id.in_(pools), WaitingOffer.state == OfferState.OPEN)
        .group_by(WaitingOffer.pool_id)
    )
    waiting = await session.execute(
        select(WaitingEntry.pool_id, func.count())
        .where(WaitingEntry.pool_id.in_(pools), WaitingEntry.state == WaitingState.WAITING)
        .group_by(WaitingEntry.pool_id)
    )
    by_offer = {row[0]: row[1] for row in offered}
    by_wait = {row[0]: row[1] for row in waiting}
    return [
        VariantFigures(
            variant_id=each.id,
            paper=each.paper,
            reserved_total=each.reserved.total,
            walk_in_total=each.walk_in.total,
            handed_out=handed.get(each.id, 0),
            left_over=each.paper - handed.get(each.id, 0),
            offered=by_offer.get(each.reserved.id, 0),
            waiting=by_wait.get(each.reserved.id, 0),
        )
        for each in event.variants
    ]
