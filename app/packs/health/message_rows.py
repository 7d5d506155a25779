"""A message written into its thread: numbered, sealed, with its pictures and its alerts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.consultations import (
    HealthAlert,
    HealthConsultation,
    HealthMessage,
    HealthPicture,
)
from app.models.states_health import Author
from app.packs.health.advice_rules import flags_of
from app.packs.health.consultation_queries import ConsultationFacts, MessageFacts
from app.packs.health.consultation_rules import states_for
from app.packs.health.experts import ExpertFacts
from app.packs.health.seals import MESSAGE
from app.platform.crypto import Sealer
from app.platform.errors import StateConflict
from app.platform.ids import new_id
from app.shared import files
from app.shared.outbox import NewJob, put, put_many

ALERT, TELL_ANSWER = "health.alert", "health.tell_answer"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """`file_ids`: the member's own pictures, which nothing shows yet."""

    text: str
    file_ids: Sequence[UUID] = ()


async def add_message(
    session: AsyncSession,
    sealer: Sealer,
    thread: ConsultationFacts,
    message: NewMessage,
    *,
    at: datetime,
    expert: ExpertFacts | None = None,
) -> MessageFacts:
    """By the member, unless an expert wrote it. An answer ends the member's waiting.

    Raises `StateConflict`; of the pictures `NotFound`, `StateConflict`.
    """
    author = Author.MEMBER if expert is None else Author.EXPERT
    number = await _next_number(session, thread.id, author, at)
    message_id = new_id()
    await session.execute(
        insert(HealthMessage).values(
            id=message_id,
            consultation_id=thread.id,
            number=number,
            author=author,
            expert_id=expert.id if expert else None,
            text_sealed=MESSAGE.seal(sealer, message.text),
            at=at,
        )
    )
    # In one order, so that two messages with the same pictures do not wait in a circle.
    pictures = sorted(set(message.file_ids))
    for file_id in pictures:
        await files.attach(session, file_id, member_id=thread.member_id)
        session.add(HealthPicture(file_id=file_id, message_id=message_id, at=at))
    await session.flush()
    if expert is None:
        await _alert(session, thread.id, message_id, message.text, at)
    else:
        await put(session, NewJob(TELL_ANSWER, {"message_id": message_id}))
    name = expert.name if expert else None
    return MessageFacts(number, author, name, message.text, at, pictures)


async def _next_number(
    session: AsyncSession, consultation_id: UUID, author: Author, at: datetime
) -> int:
    """The thread's next, while it is open. Whoever has read all of it has read what they write."""
    waits = author is Author.MEMBER
    read = HealthConsultation.member_read_no if waits else HealthConsultation.expert_read_no
    number: int | None = await session.scalar(
        update(HealthConsultation)
        .where(
            HealthConsultation.id == consultation_id,
            HealthConsultation.state.in_(states_for("write")),
        )
        .values(
            {
                HealthConsultation.last_no: HealthConsultation.last_no + 1,
                read: case((read == HealthConsultation.last_no, read + 1), else_=read),
                HealthConsultation.waiting_from: (
                    func.coalesce(HealthConsultation.waiting_from, at) if waits else None
                ),
            }
        )
        .returning(HealthConsultation.last_no)
    )
    if number is None:
        raise StateConflict(state="closed")
    return number


async def _alert(
    session: AsyncSession, consultation_id: UUID, message_id: UUID, text: str, at: datetime
) -> None:
    """A row for staff's list and a job that reminds of it until somebody acknowledges it."""
    flags = {new_id(): flag for flag in flags_of(text)}
    if not flags:
        return
    thread = {"consultation_id": consultation_id, "message_id": message_id, "at": at}
    await session.execute(
        insert(HealthAlert),
        [{"id": alert_id, "flag": flag, **thread} for alert_id, flag in flags.items()],
    )
    await put_many(session, [NewJob(ALERT, {"alert_id": alert_id}) for alert_id in flags])
