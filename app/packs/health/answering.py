"""An expert answers: the queue, takes a thread, reads, writes, hands over, closes.

Which threads: in every query. An expert reads what the expert has, and nothing that was handed over
or closed; the named medical reviewer reads alike and writes nothing. Each reading is written down
where the member sees it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Text, any_, cast, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.consultations import HealthConsultation
from app.models.health_experts import HealthExpert
from app.models.states import Role
from app.models.states_health import ConsultationEnd, ConsultationState
from app.packs.health import consultation_life
from app.packs.health.askers import Asker, asker_of
from app.packs.health.consultation_life import consultation_act, note_move
from app.packs.health.consultation_queries import (
    BY_NUMBER,
    ConsultationFacts,
    MessageFacts,
    find_thread,
    held_by,
    may_read,
    newest_note,
    read_messages,
    select_threads,
    thread_facts,
)
from app.packs.health.consultation_rules import states_for
from app.packs.health.experts import ExpertFacts, expert_of
from app.packs.health.message_rows import NewMessage, add_message
from app.packs.health.seals import NOTE
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import AnySelect, Sessions
from app.platform.errors import NotFound, StateConflict, Words
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, StaffMember
from app.shared.ledger import write
from app.shared.outbox import NewJob, put
from app.shared.personal_data import AccessKind, log_access

READ = AccessKind(
    "health.read",
    Words(
        "查看了您的健康咨询内容（专家或医疗质量审阅人）。",
        "Your consultation was read, by the expert who has it or by the medical reviewer.",
    ),
)
TELL_CLOSED = "health.tell_closed"
_BY_WAITING = Keyset(HealthConsultation.waiting_from, HealthConsultation.id)
_BY_OPENING = Keyset(HealthConsultation.opened_at, HealthConsultation.id)


@dataclass(frozen=True, slots=True)
class OpenedThread:
    """A thread with its words, in clear. `note`: what the last expert left for the next one."""

    thread: ConsultationFacts
    asker: Asker
    note: str | None
    messages: Page[MessageFacts]


async def list_threads(
    sessions: Sessions, *, staff: StaffMember, state: ConsultationState, page: PageRequest
) -> Page[ConsultationFacts]:
    """Without a word of them, and without who asks. `waiting`: of the caller's topics, whoever
    waits longest first; staff who are no experts see how long it is. `taken`: the caller's own."""
    statement = select_threads().where(HealthConsultation.state == state)
    order = _BY_OPENING
    if state is ConsultationState.WAITING:
        order = _BY_WAITING
        if staff.roles <= {Role.EXPERT}:
            statement = statement.where(_is_of_topics(staff.id))
    else:
        statement = statement.where(held_by(staff.id))
    async with sessions() as session:
        rows = await order.page(session, statement, page)
    return rows.map(thread_facts)


async def take_thread(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    staff: StaffMember,
    actor: Actor,
    consultation_id: UUID,
) -> ConsultationFacts:
    """One expert of the topic has it from now on. Of two at once one does.

    Raises `NotFound`, `StateConflict`.
    """
    allowed = _is_of_topics(staff.id)
    async with sessions.begin() as session:
        await once.first(session, about=_there(consultation_id))
        expert = await _calling_expert(session, staff, held=True)
        now = clock.now()
        taken = await session.scalar(
            update(HealthConsultation)
            .where(
                HealthConsultation.id == consultation_id,
                HealthConsultation.state.in_(states_for("take")),
                allowed,
            )
            .values(state=ConsultationState.TAKEN, expert_id=expert.id, expert_read_no=0)
            .returning(HealthConsultation.id)
        )
        if taken is None:
            there = await find_thread(session, consultation_id, allowed)
            raise StateConflict(state=there.state.value)
        states = (ConsultationState.WAITING, ConsultationState.TAKEN)
        await note_move(session, consultation_id, "take", states, actor=actor, at=now)
        thread = await find_thread(session, consultation_id, held_by(staff.id))
        await once.keep(session, thread)
    return thread


