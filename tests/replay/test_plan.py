"""What the replay means to do: the same for the same seed, and enough for every figure."""

from collections import Counter
from fractions import Fraction

import pytest

from app.replay.breakfast.days import Course, Mishap
from app.replay.breakfast.people import people_of
from app.replay.breakfast.plan import LEAST_WRONG, MOST_WRONG, Manner, Plan
from app.replay.breakfast.sizes import DAYS, DROPS, VALID_DAYS, Sizes

FULL = Fraction(1)
SCALES = [FULL, Fraction("0.3"), Fraction("0.07"), Fraction("0.01"), Fraction("0.0001")]


def described(plan: Plan) -> object:
    people = people_of(plan.sizes)
    return plan.days, [plan.pressers_on(drop, people) for drop in range(DROPS)]


def test_the_same_seed_plays_the_same_campaign() -> None:
    assert described(Plan(Fraction("0.02"), 7)) == described(Plan(Fraction("0.02"), 7))


def test_another_seed_plays_another_campaign_with_the_same_figures() -> None:
    one, other = Plan(Fraction("0.02"), 7), Plan(Fraction("0.02"), 8)
    assert described(one) != described(other)
    assert (one.sizes, one.expected_redeemed, one.expected_reversed, one.expected_expired) == (
        other.sizes,
        other.expected_redeemed,
        other.expected_reversed,
        other.expected_expired,
    )


def test_at_full_scale_the_figures_are_2023s() -> None:
    plan = Plan(FULL, 2023)
    assert plan.sizes == Sizes(
        units=1_000,
        pressers=1_200,
        workers=1_250,
        two_accounts=25,
        outsiders=60,
        stores=1_000,
        views=100_000,
    )
    assert plan.sizes.vouchers == 20_000
    assert (plan.expected_redeemed, plan.expected_reversed, plan.expected_expired) == (
        18_400,
        240,
        1_600,
    )
    assert [plan.expected_decided(course) for course in Course if course.is_taken_twice] == [20] * 3


def test_a_scale_rounds_up_and_not_by_a_hair() -> None:
    # In floating point 1,000 × 0.07 is a little more than 70.
    assert Sizes.at(Fraction("0.07")) == Sizes(
        units=70, pressers=84, workers=88, two_accounts=2, outsiders=5, stores=70, views=7_000
    )
    assert Sizes.at(Fraction("0.0001")) == Sizes(
        units=1, pressers=1, workers=1, two_accounts=1, outsiders=1, stores=10, views=10
    )


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_every_store_redeems_something_for_certain(scale: Fraction) -> None:
    plan = Plan(scale, 2023)
    visited = {visit.store for visit in plan.visits if visit.course.is_certain}
    assert visited == set(range(plan.sizes.stores))


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_every_visit_lies_within_its_vouchers_validity(scale: Fraction) -> None:
    plan = Plan(scale, 2023)
    assert [day.number for day in plan.days] == list(range(DAYS))
    for day in plan.days:
        for visit in day.visits:
            issued_on = visit.voucher // plan.sizes.units
            assert visit.day == day.number
            assert issued_on <= day.number < issued_on + VALID_DAYS


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_every_voucher_ends_redeemed_or_expired_and_mistakes_are_reversed(scale: Fraction) -> None:
    plan = Plan(scale, 2023)
    shown = Counter(visit.voucher for visit in plan.visits)
    courses = Counter(visit.course for visit in plan.visits)
    assert set(shown.values()) == {1}
    never_shown = plan.sizes.vouchers - len(shown)
    assert plan.expected_redeemed == sum(
        courses[course] for course in Course if course not in {Course.GIVEN_BACK, Course.FORGOTTEN}
    )
    assert plan.expected_expired == courses[Course.GIVEN_BACK] + never_shown
    assert plan.expected_reversed == (
        courses[Course.CORRECTED] + courses[Course.GIVEN_BACK] + courses[Course.SECOND_STANDS]
    )
    assert min(courses[course] for course in Course if course is not Course.FORGOTTEN) > 0


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_some_tills_are_offline_every_day_and_never_those_that_must_answer_at_once(
    scale: Fraction,
) -> None:
    plan = Plan(scale, 2023)
    for day in plan.days:
        assert len(day.offline) == plan.sizes.offline >= 2
        for visit in day.visits:
            assert visit.store != visit.other
            if visit.course.is_taken_twice:
                assert visit.other in day.offline
                continue
            assert visit.other not in day.offline
            is_offline = visit.store in day.offline
            assert not is_offline or visit.course.is_certain
            assert not is_offline or visit.mishap is Mishap.NONE


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_one_store_is_suspended_for_a_day_and_whoever_comes_goes_next_door(
    scale: Fraction, seed: int
) -> None:
    plan = Plan(scale, seed)
    [day] = [day for day in plan.days if day.suspended is not None]
    refused = [visit for visit in plan.visits if visit.refused_at is not None]
    assert len(refused) == plan.expected_store_suspended > 0
    assert {(visit.day, visit.refused_at) for visit in refused} == {(day.number, day.suspended)}
    assert day.suspended not in day.offline
    assert day.suspended not in {
        store for visit in day.visits for store in (visit.store, visit.other)
    }


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_more_press_than_there_are_vouchers_and_everybody_on_some_day(scale: Fraction) -> None:
    plan = Plan(scale, 2023)
    people = people_of(plan.sizes)
    pressed, outsiders = set(), set(people.outsiders)
    for drop in range(DROPS):
        pressers = plan.pressers_on(drop, people)
        persons = {presser.person for presser in pressers}
        workers = persons - outsiders
        assert len(pressers) == len(persons)
        assert len(workers) == plan.sizes.pressers >= plan.sizes.units
        assert outsiders < persons
        pressed |= workers
    assert pressed == set(people.workers)
    assert len({account for person in pressed for account in person.accounts}) == (
        plan.sizes.workers + plan.sizes.two_accounts
    )


@pytest.mark.parametrize("scale", [FULL, Fraction("0.01")], ids=str)
def test_people_press_in_every_manner(scale: Fraction) -> None:
    plan = Plan(scale, 2023)
    people = people_of(plan.sizes)
    manners: Counter[Manner] = Counter()
    for drop in range(DROPS):
        for presser in plan.pressers_on(drop, people):
            manners[presser.manner] += 1
            has_two = presser.person.second_account is not None
            assert (presser.manner is Manner.IN_TWO_ACCOUNTS) == has_two
            is_outsider = presser.person in people.outsiders
            assert (presser.manner is Manner.NOT_ENTITLED) == is_outsider
    assert set(manners) == set(Manner)


def test_every_tills_clock_is_wrong_and_always_by_as_much() -> None:
    plan, again = Plan(FULL, 2023), Plan(FULL, 2023)
    wrong = [plan.minutes_wrong(store) for store in range(plan.sizes.stores)]
    assert wrong == [again.minutes_wrong(store) for store in range(plan.sizes.stores)]
    assert {abs(minutes) for minutes in wrong} == set(range(LEAST_WRONG, MOST_WRONG + 1))
    assert min(wrong) < 0 < max(wrong)


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_the_drops_shares_of_the_views_are_all_of_them(scale: Fraction) -> None:
    sizes = Sizes.at(scale)
    assert sum(map(sizes.views_on, range(DROPS))) == sizes.views
