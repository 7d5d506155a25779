"""What the replay means to do with couplets, the quiz, and advice with visits and talks: 2023's
figures, and at every scale everything that can happen."""

from datetime import date
from fractions import Fraction

import pytest

from app.packs.health.advice_rules import guidance_for
from app.replay.couplets.plan import Course as Pairs
from app.replay.couplets.plan import Plan as Couplets
from app.replay.couplets.plan import Walk
from app.replay.couplets.rush import pressers_of
from app.replay.health import advice_words as words
from app.replay.health.advice_plan import OF_COURSE, OF_VISIT, Visit
from app.replay.health.advice_plan import Course as Question
from app.replay.health.advice_plan import Plan as Advice
from app.replay.health.bank import DOUBTFUL, KEYED, MIN_SCORE, PLAIN, RIGHT, chosen
from app.replay.health.plan import Course, Taker, takers_of
from app.replay.health.plan import Plan as Health
from app.replay.members import NewMember, audience
from app.replay.wishes.plan import people_of as wishers_of
from app.shared.identity.id_number import id_number_fault

FULL = Fraction(1)
SCALES = [FULL, Fraction("0.3"), Fraction("0.07"), Fraction("0.01"), Fraction("0.0001")]


def test_at_full_scale_couplets_have_2023s_figures() -> None:
    plan = Couplets.at(FULL)
    assert plan.viewers == 32_000
    assert (sum(plan.reserved), plan.collected + plan.walk_ins) == (200, 300)
    assert (plan.collected, plan.paper_at_the_door) == (186, 100)


@pytest.mark.parametrize("scale", SCALES)
def test_at_every_scale_each_thing_happens_to_some_pair_and_the_paper_is_enough(
    scale: Fraction,
) -> None:
    plan = Couplets.at(scale)
    assert all(plan.courses[course] >= 1 for course in Pairs)
    assert all(plan.walks[walk] >= 1 for walk in Walk)
    assert plan.paper_at_the_door >= 0
    # Everything is handed out in the end.
    assert sum(plan.reserved) + plan.paper_at_the_door == plan.collected + plan.walk_ins
    assert plan.waiters <= sum(plan.pressers) - sum(plan.reserved)
    viewers = range(plan.viewers)
    assert [each for wave in plan.waves for each in viewers[wave]] == list(viewers)
    people = audience(plan.people)
    pressers = pressers_of(plan, 7, people)
    assert len({presser.account for presser in pressers}) == sum(plan.pressers)
    # By name and last digits a desk finds one of them alone.
    assert len({person.phone[-4:] for person in people[: len(pressers)]}) == len(pressers)


def test_at_full_scale_9626_people_enter_the_draw() -> None:
    plan = Health.at(FULL)
    assert plan.entrants == 9_626
    assert plan.people == plan.handed_in + plan.never_handed_in == 9_868


@pytest.mark.parametrize("scale", SCALES)
def test_at_every_scale_somebody_takes_the_quiz_in_each_way(scale: Fraction) -> None:
    plan = Health.at(scale)
    assert all(plan.counts[course] >= 1 for course in Course)
    # Every prize finds somebody, also the second time.
    assert plan.idle + plan.disqualified <= plan.units
    assert plan.units + plan.idle + plan.disqualified <= plan.entrants
    takers = takers_of(plan, 7, [person.account for person in audience(plan.people)])
    assert len(takers) == plan.people
    assert takers == takers_of(plan, 7, [taker.account for taker in takers])


@pytest.mark.parametrize("course", Course)
def test_what_somebody_knows_earns_the_ticket_that_is_planned(course: Course) -> None:
    """With the wrong key, and with the right one."""
    plan = Health.at(Fraction("0.01"))
    takers = takers_of(plan, 7, [f"V{place}" for place in range(plan.people)])
    for taker in (taker for taker in takers if taker.course is course):
        wrong, right = _points(taker, KEYED), _points(taker, RIGHT)
        knows = course not in {Course.MISLED, Course.FLATTERED, Course.FAILED}
        assert (wrong >= MIN_SCORE) is (knows or course is Course.FLATTERED)
        assert (right >= MIN_SCORE) is (knows or course is Course.MISLED)


def _points(taker: Taker, key: str) -> int:
    """By the quiz's questions, of which ids are the texts."""
    questions = {text: ({*right}, [*right, *wrong]) for text, _, right, wrong in PLAIN}
    questions[DOUBTFUL] = ({key}, [RIGHT, KEYED, "不用通风"])
    asked = [
        {"id": text, "text": text, "options": [{"id": each, "text": each} for each in options]}
        for text, (_, options) in questions.items()
    ]
    answers = chosen(taker, asked)
    return sum({*answers[text]} == right for text, (right, _) in questions.items())


def test_nobody_whom_the_replay_brings_along_is_somebody_elses_double() -> None:
    everybody: list[NewMember] = [*wishers_of(108), *audience(33_000)]
    assert len({person.account for person in everybody}) == len(everybody)
    assert len({person.phone for person in everybody}) == len(everybody)
    assert len({person.id_number for person in everybody}) == len(everybody)
    today = date(2023, 1, 22)
    assert not any(id_number_fault(person.id_number, today=today) for person in everybody[::97])


def test_at_full_scale_two_dozen_experts_advise_a_hundred_and_fifty() -> None:
    plan = Advice.at(FULL)
    assert (plan.advisers + plan.receivers, plan.askers, plan.opened) == (24, 156, 150)
    assert (plan.come(), plan.visits[Visit.NO_SHOW], plan.talk.attended) == (72, 6, 66)


@pytest.mark.parametrize("scale", SCALES)
def test_at_every_scale_there_is_a_slot_and_a_place_for_whoever_is_to_have_one(
    scale: Fraction,
) -> None:
    plan = Advice.at(scale)
    assert all(plan.courses[course] >= 1 for course in OF_COURSE)
    assert set(plan.courses) == set(Question)
    assert all(plan.visits[visit] >= 1 for visit in Visit)
    assert set(OF_VISIT) < set(Visit)
    # Of fourteen times some are left to "any expert", and the last to who would be in two places.
    rest = (14 - 1 - plan.any_times) * plan.receivers
    taken = sum(plan.visits.values()) - plan.visits[Visit.ANY] - plan.visits[Visit.OVERLAPPING]
    assert taken + plan.visits[Visit.MOVED] <= rest
    talk = plan.talk
    assert talk.attended + talk.undone <= talk.places - talk.given_up
    assert talk.given_up <= talk.turned_away
    assert talk.viewers <= talk.people


def test_what_is_asked_alerts_staff_exactly_where_it_is_meant_to() -> None:
    told = {
        course: [kind.value for kind in guidance_for(said)] for course, said in words.SAID.items()
    }
    assert told == {
        Question.ANONYMOUS: [],
        Question.LIFTED: ["self_harm"],
        Question.EMERGENCY: ["emergency"],
        Question.PRESCRIPTION: ["prescription"],
    }
    others = [*words.TOPICS.values(), words.FURTHER]
    assert not [said for said in others if guidance_for(words.MARK + said)]
