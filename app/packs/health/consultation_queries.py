"""The SQL of consultations: a thread by who may see it, its messages with their pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.consultations import (
    HealthAlert,
    HealthConsultation,
    HealthConsultationMove,
    HealthMessage,
    HealthPicture,
)
from app.models.health_experts import HealthExpert
from app.models.states_health import Author, ConsultationEnd, ConsultationState, HealthTopic
from app.packs.health.seals import MESSAGE
from app.platform.crypto import Sealer
from app.platform.db import AnySelect
from app.platform.errors import NotFound
from app.platform.pages import Keyset, Page, PageRequest

BY_NUMBER = Keyset(HealthMessage.number)


@dataclass(frozen=True, slots=True)
class ConsultationFacts:
    """A thread, without a word of it. `has_alert`: nobody has acknowledged yet what a member wrote
    that cannot wait."""

    id: UUID
    member_id: UUID
    topic: HealthTopic
    pseudonym: str | None
    state: ConsultationState
    expert_id: UUID | None
    opened_at: datetime
    waiting_from: datetime | None
    closed_at: datetime | None
    closed_by: ConsultationEnd | None
    lifted_at: datetime | None
    last_no: int
    member_read_no: int
    expert_read_no: int
    has_alert: bool


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """In clear. `expert`: who of the experts wrote it."""

    number: int
    author: Author
    expert: str | None
    text: str
    at: datetime
    picture_ids: Sequence[UUID]


_UNSEEN = (
    exists()
    .where(
        HealthAlert.consultation_id == HealthConsultation.id,
        HealthAlert.acknowledged_at.is_(None),
    )
    .correlate(HealthConsultation)
)
_THREAD = (
    HealthConsultation.id,
    HealthConsultation.member_id,
    HealthConsultation.topic,
    HealthConsultation.pseudonym,
    HealthConsultation.state,
    HealthConsultation.expert_id,
    HealthConsultation.opened_at,
    HealthConsultation.waiting_from,
    HealthConsultation.closed_at,
    HealthConsultation.closed_by,
    HealthConsultation.lifted_at,
    HealthConsultation.last_no,
    HealthConsultation.member_read_no,
    HealthConsultation.expert_read_no,
    _UNSEEN,
)


def select_threads() -> AnySelect:
    return select(*_THREAD)


def thread_facts(row: Any) -> ConsultationFacts:
    """A row of `select_threads`; whatever was added comes behind."""
    return ConsultationFacts(*row[: len(_THREAD)])


def held_by(staff_id: UUID) -> ColumnElement[bool]:
    """The expert who has it, in whose account somebody calls; nobody else, an administrator
    neither."""
    return exists().where(
        HealthExpert.id == HealthConsultation.expert_id,
        HealthExpert.staff_id == staff_id,
        HealthExpert.is_active,
    )


def may_read(staff_id: UUID) -> ColumnElement[bool]:
    """The expert who has it, and the named medical reviewer as long as the member consents."""
    reviews = exists().where(
        HealthExpert.staff_id == staff_id, HealthExpert.is_active, HealthExpert.is_reviewer
    )
    return held_by(staff_id) | (reviews & HealthConsultation.withdrawn_at.is_(None))


async def find_thread(
    session: AsyncSession,
    consultation_id: UUID,
    allowed: ColumnElement[bool],
    *,
    locked: bool = False,
) -> ConsultationFacts:
    """Under the condition that says whose it must be. Raises `NotFound`."""
    statement = select_threads().where(HealthConsultation.id == consultation_id, allowed)
    if locked:
        statement = statement.with_for_update(of=HealthConsultation)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound()
    return thread_facts(row)


async def read_messages(
    session: AsyncSession, sealer: Sealer, consultation_id: UUID, page: PageRequest
) -> Page[MessageFacts]:
    """The oldest first."""
    statement = (
        select(HealthMessage, HealthExpert.name)
        .outerjoin(HealthExpert, HealthExpert.id == HealthMessage.expert_id)
        .where(HealthMessage.consultation_id == consultation_id)
    )
    rows = await BY_NUMBER.page(session, statement, page)
    pictures = await _pictures(session, [row[0].id for row in rows.items])
    return rows.map(
        lambda row: MessageFacts(
            row[0].number,
            row[0].author,
            row[1],
            MESSAGE.open(sealer, row[0].text_sealed),
            row[0].at,
            pictures.get(row[0].id, ()),
        )
    )


async def newest_note(session: AsyncSession, consultation_id: UUID) -> bytes | None:
    """What the last expert who handed it over told the next one, sealed."""
    note: bytes | None = await session.scalar(
        select(HealthConsultationMove.note_sealed)
        .where(
            HealthConsultationMove.consultation_id == consultation_id,
            HealthConsultationMove.note_sealed.is_not(None),
        )
        .order_by(HealthConsultationMove.id.desc())
        .limit(1)
    )
    return note


async def _pictures(
    session: AsyncSession, message_ids: Sequence[UUID]
) -> dict[UUID, Sequence[UUID]]:
    rows = await session.execute(
        select(HealthPicture.message_id, func.array_agg(HealthPicture.file_id))
        .where(HealthPicture.message_id.in_(message_ids))
        .group_by(HealthPicture.message_id)
    )
    return {message_id: sorted(file_ids) for message_id, file_ids in rows}
