"""What the pack does later: write down what time has ended, tell members, remind staff of what
cannot wait.

Nobody waits for the first: whoever looks sees what time has made of it.
"""

from contextlib import suppress
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.consultations import HealthAlert
from app.models.health import HealthAttempt
from app.models.health_appointments import HealthAppointment
from app.models.states_health import AttemptState
from app.packs.health import appointment_telling, talk_telling, telling
from app.packs.health.alerts import REMIND_EVERY
from app.packs.health.anonymity import TELL_LIFTED
from app.packs.health.answering import TELL_CLOSED
from app.packs.health.appointment_life import LAPSE, MISS, SYSTEM, settle
from app.packs.health.appointment_life import REMIND as REMIND_APPOINTMENT
from app.packs.health.appointment_life import TELL as TELL_APPOINTMENT
from app.packs.health.appointment_queries import find_appointment
from app.packs.health.attempts import ABANDON
from app.packs.health.message_rows import ALERT, TELL_ANSWER
from app.packs.health.queries import find_attempt
from app.packs.health.talk_queries import require_talk
from app.packs.health.talks import REMIND, TELL_CHANGED
from app.platform.clock import Clock
from app.platform.crypto import Digester
from app.platform.errors import NotFound
from app.platform.jobs import Handler, Later, Payload, Within
from app.shared.identity.callers import Actor
from app.shared.notices import Notices

log = structlog.get_logger(__name__)


async def abandon(session: AsyncSession, payload: Payload, *, clock: Clock) -> None:
    """The attempt, unless it was handed in."""
    attempt = await find_attempt(session, UUID(payload["attempt_id"]), locked=True)
    if attempt.state is not AttemptState.IN_PROGRESS:
        return
    # This process's clock may be a moment behind the one by which the job fell due.
    if attempt.state_at(clock.now()) is not AttemptState.ABANDONED:
        raise Later(attempt.abandon_at)
    await session.execute(
        update(HealthAttempt)
        .where(HealthAttempt.id == attempt.id)
        .values(state=AttemptState.ABANDONED)
    )


async def tell_answer(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    """That an answer waits."""
    told = await telling.told_of_answer(session, UUID(payload["message_id"]))
    await notices.notify_many(session, told)


async def tell_closed(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    """That the expert has ended it."""
    told = await telling.told_of_thread(session, "closed", UUID(payload["consultation_id"]))
    await notices.notify_many(session, told)


async def tell_lifted(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    """That the expert knows now who asks."""
    told = await telling.told_of_thread(session, "lifted", UUID(payload["consultation_id"]))
    await notices.notify_many(session, told)


async def remind_of_alert(session: AsyncSession, payload: Payload, *, clock: Clock) -> None:
    """Whoever watches the service's log, until somebody has looked after the alert or it was
    erased with its consultation."""
    alert_id = UUID(payload["alert_id"])
    waiting_from = await session.scalar(
        select(HealthAlert.at).where(
            HealthAlert.id == alert_id, HealthAlert.acknowledged_at.is_(None)
        )
    )
    if waiting_from is None:
        return
    now = clock.now()
    waits_s = int((now - waiting_from).total_seconds())
    log.warning("health_alert_unacknowledged", alert_id=str(alert_id), waits_s=waits_s)
    raise Later(now + REMIND_EVERY)


async def remind_talk(
    session: AsyncSession, payload: Payload, *, clock: Clock, notices: Notices
) -> None:
    """Nobody of one that is erased by now."""
    with suppress(NotFound):
        talk = await require_talk(session, UUID(payload["talk_id"]))
        await talk_telling.remind_of_talk(session, payload, talk, clock=clock, notices=notices)


async def tell_talk_changed(
    session: AsyncSession, payload: Payload, *, clock: Clock, notices: Notices
) -> None:
    """Nobody of one that is erased by now."""
    with suppress(NotFound):
        talk = await require_talk(session, UUID(payload["talk_id"]))
        await talk_telling.tell_changed(session, payload, talk, clock=clock, notices=notices)


async def settle_appointment(
    session: AsyncSession, payload: Payload, *, clock: Clock, digester: Digester
) -> None:
    """What was held while the consent was read lapses; what nobody came to is missed. One that
    was moved since falls due again, and one that is erased is nobody's."""
    this = HealthAppointment.id == UUID(payload["appointment_id"])
    try:
        held, now = await find_appointment(session, this, locked=True), clock.now()
    except NotFound:
        return
    due_at = held.due_at
    if due_at is not None and now < due_at:
        raise Later(due_at)
    await settle(session, held, now=now, actor=Actor.system(SYSTEM, digester))


HANDLERS: dict[str, Handler] = {
    ABANDON: Within(abandon),
    TELL_ANSWER: Within(tell_answer),
    TELL_CLOSED: Within(tell_closed),
    TELL_LIFTED: Within(tell_lifted),
    ALERT: Within(remind_of_alert),
    LAPSE: Within(settle_appointment),
    MISS: Within(settle_appointment),
    REMIND_APPOINTMENT: Within(appointment_telling.remind_holder),
    TELL_APPOINTMENT: Within(appointment_telling.tell),
    REMIND: Within(remind_talk),
    TELL_CHANGED: Within(tell_talk_changed),
}
