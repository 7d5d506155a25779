"""Couplets' SQL: events with what belongs to them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsEvent, CoupletsSite, CoupletsVariant
from app.models.states import Opening
from app.packs.couplets.rules import Offering
from app.platform.db import AnySelect
from app.platform.errors import NotFound
from app.platform.pages import Keyset
from app.shared.stock import Pool, read_pools

BY_LIVE = Keyset(CoupletsEvent.live_from, CoupletsEvent.id)


@dataclass(frozen=True, slots=True)
class VariantFacts:
    """A variant with its two pools as they stand."""

    id: UUID
    event_id: UUID
    number: int
    title: str
    wording: str | None
    size: str | None
    paper: int
    reserved: Pool
    walk_in: Pool


@dataclass(frozen=True, slots=True)
class SiteFacts:
    id: UUID
    event_id: UUID
    number: int
    name: str
    address: str
    opens_at: datetime
    closes_at: datetime
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class EventFacts:
    """An event with its variants and sites, each in its order."""

    id: UUID
    campaign_id: UUID
    title: str
    stream_url: str | None
    replay_url: str | None
    live_from: datetime
    live_to: datetime
    reserve_opens_at: datetime
    reserve_closes_at: datetime
    opening: Opening
    release_before_min: int
    offer_valid_min: int
    offer_lead_min: int
    version: int
    created_at: datetime
    variants: tuple[VariantFacts, ...] = ()
    sites: tuple[SiteFacts, ...] = ()

    def variant(self, variant_id: UUID) -> VariantFacts | None:
        return next((each for each in self.variants if each.id == variant_id), None)

    def site(self, site_id: UUID) -> SiteFacts | None:
        return next((each for each in self.sites if each.id == site_id), None)

    def release_at(self, site: SiteFacts) -> datetime:
        """From when what was not collected there is a no-show."""
        return site.closes_at - timedelta(minutes=self.release_before_min)

    def offering(self, site: SiteFacts) -> Offering:
        return Offering(
            reserve_closes_at=self.reserve_closes_at,
            release_at=self.release_at(site),
            valid=timedelta(minutes=self.offer_valid_min),
            lead=timedelta(minutes=self.offer_lead_min),
        )


_EVENT = (
    CoupletsEvent.id,
    CoupletsEvent.campaign_id,
    CoupletsEvent.title,
    CoupletsEvent.stream_url,
    CoupletsEvent.replay_url,
    CoupletsEvent.live_from,
    CoupletsEvent.live_to,
    CoupletsEvent.reserve_opens_at,
    CoupletsEvent.reserve_closes_at,
    CoupletsEvent.opening,
    CoupletsEvent.release_before_min,
    CoupletsEvent.offer_valid_min,
    CoupletsEvent.offer_lead_min,
    CoupletsEvent.version,
    CoupletsEvent.created_at,
)
_SITE = (
    CoupletsSite.id,
    CoupletsSite.event_id,
    CoupletsSite.number,
    CoupletsSite.name,
    CoupletsSite.address,
    CoupletsSite.opens_at,
    CoupletsSite.closes_at,
    CoupletsSite.released_at,
)


def select_events() -> AnySelect:
    return select(*_EVENT)


async def with_parts(session: AsyncSession, rows: Iterable[Any]) -> list[EventFacts]:
    """Rows of `select_events` with their variants and sites."""
    found = {row[0]: EventFacts(*row[: len(_EVENT)]) for row in rows}
    variants = (
        await session.scalars(
            select(CoupletsVariant)
            .where(CoupletsVariant.event_id.in_(found))
            .order_by(CoupletsVariant.number)
        )
    ).all()
    pools = await read_pools(
        session, [id_ for each in variants for id_ in (each.reserved_pool_id, each.walk_in_pool_id)]
    )
    sites = [
        SiteFacts(*row)
        for row in await session.execute(
            select(*_SITE).where(CoupletsSite.event_id.in_(found)).order_by(CoupletsSite.number)
        )
    ]
    return [
        replace(
            event,
            variants=tuple(
                variant_facts(each, pools) for each in variants if each.event_id == event.id
            ),
            sites=tuple(each for each in sites if each.event_id == event.id),
        )
        for event in found.values()
    ]


def variant_facts(row: CoupletsVariant, pools: dict[UUID, Pool]) -> VariantFacts:
    return VariantFacts(
        row.id,
        row.event_id,
        row.number,
        row.title,
        row.wording,
        row.size,
        row.paper,
        pools[row.reserved_pool_id],
        pools[row.walk_in_pool_id],
    )


async def find_events(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, EventFacts]:
    rows = await session.execute(select_events().where(CoupletsEvent.id.in_(ids)))
    return {event.id: event for event in await with_parts(session, rows)}


async def require_event(session: AsyncSession, event_id: UUID) -> EventFacts:
    """As committed, without locks. Raises `NotFound`."""
    found = await find_events(session, [event_id])
    if event_id not in found:
        raise NotFound()
    return found[event_id]


async def event_of_pool(session: AsyncSession, pool_id: UUID) -> UUID:
    """The event whose reserved pool it is."""
    event_id = await session.scalar(
        select(CoupletsVariant.event_id).where(CoupletsVariant.reserved_pool_id == pool_id)
    )
    assert event_id is not None, "a pool belongs to a variant"
    return event_id
