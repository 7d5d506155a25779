"""Talks' SQL: a talk with its pool, places at it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health_talks import HealthRegistration, HealthTalk
from app.models.states_appointments import RegistrationState, ReplayFor
from app.models.stock import StockPool
from app.platform.db import AnySelect
from app.platform.errors import NotFound
from app.platform.pages import Keyset
from app.shared.stock import POOL_COLUMNS, Pool

BY_START = Keyset(HealthTalk.starts_at, HealthTalk.id)
NEWEST_FIRST = Keyset(HealthRegistration.registered_at, HealthRegistration.id, descending=True)


@dataclass(frozen=True, slots=True)
class TalkFacts:
    """A talk with its pool: its window is when members may register."""

    pool: Pool
    id: UUID
    campaign_id: UUID
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
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RegistrationFacts:
    """A place with the talk that it is at."""

    id: UUID
    talk_id: UUID
    member_id: UUID
    state: RegistrationState
    registered_at: datetime
    cancelled_at: datetime | None
    attended_at: datetime | None
    title: str
    starts_at: datetime
    ends_at: datetime
    replay_url: str | None
    replay_for: ReplayFor


_TALK = (
    HealthTalk.id,
    HealthTalk.campaign_id,
    HealthTalk.title,
    HealthTalk.intro,
    HealthTalk.speaker,
    HealthTalk.expert_id,
    HealthTalk.place,
    HealthTalk.stream_url,
    HealthTalk.replay_url,
    HealthTalk.replay_for,
    HealthTalk.starts_at,
    HealthTalk.ends_at,
    HealthTalk.version,
    HealthTalk.created_at,
)
_REGISTRATION = (
    HealthRegistration.id,
    HealthRegistration.talk_id,
    HealthRegistration.member_id,
    HealthRegistration.state,
    HealthRegistration.registered_at,
    HealthRegistration.cancelled_at,
    HealthRegistration.attended_at,
    HealthTalk.title,
    HealthTalk.starts_at,
    HealthTalk.ends_at,
    HealthTalk.replay_url,
    HealthTalk.replay_for,
)
REGISTRATION_WIDTH = len(_REGISTRATION)


def select_talks() -> AnySelect:
    return select(*POOL_COLUMNS, *_TALK).join(StockPool, StockPool.id == HealthTalk.pool_id)


def talk_facts(row: Any) -> TalkFacts:
    """A row of `select_talks`; whatever was added comes behind."""
    columns = len(POOL_COLUMNS)
    return TalkFacts(Pool(*row[:columns]), *row[columns : columns + len(_TALK)])


async def require_talk(session: AsyncSession, talk_id: UUID) -> TalkFacts:
    """As committed, without locks. Raises `NotFound`."""
    row = (await session.execute(select_talks().where(HealthTalk.id == talk_id))).one_or_none()
    if row is None:
        raise NotFound()
    return talk_facts(row)


async def lock_talk(session: AsyncSession, talk_id: UUID) -> TalkFacts:
    """Locked before its pool. Raises `NotFound`."""
    await session.execute(
        select(HealthTalk.id).where(HealthTalk.id == talk_id).with_for_update(key_share=True)
    )
    return await require_talk(session, talk_id)


def select_registrations() -> AnySelect:
    return select(*_REGISTRATION).join(HealthTalk, HealthTalk.id == HealthRegistration.talk_id)


def registration_facts(row: Any) -> RegistrationFacts:
    """A row of `select_registrations`; whatever was added comes behind."""
    return RegistrationFacts(*row[:REGISTRATION_WIDTH])


async def find_registration(
    session: AsyncSession, *where: ColumnElement[bool], locked: bool = False
) -> RegistrationFacts:
    """The one that fits. Raises `NotFound`."""
    statement = select_registrations().where(*where)
    if locked:
        statement = statement.with_for_update(of=HealthRegistration, key_share=True)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound()
    return registration_facts(row)