async def read_thread(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    *,
    staff: StaffMember,
    actor: Actor,
    consultation_id: UUID,
    page: PageRequest,
) -> OpenedThread:
    """In clear; the look is in the member's list of looks before anything is shown.

    Raises `CursorInvalid`, `NotFound`.
    """
    BY_NUMBER.check(page)
    async with sessions.begin() as session:
        found = await find_thread(session, consultation_id, may_read(staff.id))
        await log_access(
            session,
            clock,
            READ,
            staff_id=staff.id,
            roles=staff.roles,
            member_ids=[found.member_id],
        )
        # The look holds the member's row, so the thread is locked behind it, as everywhere, and is
        # looked at again: a withdrawal or a hand-over may have come between.
        thread = await find_thread(session, consultation_id, may_read(staff.id), locked=True)
        now = clock.now()
        await write(session, [consultation_act(actor, "read", consultation_id, {}, now)])
        messages = await read_messages(session, sealer, consultation_id, page)
        await _mark_read(session, staff.id, thread, messages.items)
        note = NOTE.open_if_any(sealer, await newest_note(session, consultation_id))
        return OpenedThread(thread, await asker_of(session, sealer, thread), note, messages)


async def answer(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    staff: StaffMember,
    actor: Actor,
    consultation_id: UUID,
    text: str,
) -> MessageFacts:
    """By the expert who has it. The member is told that an answer waits, and not what it says.

    Raises `NotFound`.
    """
    allowed = held_by(staff.id)
    async with sessions.begin() as session:
        await once.first(session, about=_there(consultation_id))
        thread = await find_thread(session, consultation_id, allowed, locked=True)
        expert = await _calling_expert(session, staff)
        now = clock.now()
        written = await add_message(
            session, sealer, thread, NewMessage(text), at=now, expert=expert
        )
        changes = {"number": (None, written.number)}
        await write(session, [consultation_act(actor, "answer", thread.id, changes, now)])
        await once.keep(session, written)
    return written


async def hand_over(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    staff: StaffMember,
    actor: Actor,
    consultation_id: UUID,
    note: str,
) -> ConsultationFacts:
    """Back to the queue for another expert, who reads the note. Raises `NotFound`."""
    allowed = held_by(staff.id)
    async with sessions.begin() as session:
        await once.first(session, about=_there(consultation_id))
        thread = await find_thread(session, consultation_id, allowed, locked=True)
        await consultation_life.release(
            session, thread, actor=actor, at=clock.now(), note_sealed=NOTE.seal(sealer, note)
        )
        handed = await find_thread(session, consultation_id, _is(consultation_id))
        await once.keep(session, handed)
    return handed


async def close_thread(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    staff: StaffMember,
    actor: Actor,
    consultation_id: UUID,
) -> ConsultationFacts:
    """The expert who has it ends it, and reads it no more. Raises `NotFound`."""
    allowed = held_by(staff.id)
    async with sessions.begin() as session:
        await once.first(session, about=_there(consultation_id))
        thread = await find_thread(session, consultation_id, allowed, locked=True)
        await consultation_life.close(
            session, thread, ConsultationEnd.EXPERT, actor=actor, at=clock.now()
        )
        await put(session, NewJob(TELL_CLOSED, {"consultation_id": consultation_id}))
        closed = await find_thread(session, consultation_id, _is(consultation_id))
        await once.keep(session, closed)
    return closed


async def _calling_expert(
    session: AsyncSession, staff: StaffMember, *, held: bool = False
) -> ExpertFacts:
    """Raises `NotFound`: an account in which no expert works has no thread."""
    expert = await expert_of(session, staff.id, held=held)
    if expert is None:
        raise NotFound()
    return expert


async def _mark_read(
    session: AsyncSession,
    staff_id: UUID,
    thread: ConsultationFacts,
    shown: Sequence[MessageFacts],
) -> None:
    """The mark is that of the expert who has it; a reviewer leaves none."""
    newest = max((each.number for each in shown), default=0)
    await session.execute(
        update(HealthConsultation)
        .where(
            HealthConsultation.id == thread.id,
            held_by(staff_id),
            HealthConsultation.expert_read_no < newest,
        )
        .values(expert_read_no=newest)
    )


def _is_of_topics(staff_id: UUID) -> ColumnElement[bool]:
    """Whether the caller's expert advises on the thread's topic."""
    return exists().where(
        HealthExpert.staff_id == staff_id,
        HealthExpert.is_active,
        cast(HealthConsultation.topic, Text) == any_(HealthExpert.topics),
    )


def _is(consultation_id: UUID) -> ColumnElement[bool]:
    return HealthConsultation.id == consultation_id


def _there(consultation_id: UUID) -> AnySelect:
    """A repeat is answered as before, whoever has the thread meanwhile; a first call that finds it
    there has still to find it the caller's."""
    return select(HealthConsultation.id).where(_is(consultation_id))
