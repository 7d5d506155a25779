"""Staff's side of talks: plan one, correct it, look at them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health_experts import HealthExpert
from app.models.health_talks import HealthTalk
from app.models.states import PoolState
from app.models.states_appointments import ReplayFor
from app.packs.health import talk_queries
from app.packs.health.talk_acts import talk_act
from app.packs.health.talk_queries import BY_START, TalkFacts
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import VersionStale, invalid
from app.platform.ids import new_id
from app.platform.pages import Page, PageRequest
from app.shared.campaigns import find_campaign
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import write
from app.shared.notices.reminders import Beginning, reminders
from app.shared.outbox import NewJob, put, put_many
from app.shared.stock import Stock, change_pool, create_pool

POOL_KIND = "health_talk"
REMIND, TELL_CHANGED = "health.remind_talk", "health.tell_talk_changed"
# What is kept by the pool, under its own names.
_WINDOW = {"register_opens_at": "opens_at", "register_closes_at": "closes_at"}
# What those who come must hear of.
_MATTERS = frozenset({"starts_at", "ends_at", "place", "stream_url"})


@dataclass(frozen=True, slots=True)
class NewTalk:
    """`capacity`: places; `place`, `stream_url`: one of them at least."""

    title: str
    intro: str
    speaker: str
    expert_id: UUID | None
    place: str | None
    stream_url: str | None
    replay_url: str | None
    replay_for: ReplayFor
    starts_at: datetime
    ends_at: datetime
    register_opens_at: datetime
    register_closes_at: datetime
    capacity: int

    def columns(self) -> dict[str, Any]:
        not_here = {*_WINDOW, "capacity"}
        names = [name for name in self.__dataclass_fields__ if name not in not_here]
        return {name: getattr(self, name) for name in names}


async def create_talk(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    talk: NewTalk,
    campaign_id: UUID | None = None,
) -> TalkFacts:
    """Seen by members as soon as it is there, unless its campaign is a draft. Raises `NotFound`
    (no such campaign; none is current), `InputInvalid`."""
    _check(talk.columns() | {name: getattr(talk, name) for name in _WINDOW})
    async with sessions.begin() as session:
        await once.first(session)
        campaign = await find_campaign(session, campaign_id)
        await _check_expert(session, talk.expert_id)
        created = await add_talk(session, campaign.id, talk, actor=actor, now=clock.now())
        await once.keep(session, created)
    return created


async def add_talk(
    session: AsyncSession, campaign_id: UUID, talk: NewTalk, *, actor: Actor, now: datetime
) -> TalkFacts:
    """In the caller's transaction."""
    talk_id = new_id()
    pool_id = await create_pool(
        session,
        group=f"{POOL_KIND}:{talk_id}",
        kind=POOL_KIND,
        owner_id=talk_id,
        total=talk.capacity,
        opens_at=talk.register_opens_at,
        closes_at=talk.register_closes_at,
        per_person_total=1,
        state=PoolState.RUNNING,
    )
    await session.execute(
        insert(HealthTalk).values(
            id=talk_id,
            campaign_id=campaign_id,
            pool_id=pool_id,
            created_at=now,
            **talk.columns(),
        )
    )
    created = await talk_queries.require_talk(session, talk_id)
    await put_many(session, reminders(beginning(created), now))
    await write(session, [talk_act(actor, "create", None, created, at=now)])
    return created


