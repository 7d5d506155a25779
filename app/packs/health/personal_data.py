"""What the pack keeps about a member: attempts of the quiz with their answers, consultations,
places at talks, appointments.

An erasure leaves attempts, and the account is nobody's afterwards: draws that were drawn rest on
them, and statistics of questions are counted from them. Of consultations nothing is left. What
is still ahead of places and appointments is given up; their rows stay for the figures.
"""

from sqlalchemy import func, select

from app.models.consultations import HealthConsultation, HealthMessage
from app.models.health import HealthAnswer, HealthAttempt
from app.packs.health.appointment_data import APPOINTMENTS
from app.packs.health.erasing import erase_messages, erase_threads
from app.packs.health.seals import MESSAGE
from app.packs.health.talk_data import TALK_PLACES
from app.platform.crypto import Sealer
from app.platform.db import AnyRow, AnySelect
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
from app.shared.personal_data.kinds import Item

KEPT = Words(
    "抽奖名单与题目统计以答卷为依据；答卷保留，但不再能关联到您。",
    "Draws and statistics rest on attempts: they stay, and lead to nobody.",
)


def _attempts(subject: Subject) -> AnySelect:
    answers = (
        select(
            func.json_agg(
                func.json_build_object(
                    "question_id",
                    HealthAnswer.version_id,
                    "chosen",
                    HealthAnswer.chosen,
                    "is_right",
                    HealthAnswer.is_right,
                )
            )
        )
        .where(HealthAnswer.attempt_id == HealthAttempt.id)
        .correlate(HealthAttempt)
        .scalar_subquery()
    )
    return (
        select(
            HealthAttempt.id,
            HealthAttempt.quiz_id,
            HealthAttempt.number,
            HealthAttempt.state,
            HealthAttempt.started_at,
            HealthAttempt.finished_at,
            HealthAttempt.score,
            HealthAttempt.full_score,
            answers.label("answers"),
        )
        .where(HealthAttempt.member_id == subject.member_id)
        .order_by(HealthAttempt.started_at.desc(), HealthAttempt.id.desc())
    )


def _messages(subject: Subject) -> AnySelect:
    return (
        select(
            HealthMessage.id,
            HealthMessage.consultation_id,
            HealthMessage.number,
            HealthMessage.author,
            HealthMessage.at,
            HealthMessage.text_sealed,
        )
        .join(HealthConsultation, HealthConsultation.id == HealthMessage.consultation_id)
        .where(HealthConsultation.member_id == subject.member_id)
        .order_by(HealthMessage.at.desc(), HealthMessage.id.desc())
    )


def _show_message(sealer: Sealer, row: AnyRow) -> Item:
    shown = dict(row._mapping)
    text = MESSAGE.open(sealer, shown.pop("text_sealed"))
    return {**shown, "text": text}


async def _erase_messages(erasing: Erasing) -> None:
    rows = await erasing.session.execute(_messages(erasing.subject))
    await erase_messages(erasing.session, [row.id for row in rows])


def _threads(subject: Subject) -> AnySelect:
    """Without notes from one expert to the next, which are their own words about their work."""
    return (
        select(
            HealthConsultation.id,
            HealthConsultation.topic,
            HealthConsultation.pseudonym,
            HealthConsultation.state,
            HealthConsultation.opened_at,
            HealthConsultation.closed_at,
            HealthConsultation.closed_by,
            HealthConsultation.withdrawn_at,
            HealthConsultation.lifted_at,
        )
        .where(HealthConsultation.member_id == subject.member_id)
        .order_by(HealthConsultation.opened_at.desc(), HealthConsultation.id.desc())
    )


async def _erase_threads(erasing: Erasing) -> None:
    rows = await erasing.session.execute(_threads(erasing.subject))
    await erase_threads(erasing.session, [row.id for row in rows])


DATA_KINDS = (
    DataKind(
        "quiz_attempts",
        Words("答题记录", "Quiz attempts"),
        _attempts,
        as_it_is,
        always(Fate(Outcome.DETACHED, KEPT)),
    ),
    DataKind(
        "consultation_messages",
        Words("健康咨询消息", "Messages of consultations"),
        _messages,
        _show_message,
        always(Fate(Outcome.ERASED)),
        _erase_messages,
    ),
    DataKind(
        "consultations",
        Words("健康咨询", "Consultations"),
        _threads,
        as_it_is,
        always(Fate(Outcome.ERASED)),
        _erase_threads,
    ),
    *TALK_PLACES,
    *APPOINTMENTS,
)
