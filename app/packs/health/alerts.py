"""What members wrote that cannot wait: staff's list, and that somebody has looked after it.

Without a word of it and without a name. A job reminds, in the log that whoever watches the service
reads, until somebody has acknowledged it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.models.consultations import HealthAlert, HealthConsultation
from app.models.states_health import ConsultationState, Flag, HealthTopic
from app.platform.clock import Clock
from app.platform.db import AnySelect, Sessions
from app.platform.errors import NotFound, StateConflict
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, write

REMIND_EVERY = timedelta(minutes=10)
_OLDEST_FIRST = Keyset(HealthAlert.at, HealthAlert.id)


@dataclass(frozen=True, slots=True)
class AlertFacts:
    id: UUID
    consultation_id: UUID
    flag: Flag
    topic: HealthTopic
    state: ConsultationState
    at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None


def _select() -> AnySelect:
    return select(
        HealthAlert.id,
        HealthAlert.consultation_id,
        HealthAlert.flag,
        HealthConsultation.topic,
        HealthConsultation.state,
        HealthAlert.at,
        HealthAlert.acknowledged_at,
        HealthAlert.acknowledged_by,
    ).join(HealthConsultation, HealthConsultation.id == HealthAlert.consultation_id)


async def list_alerts(
    sessions: Sessions, *, page: PageRequest, acknowledged: bool | None = None
) -> Page[AlertFacts]:
    """The oldest first."""
    statement = _select()
    if acknowledged is not None:
        seen = HealthAlert.acknowledged_at
        statement = statement.where(seen.is_not(None) if acknowledged else seen.is_(None))
    async with sessions() as session:
        rows = await _OLDEST_FIRST.page(session, statement, page)
    return rows.map(_facts)


async def acknowledge(
    sessions: Sessions, clock: Clock, once: Once, *, actor: Actor, alert_id: UUID, reason: str
) -> AlertFacts:
    """Somebody looks after it; `reason` says how. Of two at once one does.

    Raises `NotFound`, `StateConflict`.
    """
    of_alert = HealthAlert.id == alert_id
    async with sessions.begin() as session:
        await once.first(session, about=select(HealthAlert.id).where(of_alert))
        now = clock.now()
        done = await session.scalar(
            update(HealthAlert)
            .where(of_alert, HealthAlert.acknowledged_at.is_(None))
            .values(acknowledged_at=now, acknowledged_by=actor.name)
            .returning(HealthAlert.id)
        )
        row = (await session.execute(_select().where(of_alert))).one_or_none()
        if row is None:
            raise NotFound()
        if done is None:
            raise StateConflict(state="acknowledged")
        act = Act(actor, "health.alert.acknowledge", "alert", alert_id, at=now, reason=reason)
        await write(session, [act])
        seen = _facts(row)
        await once.keep(session, seen)
    return seen


def _facts(row: Any) -> AlertFacts:
    return AlertFacts(*row[:8])
