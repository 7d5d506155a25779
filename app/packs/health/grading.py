"""Grading: by the key that the version has now, in the database, for one attempt or for all."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Whoever corrects a key waits for this, or this for them: nobody is graded by a key that is just
# being corrected and then left out of the regrading. Who had to wait for a lock reads the row as
# it is then, so `held` has the key by which is graded. What was chosen and the key are kept
# ascending, so equal lists are equal answers.
_FINISH = text("""
    WITH held AS (
        SELECT id, answer_key FROM health_question_version
         WHERE id IN (SELECT version_id FROM health_answer WHERE attempt_id = :attempt)
         ORDER BY id FOR SHARE),
    graded AS (
        UPDATE health_answer a SET is_right = (a.chosen = held.answer_key)
          FROM held
         WHERE a.attempt_id = :attempt AND a.version_id = held.id
        RETURNING a.version_id, a.is_right, held.answer_key),
    finished AS (
        UPDATE health_attempt
           SET state = 'finished', finished_at = :now,
               score = (SELECT count(*) FROM graded WHERE is_right)
         WHERE id = :attempt)
    SELECT version_id, is_right, answer_key FROM graded""")

# Only what was handed in has a grade. In the order of the attempts, which whoever hands one in
# holds alone.
_REGRADE = text("""
    WITH held AS (
        SELECT t.id FROM health_attempt t JOIN health_answer a ON a.attempt_id = t.id
         WHERE a.version_id = :version AND t.state = 'finished'
         ORDER BY t.id FOR UPDATE OF t),
    graded AS (
        UPDATE health_answer a SET is_right = (a.chosen = v.answer_key)
          FROM health_question_version v, held
         WHERE v.id = :version AND a.version_id = v.id AND a.attempt_id = held.id
        RETURNING a.attempt_id, (a.chosen = v.answer_key) AS is_right)
    SELECT g.attempt_id, g.is_right, o.is_right AS was_right, t.score
      FROM graded g
      JOIN health_answer o ON o.attempt_id = g.attempt_id AND o.version_id = :version
      JOIN health_attempt t ON t.id = g.attempt_id
     ORDER BY g.attempt_id""")
_RESCORE = text("""
    UPDATE health_attempt SET score = score + moved.by
      FROM unnest(CAST(:ids AS uuid[]), CAST(:by AS int[])) AS moved (id, by)
     WHERE health_attempt.id = moved.id""")


@dataclass(frozen=True, slots=True)
class Graded:
    """An answer, and the key by which it was graded."""

    is_right: bool
    answer_key: list[str]


@dataclass(frozen=True, slots=True)
class Moved:
    """An attempt whose score is another one now."""

    attempt_id: UUID
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Regraded:
    """What a corrected key has done: of how many attempts, and who moved."""

    count: int
    moved: list[Moved]


async def finish(session: AsyncSession, attempt_id: UUID, now: datetime) -> dict[UUID, Graded]:
    """A locked attempt is handed in: a point for each question that is wholly right. By version."""
    rows = await session.execute(_FINISH, {"attempt": attempt_id, "now": now})
    return {row.version_id: Graded(row.is_right, row.answer_key) for row in rows}


async def regrade(session: AsyncSession, version_id: UUID) -> Regraded:
    """All finished attempts that had this version, by its key of now, which the caller has just
    written."""
    rows = (await session.execute(_REGRADE, {"version": version_id})).all()
    moved = [
        Moved(row.attempt_id, row.score, row.score + row.is_right - row.was_right)
        for row in rows
        if row.is_right != row.was_right
    ]
    if moved:
        by = [each.after - each.before for each in moved]
        ids = [each.attempt_id for each in moved]
        await session.execute(_RESCORE, {"ids": ids, "by": by})
    return Regraded(len(rows), moved)
