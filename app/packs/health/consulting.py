"""A member asks: opens a consultation, writes, reads, closes it.

Lock order: the member's row (the consent), the pack, the thread. Experts lock the thread alone,
or behind the member where a look is logged (`hold_account`).
"""

from dataclasses import dataclass
from random import SystemRandom
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.consultations import HealthConsultation
from app.models.states import PackKind, Purpose
from app.models.states_health import ConsultationEnd, ConsultationState, HealthTopic
from app.packs.health import consultation_life
from app.packs.health.consultation_life import consultation_act, note_move
from app.packs.health.consultation_queries import (
    BY_NUMBER,
    ConsultationFacts,
    MessageFacts,
    find_thread,
    read_messages,
    select_threads,
    thread_facts,
)
from app.packs.health.consultation_rules import new_pseudonym, next_state
from app.packs.health.experts import ExpertFacts, find_expert
from app.packs.health.message_rows import NewMessage, add_message
from app.packs.health.topics import TOPICS
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import AnySelect, Sessions
from app.platform.errors import StateConflict, TemporarilyUnavailable, invalid
from app.platform.ids import new_id
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.campaigns import current_campaign, hold_open
from app.shared.consents import require
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import write

_NEWEST_FIRST = Keyset(HealthConsultation.opened_at, HealthConsultation.id, descending=True)


@dataclass(frozen=True, slots=True)
class OwnThread:
    """A thread as its member sees it, with who has it. `message`: what was just written."""

    thread: ConsultationFacts
    expert: ExpertFacts | None
    message: MessageFacts | None = None


async def open_consultation(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    actor: Actor,
    member_id: UUID,
    topic: HealthTopic,
    is_anonymous: bool,
    message: NewMessage,
) -> OwnThread:
    """A thread with its first message, in the queue. A member has one open thread on a topic.

    Raises `InputInvalid` (not without a name), `ConsentRequired`, `PackClosed`, `StateConflict`
    (with `consultation_id`); of the pictures `NotFound`, `StateConflict`.
    """
    if is_anonymous and not TOPICS[topic].anonymous:
        zh, en = "此主题不能匿名咨询", "this topic cannot be asked about without a name"
        raise invalid("anonymous", zh, en, "not_anonymous")
    async with sessions.begin() as session:
        await once.first(session)
        await require(session, member_id=member_id, purpose=Purpose.HEALTH_DATA)
        campaign = await current_campaign(session)
        await hold_open(session, campaign.id, PackKind.HEALTH)
        consultation_id, now = new_id(), clock.now()
        inserted = await session.scalar(
            insert(HealthConsultation)
            .values(
                id=consultation_id,
                campaign_id=campaign.id,
                member_id=member_id,
                topic=topic,
                pseudonym=new_pseudonym(SystemRandom()) if is_anonymous else None,
                state=ConsultationState.WAITING,
                opened_at=now,
                waiting_from=now,
            )
            .on_conflict_do_nothing()
            .returning(HealthConsultation.id)
        )
        if inserted is None:
            await _refuse_second(session, member_id, topic)
        states = (None, ConsultationState.WAITING)
        await note_move(session, consultation_id, "open", states, actor=actor, at=now)
        own = HealthConsultation.member_id == member_id
        thread = await find_thread(session, consultation_id, own)
        written = await add_message(session, sealer, thread, message, at=now)
        opened = OwnThread(await find_thread(session, consultation_id, own), None, written)
        await once.keep(session, opened)
    return opened


async def write_message(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    actor: Actor,
    member_id: UUID,
    consultation_id: UUID,
    message: NewMessage,
) -> OwnThread:
    """Into an open thread. Raises `NotFound`, `ConsentRequired`, `StateConflict`."""
    own = HealthConsultation.member_id == member_id
    async with sessions.begin() as session:
        await once.first(session, about=_ids(consultation_id, own))
        await require(session, member_id=member_id, purpose=Purpose.HEALTH_DATA)
        thread = await find_thread(session, consultation_id, own, locked=True)
        next_state(thread.state, "write")
        now = clock.now()
        written = await add_message(session, sealer, thread, message, at=now)
        changes = {"number": (None, written.number)}
        await write(session, [consultation_act(actor, "write", thread.id, changes, now)])
        seen = OwnThread(
            await find_thread(session, consultation_id, own),
            await _expert(session, thread),
            written,
        )
        await once.keep(session, seen)
    return seen


async def close_own(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    member_id: UUID,
    consultation_id: UUID,
) -> OwnThread:
    """The member has heard enough. Raises `NotFound`, `StateConflict`."""
    own = HealthConsultation.member_id == member_id
    async with sessions.begin() as session:
        await once.first(session, about=_ids(consultation_id, own))
        thread = await find_thread(session, consultation_id, own, locked=True)
        await consultation_life.close(
            session, thread, ConsultationEnd.MEMBER, actor=actor, at=clock.now()
        )
        closed = OwnThread(await find_thread(session, consultation_id, own), None)
        await once.keep(session, closed)
    return closed


async def mark_read(
    sessions: Sessions, *, member_id: UUID, consultation_id: UUID, number: int
) -> OwnThread:
    """Up to that message; a mark never goes back. Raises `NotFound`, `InputInvalid`."""
    own = HealthConsultation.member_id == member_id
    async with sessions.begin() as session:
        thread = await find_thread(session, consultation_id, own, locked=True)
        if number > thread.last_no:
            raise invalid("number", "没有这条消息", "there is no such message", "unknown")
        if number > thread.member_read_no:
            await session.execute(
                update(HealthConsultation)
                .where(HealthConsultation.id == consultation_id)
                .values(member_read_no=number)
            )
        thread = await find_thread(session, consultation_id, own)
        return OwnThread(thread, await _expert(session, thread))


async def list_own(
    sessions: Sessions, *, member_id: UUID, page: PageRequest
) -> Page[ConsultationFacts]:
    """The newest first; without a word of them."""
    statement = select_threads().where(HealthConsultation.member_id == member_id)
    async with sessions() as session:
        rows = await _NEWEST_FIRST.page(session, statement, page)
    return rows.map(thread_facts)


async def read_own(
    sessions: Sessions,
    sealer: Sealer,
    *,
    member_id: UUID,
    consultation_id: UUID,
    page: PageRequest,
) -> tuple[OwnThread, Page[MessageFacts]]:
    """One's own words and the answers, closed or not, whatever became of the consent."""
    BY_NUMBER.check(page)
    async with sessions() as session:
        own = HealthConsultation.member_id == member_id
        thread = await find_thread(session, consultation_id, own)
        found = await read_messages(session, sealer, consultation_id, page)
        return OwnThread(thread, await _expert(session, thread)), found


async def _expert(session: AsyncSession, thread: ConsultationFacts) -> ExpertFacts | None:
    return None if thread.expert_id is None else await find_expert(session, thread.expert_id)


async def _refuse_second(session: AsyncSession, member_id: UUID, topic: HealthTopic) -> None:
    """Raises `StateConflict`; `TemporarilyUnavailable` where the other has just been closed."""
    row = (
        await session.execute(
            select(HealthConsultation.id, HealthConsultation.state).where(
                HealthConsultation.member_id == member_id,
                HealthConsultation.topic == topic,
                HealthConsultation.state != ConsultationState.CLOSED,
            )
        )
    ).one_or_none()
    if row is None:
        raise TemporarilyUnavailable()
    raise StateConflict(state=row.state.value, consultation_id=str(row.id))


def _ids(consultation_id: UUID, own: ColumnElement[bool]) -> AnySelect:
    return select(HealthConsultation.id).where(HealthConsultation.id == consultation_id, own)
