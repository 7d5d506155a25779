"""A member withdraws the consent to health data: in the same transaction every open consultation is
closed, and nobody but the member may look at any of them; retention erases them at its next run.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.consultations import HealthConsultation
from app.models.states import Purpose
from app.models.states_health import ConsultationEnd, ConsultationState
from app.packs.health.consultation_life import close
from app.packs.health.consultation_queries import select_threads, thread_facts
from app.shared.consents import AtWithdrawal
from app.shared.identity.callers import Actor


async def _close_all(session: AsyncSession, actor: Actor, member_id: UUID, at: datetime) -> None:
    rows = await session.execute(
        select_threads()
        .where(
            HealthConsultation.member_id == member_id,
            HealthConsultation.state != ConsultationState.CLOSED,
        )
        .order_by(HealthConsultation.id)
        .with_for_update(of=HealthConsultation)
    )
    for row in rows.all():
        await close(session, thread_facts(row), ConsultationEnd.WITHDRAWAL, actor=actor, at=at)
    await session.execute(
        update(HealthConsultation)
        .where(HealthConsultation.member_id == member_id, HealthConsultation.withdrawn_at.is_(None))
        .values(withdrawn_at=at)
    )


WITHDRAWALS: dict[Purpose, AtWithdrawal] = {Purpose.HEALTH_DATA: _close_all}
