"""Couplets' SQL: events with what belongs to them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsEvent, CoupletsSite, CoupletsVariant
from app.models.states import Opening, PackKind
from app.packs.couplets.rules import Offering
from app.platform.db import AnySelect
from app.platform.errors import NotFound
from app.platform.pages import Keyset
from app.shared.draws import FairOpening
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
    planned_reserved: int | None
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
    opening_window_min: int | None
    draw_id: UUID | None
    ordered_at: datetime | None
    version: int
    created_at: datetime
    variants: tuple[VariantFacts, ...] = ()
    sites: tuple[SiteFacts, ...] = ()

    @property
    def fair(self) -> FairOpening | None:
        """How it opens, where that is by a fair draw."""
        if self.draw_id is None or self.opening_window_min is None:
            return None
        return FairOpening(
            PackKind.COUPLETS,
            self.campaign_id,
            self.draw_id,
            self.reserve_opens_at,
            self.opening_window_min,
            self.ordered_at,
        )

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
    CoupletsEvent.opening_window_min,
    CoupletsEvent.draw_id,
    CoupletsEvent.ordered_at,
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
    sites = await session.execute(
        select(*_SITE).where(CoupletsSite.event_id.in_(found)).order_by(CoupletsSite.number)
    )
    variants_of: dict[UUID, list[VariantFacts]] = {event_id: [] for event_id in found}
    sites_of: dict[UUID, list[SiteFacts]] = {event_id: [] for event_id in found}
    for each in variants:
        variants_of[each.event_id].append(variant_facts(each, pools))
    for row in sites:
        site = SiteFacts(*row)
        sites_of[site.event_id].append(site)
    return [
        replace(event, variants=tuple(variants_of[event.id]), sites=tuple(sites_of[event.id]))
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
        row.planned_reserved,
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


async def lock_event(session: AsyncSession, event_id: UUID) -> None:
    """Against who changes it, before any lock of its pools; others refer to it meanwhile."""
    await session.execute(
        select(CoupletsEvent.id).where(CoupletsEvent.id == event_id).with_for_update(key_share=True)
    )


async def event_of_pool(session: AsyncSession, pool_id: UUID) -> UUID:
    """The event whose reserved pool it is."""
    event_id = await session.scalar(
        select(CoupletsVariant.event_id).where(CoupletsVariant.reserved_pool_id == pool_id)
    )
    assert event_id is not None, "a pool belongs to a variant"
    return event_id


async def event_of_draw(session: AsyncSession, draw_id: UUID) -> EventFacts:
    """The event that this draw opens."""
    event_id = await session.scalar(
        select(CoupletsEvent.id).where(CoupletsEvent.draw_id == draw_id)
    )
    assert event_id is not None, "its draw was made with the event"
    return await require_event(session, event_id)
