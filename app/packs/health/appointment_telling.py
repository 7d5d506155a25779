"""What members are told of their appointments. No word of what it is about, and none of whom with:
a notice may light up on a phone that lies on a table."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health_appointments import HealthAppointment
from app.models.states_appointments import AppointmentState
from app.packs.health.appointment_life import beginning
from app.packs.health.appointment_queries import AppointmentFacts, find_appointment
from app.platform.clock import Clock
from app.platform.errors import NotFound, Words
from app.platform.jobs import Payload
from app.shared.notices import NewNotice, NoticeKind, Notices, Variable, VariableType, Wording
from app.shared.notices.reminders import remind, reminder_key

REMINDER = "health.appointment_reminder"
BOOKED, CANCELLED = "health.appointment_booked", "health.appointment_cancelled"
STARTS_AT = Variable(
    "starts_at",
    VariableType.TIME,
    datetime(2023, 1, 15, 1, 30, tzinfo=UTC),
    Words("预约时间", "when it begins"),
)


def _kind(name: str, title: Words, body: Words) -> NoticeKind:
    return NoticeKind(name, title, Wording(title, body), (STARTS_AT,))


APPOINTMENT_NOTICES = (
    _kind(
        BOOKED,
        Words("预约成功", "Your appointment is booked"),
        Words(
            "您的预约时间为 {starts_at}，详情请在应用内查看。",
            "Your appointment is at {starts_at}; see the app for the rest.",
        ),
    ),
    _kind(
        REMINDER,
        Words("您的预约即将开始", "Your appointment is near"),
        Words(
            "您的预约时间为 {starts_at}，请按时到场；不能前来请提前取消。",
            "Your appointment is at {starts_at}; if you cannot come, cancel it.",
        ),
    ),
    _kind(
        CANCELLED,
        Words("预约已被取消", "Your appointment was cancelled"),
        Words(
            "您 {starts_at} 的预约已由工作人员取消，请另约时间，给您带来不便深表歉意。",
            "Staff had to cancel your appointment at {starts_at}; we are sorry. Book another.",
        ),
    ),
)
_TOLD = {AppointmentState.BOOKED: BOOKED, AppointmentState.CANCELLED: CANCELLED}


async def tell(session: AsyncSession, payload: Payload, *, clock: Clock, notices: Notices) -> None:
    """That it is booked, for the time that it is booked for by now; or that staff cancelled it."""
    what = AppointmentState(payload["what"])
    held = await _find(session, payload)
    if held is None:
        return
    if held.decided is what and clock.now() < held.starts_at:
        key = f"{_TOLD[what].replace('.', ':')}:{held.id}:{int(held.starts_at.timestamp())}"
        await notices.notify(session, _notice(_TOLD[what], held, key))


async def remind_holder(
    session: AsyncSession, payload: Payload, *, clock: Clock, notices: Notices
) -> None:
    held = await _find(session, payload)
    if held is None or held.decided is not AppointmentState.BOOKED:
        return

    async def find(hours: int, after: UUID | None) -> list[tuple[UUID, NewNotice]]:
        key = reminder_key("health:appointment_reminder", held.id, hours, held.starts_at)
        return [(held.id, _notice(REMINDER, held, key))]

    begins = beginning(held.id, held.starts_at)
    await remind(session, payload, begins, find, clock=clock, notices=notices)


async def _find(session: AsyncSession, payload: Payload) -> AppointmentFacts | None:
    """None: it is erased by now."""
    this = HealthAppointment.id == UUID(payload["appointment_id"])
    try:
        return await find_appointment(session, this)
    except NotFound:
        return None


def _notice(kind: str, held: AppointmentFacts, dedupe_key: str) -> NewNotice:
    return NewNotice(
        kind,
        held.member_id,
        {"starts_at": held.starts_at},
        dedupe_key=dedupe_key,
        not_after=held.starts_at,
        link=f"/v1/health/appointments/{held.id}",
    )
