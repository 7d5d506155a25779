"""The health pack on a member's home page: quizzes to take, an attempt under way, a prize, an
answer to read; talks to register for, places and appointments that are ahead."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from app.models.states import PackKind
from app.packs.health.refusals import AttemptsUsed
from app.shared.home.cards import Act, Card, Categories, Fact, HomePart, Upcoming

# Open quizzes and talks for all; of a member the person's attempts in them, prizes to be claimed,
# places at talks and appointments that are ahead.
_FACTS = """
    SELECT CAST(NULL AS uuid) AS member_id,
           jsonb_build_object('campaign_id', quiz.campaign_id, 'quiz_id', quiz.id,
                              'opens_at', quiz.opens_at,
                              'closes_at', quiz.closes_at,
                              'limit', quiz.attempts_per_person) AS fact
      FROM health_quiz quiz
     WHERE quiz.state = 'open' AND quiz.closes_at > :now
    UNION ALL
    SELECT asked.member_id,
           jsonb_build_object('campaign_id', quiz.campaign_id, 'of_quiz', attempt.quiz_id,
                              'attempt_id', attempt.id,
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
           jsonb_build_object('campaign_id', COALESCE(quiz.campaign_id, draw.subject_id),
                              'prize_id', award.id, 'until', award.accept_before)
      FROM draw_entry entry
      JOIN draw ON draw.id = entry.draw_id AND draw.pack = 'health'
      LEFT JOIN health_quiz quiz ON quiz.id = draw.subject_id
      JOIN draw_award award ON award.entry_id = entry.id
     WHERE entry.member_id = ANY (CAST(:members AS uuid[]))
       AND award.state = 'awarded' AND award.accept_before > :now
    UNION ALL
    SELECT thread.member_id,
           jsonb_build_object('campaign_id', thread.campaign_id,
                              'consultation_id', thread.id,
                              'is_unread', thread.member_read_no < thread.last_no,
                              'until', campaign.ends_at)
      FROM health_consultation thread
      JOIN campaign ON campaign.id = thread.campaign_id
     WHERE thread.member_id = ANY (CAST(:members AS uuid[])) AND thread.state <> 'closed'
    UNION ALL
    SELECT NULL, jsonb_build_object('campaign_id', talk.campaign_id, 'talk_id', talk.id,
                                    'opens_at', pool.opens_at,
                                    'closes_at', pool.closes_at,
                                    'is_full', pool.issued >= pool.total)
      FROM health_talk talk JOIN stock_pool pool ON pool.id = talk.pool_id
     WHERE pool.closes_at > :now
    UNION ALL
    SELECT asked.member_id,
           jsonb_build_object('campaign_id', talk.campaign_id, 'of_talk', talk.id,
                              'registration_id', place.id,
                              'until', talk.ends_at)
      FROM unnest(CAST(:members AS uuid[]), CAST(:persons AS uuid[]))
           AS asked (member_id, person_id)
      JOIN health_registration place ON place.person_id = asked.person_id
      JOIN health_talk talk ON talk.id = place.talk_id
     WHERE place.state = 'registered' AND talk.ends_at > :now
    UNION ALL
    SELECT held.member_id,
           jsonb_build_object('campaign_id', held.campaign_id, 'appointment_id', held.id,
                              'is_pending', held.state = 'pending',
                              'until', CASE held.state WHEN 'pending' THEN held.hold_until
                                                     ELSE held.ends_at END)
      FROM health_appointment held
     WHERE held.member_id = ANY (CAST(:members AS uuid[]))
       AND (held.state = 'booked' AND held.ends_at > :now
            OR held.state = 'pending' AND held.hold_until > :now)
"""


def _card(
    categories: Categories, for_all: Sequence[Fact], own: Sequence[Fact], now: datetime
) -> Card:
    """`held`: attempts under way, prizes to be claimed, open consultations, places and
    appointments ahead."""
    attempts = _of(own, "of_quiz")
    live = [fact for fact in attempts if fact["is_live"] and fact["is_mine"]]
    quizzes = _of(for_all, "quiz_id")
    open_now = [fact for fact in quizzes if _at(fact["opens_at"]) <= now]
    free = [fact for fact in open_now if _may_begin(fact, attempts)]
    places = _of(own, "of_talk")
    have = {fact["of_talk"] for fact in places}
    talks = [fact for fact in _of(for_all, "talk_id") if fact["talk_id"] not in have]
    prizes, threads = _of(own, "prize_id"), _of(own, "consultation_id")
    appointments = _of(own, "appointment_id")
    acts = [
        *(_act("accept", each["prize_id"], each["until"]) for each in prizes),
        *(_act("submit", each["attempt_id"], each["until"]) for each in live),
        *_of_advice(threads, appointments, places),
        *(Act("attempt", UUID(each["quiz_id"]), _at(each["closes_at"])) for each in free),
        *(
            Act("register", UUID(each["talk_id"]), _at(each["closes_at"]))
            for each in sorted(talks, key=_by_closing)
            if _at(each["opens_at"]) <= now and not each["is_full"]
        ),
    ]
    later = sorted(
        (_upcoming(fact) for fact in (*quizzes, *talks) if _at(fact["opens_at"]) > now),
        key=lambda each: each.at,
    )
    used_up = open_now and not free and not live
    return Card(
        held=len(live) + len(prizes) + len(threads) + len(places) + len(appointments),
        can=tuple(acts),
        next=later[0] if later else None,
        reason=AttemptsUsed.code if used_up else None,
    )


HOME = HomePart(PackKind.HEALTH, _FACTS, _card)


def _act(act: str, of_id: str, until: str) -> Act:
    """What stays possible when the pack is closed."""
    return Act(act, UUID(of_id), _at(until), while_open=False)


def _of(facts: Sequence[Fact], named: str) -> list[Fact]:
    return [fact for fact in facts if named in fact]


def _of_advice(
    threads: Sequence[Fact], appointments: Sequence[Fact], places: Sequence[Fact]
) -> Iterator[Act]:
    """Answers to read, appointments to confirm or to come to, talks to come to."""
    for each in threads:
        if each["is_unread"]:
            yield _act("read", each["consultation_id"], each["until"])
    for each in sorted(appointments, key=_by_until):
        act = "confirm" if each["is_pending"] else "attend"
        yield _act(act, each["appointment_id"], each["until"])
    for each in sorted(places, key=_by_until):
        yield _act("attend", each["registration_id"], each["until"])


def _upcoming(fact: Fact) -> Upcoming:
    if "talk_id" in fact:
        return Upcoming("register", UUID(fact["talk_id"]), _at(fact["opens_at"]))
    return Upcoming("attempt", UUID(fact["quiz_id"]), _at(fact["opens_at"]))


def _by_until(fact: Fact) -> datetime:
    return _at(fact["until"])


def _by_closing(fact: Fact) -> datetime:
    return _at(fact["closes_at"])


def _may_begin(quiz: Fact, attempts: Sequence[Fact]) -> bool:
    mine = [each for each in attempts if each["of_quiz"] == quiz["quiz_id"]]
    return len(mine) < quiz["limit"] and not any(each["is_live"] for each in mine)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
