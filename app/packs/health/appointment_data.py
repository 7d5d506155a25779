"""Appointments: what is kept about a member, and what an erasure does to it."""

from sqlalchemy import ColumnElement, and_, func, not_, select

from app.models.health_appointments import (
    HealthAppointment,
    HealthAppointmentHistory,
    HealthSlot,
)
from app.models.health_experts import HealthExpert
from app.packs.health import appointment_rules as rules
from app.packs.health.appointment_life import Step, settle, take
from app.packs.health.appointment_queries import find_appointment
from app.platform.db import AnySelect
from app.platform.errors import Words
from app.shared.personal_data import (
    DataKind,
    Erasing,
    Fate,
    Outcome,
    Subject,
    always,
    as_it_is,
)

COUNTED = Words(
    "尚未开始的预约已取消；预约记录按规定保留三年，不再能关联到您。",
    "Appointments still ahead are cancelled; that there was one is kept for three years and leads "
    "to nobody.",
)
_DETACHED = always(Fate(Outcome.DETACHED, COUNTED))


_IS_AHEAD = and_(
    HealthAppointment.state.in_(sorted(rules.AHEAD)),
    HealthAppointment.starts_at > func.campaign_now(),
)


def _select(subject: Subject, which: ColumnElement[bool]) -> AnySelect:
    return (
        select(
            HealthAppointment.id,
            HealthExpert.name.label("expert"),
            HealthExpert.hospital,
            HealthExpert.department,
            HealthAppointment.starts_at,
            HealthAppointment.ends_at,
            HealthAppointment.state,
            HealthAppointment.made_at,
            HealthAppointment.closed_at,
        )
        .join(HealthSlot, HealthSlot.id == HealthAppointment.slot_id)
        .join(HealthExpert, HealthExpert.id == HealthSlot.expert_id)
        .where(HealthAppointment.member_id == subject.member_id, which)
        .order_by(HealthAppointment.made_at.desc(), HealthAppointment.id.desc())
    )


def _ahead(subject: Subject) -> AnySelect:
    return _select(subject, _IS_AHEAD)


def _past(subject: Subject) -> AnySelect:
    return _select(subject, not_(_IS_AHEAD))


def _moves(subject: Subject) -> AnySelect:
    history = HealthAppointmentHistory
    return (
        select(
            history.appointment_id, history.at, history.act, history.from_state, history.to_state
        )
        .join(HealthAppointment, HealthAppointment.id == history.appointment_id)
        .where(HealthAppointment.member_id == subject.member_id)
        .order_by(history.at.desc(), history.number.desc())
    )


async def _give_up(erasing: Erasing) -> None:
    """What is still ahead; what has begun goes its way."""
    assert erasing.actor is not None, "nothing is erased by foreseeing it"
    ids = await erasing.session.scalars(
        select(HealthAppointment.id)
        .where(HealthAppointment.member_id == erasing.subject.member_id, _IS_AHEAD)
        .order_by(HealthAppointment.id)
    )
    for appointment_id in ids.all():
        held = await find_appointment(
            erasing.session, HealthAppointment.id == appointment_id, locked=True
        )
        if await settle(erasing.session, held, now=erasing.now, actor=erasing.actor):
            continue
        act = "cancel" if "cancel" in rules.MOVES[held.decided] else "correct"
        await take(erasing.session, held, Step(act, erasing.now, erasing.actor))


# What is ahead comes last: the others are told of as they were when the erasure began.
APPOINTMENTS = (
    DataKind(
        "appointment_moves",
        Words("健康咨询预约经过", "What became of your appointments"),
        _moves,
        as_it_is,
        _DETACHED,
    ),
    DataKind(
        "appointments",
        Words("健康咨询预约", "Appointments with experts"),
        _past,
        as_it_is,
        _DETACHED,
    ),
    DataKind(
        "appointments_ahead",
        Words("尚未开始的健康咨询预约", "Appointments with experts that are still ahead"),
        _ahead,
        as_it_is,
        always(Fate(Outcome.ERASED, COUNTED)),
        _give_up,
    ),
)