async def change_talk(
    sessions: Sessions,
    clock: Clock,
    stock: Stock,
    *,
    actor: Actor,
    talk_id: UUID,
    version: int,
    changes: Mapping[str, Any],
) -> TalkFacts:
    """Correct texts and times; places are `change_capacity`'s. Whoever has a place is told of
    another time or place.

    Raises `NotFound`, `VersionStale`, `InputInvalid`.
    """
    async with sessions.begin() as session:
        before = await talk_queries.lock_talk(session, talk_id)
        if before.version != version:
            raise VersionStale(version=before.version)
        _check(_all_fields(before) | dict(changes))
        await _check_expert(session, changes.get("expert_id"))
        columns = {name: value for name, value in changes.items() if name not in _WINDOW}
        await _update(session, talk_id, **columns)
        window = {_WINDOW[name]: changes[name] for name in _WINDOW.keys() & changes.keys()}
        if window:
            await change_pool(session, before.pool.id, why="window changed", **window)
        after, now = await talk_queries.require_talk(session, talk_id), clock.now()
        if after.starts_at != before.starts_at:
            await put_many(session, reminders(beginning(after), now))
        if _MATTERS & columns.keys() and now < after.starts_at:
            await put(session, NewJob(TELL_CHANGED, {"talk_id": talk_id}))
        await write(session, [talk_act(actor, "change", before, after, at=now)])
    await stock.announce(after.pool)
    return after


async def change_capacity(
    sessions: Sessions,
    clock: Clock,
    stock: Stock,
    once: Once,
    *,
    actor: Actor,
    talk_id: UUID,
    expected_total: int,
    total: int,
    reason: str,
) -> TalkFacts:
    """More or fewer places. Raises `NotFound`, `VersionStale`, `BelowIssued`."""
    async with sessions.begin() as session:
        await once.first(session, about=select(HealthTalk.id).where(HealthTalk.id == talk_id))
        before = await talk_queries.lock_talk(session, talk_id)
        await change_pool(
            session, before.pool.id, why=reason, expected_total=expected_total, total=total
        )
        await _update(session, talk_id)
        after = await talk_queries.require_talk(session, talk_id)
        act = talk_act(actor, "change_capacity", before, after, at=clock.now(), reason=reason)
        await write(session, [act])
        await once.keep(session, after)
    await stock.announce(after.pool)
    return after


async def list_for_staff(sessions: Sessions, *, page: PageRequest) -> Page[TalkFacts]:
    """All talks by their beginning."""
    async with sessions() as session:
        rows = await BY_START.page(session, talk_queries.select_talks(), page)
    return rows.map(talk_queries.talk_facts)


async def find_for_staff(sessions: Sessions, *, talk_id: UUID) -> TalkFacts:
    """Raises `NotFound`."""
    async with sessions() as session:
        return await talk_queries.require_talk(session, talk_id)


def beginning(talk: TalkFacts) -> Beginning:
    return Beginning(REMIND, {"talk_id": talk.id}, talk.starts_at)


async def _update(session: AsyncSession, talk_id: UUID, **columns: Any) -> None:
    await session.execute(
        update(HealthTalk)
        .where(HealthTalk.id == talk_id)
        .values(version=HealthTalk.version + 1, **columns)
    )


async def _check_expert(session: AsyncSession, expert_id: UUID | None) -> None:
    """Raises `InputInvalid`."""
    known = select(HealthExpert.id).where(HealthExpert.id == expert_id)
    if expert_id is not None and await session.scalar(known) is None:
        raise invalid("expert_id", "没有这位专家", "no such expert", "expert_unknown")


def _all_fields(talk: TalkFacts) -> dict[str, Any]:
    return {
        "place": talk.place,
        "stream_url": talk.stream_url,
        "starts_at": talk.starts_at,
        "ends_at": talk.ends_at,
        "register_opens_at": talk.pool.opens_at,
        "register_closes_at": talk.pool.closes_at,
    }


def _check(fields: Mapping[str, Any]) -> None:
    """Raises `InputInvalid`."""
    for begins, ends in (("starts_at", "ends_at"), ("register_opens_at", "register_closes_at")):
        if fields[begins] >= fields[ends]:
            zh, en = f"须晚于 {begins}", f"it has to be after {begins}"
            raise invalid(ends, zh, en, "window_empty")
    if fields["register_closes_at"] > fields["ends_at"]:
        zh, en = "不得晚于讲座结束", "not after the talk's end"
        raise invalid("register_closes_at", zh, en, "after_end")
    if fields["place"] is None and fields["stream_url"] is None:
        zh, en = "地点与直播地址至少填一项", "a place, a stream, or both"
        raise invalid("place", zh, en, "nowhere")
