"""A consultation's moves, each with its row of history and of the ledger, under the row's lock."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.consultations import HealthConsultation, HealthConsultationMove
from app.models.states_health import ConsultationEnd, ConsultationState
from app.packs.health.consultation_queries import (
    ConsultationFacts,
    select_threads,
    thread_facts,
)
from app.packs.health.consultation_rules import next_state
from app.platform.ids import new_id
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, Changes, write

CONSULTATION = "consultation"


def consultation_act(
    actor: Actor,
    act: str,
    consultation_id: UUID,
    changes: Changes,
    at: datetime,
    reason: str | None = None,
) -> Act:
    """`health.consultation.<act>`. `reason`: staff's words alone, without anything of health."""
    verb = f"health.consultation.{act}"
    return Act(actor, verb, CONSULTATION, consultation_id, changes, at=at, reason=reason)


async def note_move(
    session: AsyncSession,
    consultation_id: UUID,
    act: str,
    states: tuple[ConsultationState | None, ConsultationState],
    *,
    actor: Actor,
    at: datetime,
    note_sealed: bytes | None = None,
) -> None:
    """One move in history and ledger."""
    await session.execute(
        insert(HealthConsultationMove).values(
            id=new_id(),
            consultation_id=consultation_id,
            act=act,
            from_state=states[0],
            to_state=states[1],
            actor=actor.name,
            note_sealed=note_sealed,
            at=at,
        )
    )
    await write(session, [consultation_act(actor, act, consultation_id, {"state": states}, at)])


async def close(
    session: AsyncSession,
    thread: ConsultationFacts,
    by: ConsultationEnd,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """No expert has it afterwards, so none can read it any more. Raises `StateConflict`."""
    act = "withdraw" if by is ConsultationEnd.WITHDRAWAL else "close"
    state = next_state(thread.state, act)
    await session.execute(
        update(HealthConsultation)
        .where(HealthConsultation.id == thread.id)
        .values(state=state, expert_id=None, waiting_from=None, closed_at=at, closed_by=by)
    )
    await note_move(session, thread.id, act, (thread.state, state), actor=actor, at=at)


async def release(
    session: AsyncSession,
    thread: ConsultationFacts,
    *,
    actor: Actor,
    at: datetime,
    note_sealed: bytes | None = None,
) -> None:
    """Back to the queue, at the place of whoever has waited since then; whoever had it reads it no
    more. Raises `StateConflict`."""
    state = next_state(thread.state, "hand_over")
    await session.execute(
        update(HealthConsultation)
        .where(HealthConsultation.id == thread.id)
        .values(
            state=state,
            expert_id=None,
            expert_read_no=0,
            waiting_from=func.coalesce(HealthConsultation.waiting_from, at),
        )
    )
    await note_move(
        session,
        thread.id,
        "hand_over",
        (thread.state, state),
        actor=actor,
        at=at,
        note_sealed=note_sealed,
    )


async def release_all(
    session: AsyncSession, expert_id: UUID, *, actor: Actor, at: datetime
) -> None:
    """All that an expert has, who works no more or in another account."""
    rows = await session.execute(
        select_threads()
        .where(HealthConsultation.expert_id == expert_id)
        .order_by(HealthConsultation.id)
        .with_for_update(of=HealthConsultation)
    )
    for row in rows.all():
        await release(session, thread_facts(row), actor=actor, at=at)
