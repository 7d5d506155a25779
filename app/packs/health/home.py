"""The health pack on a member's home page: quizzes to take, an attempt under way, a prize."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.models.states import PackKind
from app.packs.health.refusals import AttemptsUsed
from app.shared.home.cards import Act, Card, Fact, HomePart, Upcoming
from app.shared.identity.callers import Member

# Open quizzes for all; of a member the person's attempts in them, and prizes to be claimed.
_FACTS = """
    SELECT CAST(NULL AS uuid) AS member_id,
           jsonb_build_object('quiz_id', quiz.id, 'opens_at', quiz.opens_at,
                              'closes_at', quiz.closes_at,
                              'limit', quiz.attempts_per_person) AS fact
      FROM health_quiz quiz
     WHERE quiz.state = 'open' AND quiz.closes_at > :now
    UNION ALL
    SELECT asked.member_id,
           jsonb_build_object('of_quiz', attempt.quiz_id, 'attempt_id', attempt.id,
                              'is_mine', attempt.member_id = asked.member_id,
                              'is_live', attempt.state = 'in_progress'
                                         AND attempt.abandon_at > :now,
                              'until', attempt.deadline_at)
      FROM unnest(CAST(:members AS uuid[]), CAST(:persons AS uuid[]))
           AS asked (member_id, person_id)
      JOIN health_attempt attempt ON attempt.person_id = asked.person_id
      JOIN health_quiz quiz ON quiz.id = attempt.quiz_id
     WHERE quiz.state = 'open' AND quiz.closes_at > :now
    UNION ALL
    SELECT entry.member_id,
           jsonb_build_object('prize_id', award.id, 'until', award.accept_before)
      FROM draw_entry entry
      JOIN draw ON draw.id = entry.draw_id AND draw.pack = 'health'
      JOIN draw_award award ON award.entry_id = entry.id
     WHERE entry.member_id = ANY (CAST(:members AS uuid[]))
       AND award.state = 'awarded' AND award.accept_before > :now
"""


def _card(member: Member, for_all: Sequence[Fact], own: Sequence[Fact], now: datetime) -> Card:
    """`held`: attempts under way and prizes to be claimed."""
    attempts = [fact for fact in own if "of_quiz" in fact]
    live = [fact for fact in attempts if fact["is_live"] and fact["is_mine"]]
    prizes = [fact for fact in own if "prize_id" in fact]
    open_now = [fact for fact in for_all if _at(fact["opens_at"]) <= now]
    free = [fact for fact in open_now if _may_begin(fact, attempts)]
    acts = [
        *(_act("accept", each["prize_id"], each["until"]) for each in prizes),
        *(_act("submit", each["attempt_id"], each["until"]) for each in live),
        *(Act("attempt", UUID(each["quiz_id"]), _at(each["closes_at"])) for each in free),
    ]
    later = sorted(
        (
            Upcoming("attempt", UUID(fact["quiz_id"]), _at(fact["opens_at"]))
            for fact in for_all
            if _at(fact["opens_at"]) > now
        ),
        key=lambda each: each.at,
    )
    used_up = open_now and not free and not live
    return Card(
        held=len(live) + len(prizes),
        can=tuple(acts),
        next=later[0] if later else None,
        reason=AttemptsUsed.code if used_up else None,
    )


HOME = HomePart(PackKind.HEALTH, _FACTS, _card)


def _act(act: str, of_id: str, until: str) -> Act:
    """What stays possible when the pack is closed."""
    return Act(act, UUID(of_id), _at(until), while_open=False)


def _may_begin(quiz: Fact, attempts: Sequence[Fact]) -> bool:
    mine = [each for each in attempts if each["of_quiz"] == quiz["quiz_id"]]
    return len(mine) < quiz["limit"] and not any(each["is_live"] for each in mine)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
