"""What the quiz keeps about a member: attempts with their answers.

An erasure leaves them, and the account is nobody's afterwards: draws that were drawn rest on
them, and statistics of questions are counted from them.
"""

from sqlalchemy import func, select

from app.models.health import HealthAnswer, HealthAttempt
from app.platform.db import AnySelect
from app.platform.errors import Words
from app.shared.personal_data import DataKind, Fate, Outcome, Subject, always, as_it_is

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


DATA_KINDS = (
    DataKind(
        "quiz_attempts",
        Words("答题记录", "Quiz attempts"),
        _attempts,
        as_it_is,
        always(Fate(Outcome.DETACHED, KEPT)),
    ),
)
