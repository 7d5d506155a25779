"""What the pack holds of stock, which is nothing yet, and its own checks, for `verify`."""

from sqlalchemy import false, select

from app.models.health import HealthAttempt, HealthQuiz
from app.shared.stock import Holdings

# An attempt is no unit of anything: there are as many as people take. Slots and places come.
HOLDINGS = Holdings(
    kind="health",
    live=select(HealthAttempt.id.label("claim_id"), HealthQuiz.id.label("pool_id"))
    .join(HealthQuiz, HealthQuiz.id == HealthAttempt.quiz_id)
    .where(false()),
)

# Each finds what is wrong; no row, no fault.
CHECKS: dict[str, str] = {
    "quiz_attempts_stay_within_the_cap": """
        SELECT a.quiz_id, a.person_id, count(*) FROM health_attempt a
          JOIN health_quiz q ON q.id = a.quiz_id
         GROUP BY a.quiz_id, a.person_id, q.attempts_per_person
        HAVING count(*) > q.attempts_per_person OR max(a.number) <> count(*)""",
    "quiz_score_is_its_answers": """
        SELECT a.id, a.score FROM health_attempt a
         WHERE a.state = 'finished' AND a.score <>
               (SELECT count(*) FROM health_answer w
                  JOIN health_question_version v ON v.id = w.version_id
                 WHERE w.attempt_id = a.id AND w.chosen = v.answer_key)""",
    "quiz_answers_are_graded_when_finished": """
        SELECT w.attempt_id, w.place FROM health_answer w
          JOIN health_attempt a ON a.id = w.attempt_id
          JOIN health_question_version v ON v.id = w.version_id
         WHERE (a.state = 'finished') <> (w.is_right IS NOT NULL)
            OR w.is_right <> (w.chosen = v.answer_key)""",
    "quiz_attempt_has_its_questions": """
        SELECT a.id FROM health_attempt a
         WHERE a.full_score <> (SELECT count(*) FROM health_answer w WHERE w.attempt_id = a.id)""",
    "quiz_attempt_was_handed_in_in_time": """
        SELECT id FROM health_attempt WHERE finished_at >= abandon_at""",
}
