"""Staff's side of events: correct one, print more paper."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsEvent, CoupletsSite, CoupletsVariant
from app.packs.couplets import queries
from app.packs.couplets.acts import event_act
from app.packs.couplets.events import schedule
from app.packs.couplets.queries import EventFacts
from app.packs.couplets.settling import announce
from app.packs.couplets.units import lock_variant, offer_one
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
from app.shared.draws import check_moved
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import write
from app.shared.stock import Stock, change_pool

RELEASED = "released"
# What deadlines follow from.
_DUE_BY = frozenset({"reserve_closes_at", "release_before_min"})


async def change_event(
    sessions: Sessions,
    clock: Clock,
    stock: Stock,
    *,
    actor: Actor,
    event_id: UUID,
    version: int,
    changes: Mapping[str, Any],
    sites: Mapping[UUID, Mapping[str, Any]],
) -> EventFacts:
    """Correct texts, addresses and times; pairs are the pools' (`change_stock`).

    Raises `NotFound`, `VersionStale`, `StateConflict` (a site's times once it was released; the
    window of a fair draw, which is published), `InputInvalid`.
    """
    async with sessions.begin() as session:
        event = await _lock_event(session, event_id)
        if event.version != version:
            raise VersionStale(version=event.version)
        _check_windows({**_times(event), **changes})
        opens_at = changes.get("reserve_opens_at", event.reserve_opens_at)
        closes_at = changes.get("reserve_closes_at", event.reserve_closes_at)
        check_moved(event.fair, opens_at, closes_at, "reserve_closes_at")
        await session.execute(
            update(CoupletsEvent)
            .where(CoupletsEvent.id == event_id)
            .values(version=CoupletsEvent.version + 1, **changes)
        )
        for site_id in sorted(sites):
            await _change_site(session, event, site_id, sites[site_id])
        if changes.keys() & {"reserve_opens_at", "reserve_closes_at"}:
            await _move_windows(session, event, changes)
        changed = await queries.require_event(session, event_id)
        now = clock.now()
        if sites or changes.keys() & _DUE_BY:
            await schedule(session, changed, now)
        await write(session, [event_act(actor, "change", event, changed, at=now)])
    await announce(stock, changed)
    return changed


async def change_stock(
    sessions: Sessions,
    clock: Clock,
    stock: Stock,
    once: Once,
    *,
    actor: Actor,
    event_id: UUID,
    variant_id: UUID,
    pool: str,
    expected_total: int,
    total: int,
    reason: str,
) -> EventFacts:
    """More or less paper of a variant, in one of its two pools (`reserved`, `walk_in`). What is
    added to the reserved one is offered to who waits before anybody else can have it.

    Raises `NotFound`, `VersionStale`, `BelowIssued`.
    """
    async with sessions.begin() as session:
        find_variant = select(CoupletsVariant.id).where(
            CoupletsVariant.id == variant_id, CoupletsVariant.event_id == event_id
        )
        await once.first(session, about=find_variant)
        event = await _lock_event(session, event_id)
        variant = event.variant(variant_id)
        if variant is None:
            raise NotFound()
        await lock_variant(session, variant)
        wanted = variant.reserved if pool == "reserved" else variant.walk_in
        changed_pool = await change_pool(
            session, wanted.id, why=reason, expected_total=expected_total, total=total
        )
        added = changed_pool.total - expected_total
        await session.execute(
            update(CoupletsVariant)
            .where(CoupletsVariant.id == variant_id)
            .values(
                paper=CoupletsVariant.paper + added,
                planned_reserved=CoupletsVariant.planned_reserved
                + (added if pool == "reserved" else 0),
            )
        )
        await session.execute(
            update(CoupletsEvent)
            .where(CoupletsEvent.id == event_id)
            .values(version=CoupletsEvent.version + 1)
        )
        now = clock.now()
        for _ in range(added if pool == "reserved" else 0):
            if await offer_one(session, event, variant, now=now, actor=actor) is None:
                break
        changed = await queries.require_event(session, event_id)
        act = event_act(actor, "change_stock", event, changed, at=now, reason=reason)
        await write(session, [act])
        await once.keep(session, changed)
    await announce(stock, changed)
    return changed


async def _lock_event(session: AsyncSession, event_id: UUID) -> EventFacts:
    await queries.lock_event(session, event_id)
    return await queries.require_event(session, event_id)


async def _change_site(
    session: AsyncSession, event: EventFacts, site_id: UUID, changes: Mapping[str, Any]
) -> None:
    await session.execute(
        select(CoupletsSite.id).where(CoupletsSite.id == site_id).with_for_update(key_share=True)
    )
    site = (await queries.require_event(session, event.id)).site(site_id)
    if site is None:
        raise InputInvalid(errors=(_field("#/sites", _NO_SUCH_SITE, "site_unknown"),))
    times = changes.keys() & {"opens_at", "closes_at"}
    if times and site.released_at is not None:
        raise StateConflict(state=RELEASED)
    if changes.get("opens_at", site.opens_at) >= changes.get("closes_at", site.closes_at):
        raise InputInvalid(errors=(_field("#/sites", _EMPTY, "window_empty"),))
    if changes:
        await session.execute(
            update(CoupletsSite).where(CoupletsSite.id == site_id).values(**changes)
        )


async def _move_windows(
    session: AsyncSession, event: EventFacts, changes: Mapping[str, Any]
) -> None:
    for variant in event.variants:
        await change_pool(
            session,
            variant.reserved.id,
            why="window changed",
            opens_at=changes.get("reserve_opens_at"),
            closes_at=changes.get("reserve_closes_at"),
        )


def _times(event: EventFacts) -> dict[str, datetime]:
    return {
        "live_from": event.live_from,
        "live_to": event.live_to,
        "reserve_opens_at": event.reserve_opens_at,
        "reserve_closes_at": event.reserve_closes_at,
    }


def _check_windows(times: Mapping[str, Any]) -> None:
    pairs = (("live_from", "live_to"), ("reserve_opens_at", "reserve_closes_at"))
    wrong = [ends for begins, ends in pairs if times[begins] >= times[ends]]
    if wrong:
        raise InputInvalid(
            errors=tuple(_field(f"#/{name}", _EMPTY, "window_empty") for name in wrong)
        )


def _field(pointer: str, words: Words, code: str) -> FieldError:
    return FieldError(pointer, words, code)


_EMPTY = Words("结束应晚于开始", "should be later than the beginning")
_NO_SUCH_SITE = Words("本场没有这个地点", "this event has no such site")
