"""What the replay means to do: the same for the same seed, and enough for every figure."""

from collections import Counter
from fractions import Fraction

import pytest

from app.replay.breakfast.plan import DAYS, DROPS, VALID_DAYS, Course, Plan, Sizes

FULL = Fraction(1)
SCALES = [FULL, Fraction("0.3"), Fraction("0.07"), Fraction("0.01"), Fraction("0.0001")]


def described(plan: Plan) -> object:
    workers = [f"M{number:08}" for number in range(1, plan.sizes.workers + 1)]
    return plan.visits, [plan.pressers_on(drop, workers) for drop in range(DROPS)]


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
        units=1_000, pressers=1_200, workers=1_250, stores=1_000, views=100_000
    )
    assert plan.sizes.vouchers == 20_000
    assert (plan.expected_redeemed, plan.expected_reversed, plan.expected_expired) == (
        18_400,
        240,
        1_600,
    )


def test_a_scale_rounds_up_and_not_by_a_hair() -> None:
    # In floating point 1,000 × 0.07 is a little more than 70.
    assert Sizes.at(Fraction("0.07")) == Sizes(
        units=70, pressers=84, workers=88, stores=70, views=7_000
    )
    assert Sizes.at(Fraction("0.0001")) == Sizes(
        units=1, pressers=1, workers=1, stores=10, views=10
    )


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_every_store_redeems_something(scale: Fraction) -> None:
    plan = Plan(scale, 2023)
    visited = {visit.store for day in plan.visits for visit in day if visit.course.is_redeemed}
    assert visited == set(range(plan.sizes.stores))


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_every_visit_lies_within_its_vouchers_validity(scale: Fraction) -> None:
    plan = Plan(scale, 2023)
    assert len(plan.visits) == DAYS
    for day, visits in enumerate(plan.visits):
        for visit in visits:
            issued_on = visit.voucher // plan.sizes.units
            assert visit.day == day
            assert issued_on <= day < issued_on + VALID_DAYS


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_every_voucher_ends_redeemed_or_expired_and_mistakes_are_reversed(scale: Fraction) -> None:
    plan = Plan(scale, 2023)
    shown = Counter(visit.voucher for day in plan.visits for visit in day)
    courses = Counter(visit.course for day in plan.visits for visit in day)
    assert set(shown.values()) == {1}
    assert plan.expected_redeemed == courses[Course.REDEEMED] + courses[Course.CORRECTED]
    assert plan.expected_reversed == courses[Course.CORRECTED] + courses[Course.GIVEN_BACK]
    assert plan.expected_expired == plan.sizes.vouchers - plan.expected_redeemed
    assert min(courses[course] for course in Course if course is not Course.FORGOTTEN) > 0


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_more_press_than_there_are_vouchers_and_everybody_on_some_day(scale: Fraction) -> None:
    plan = Plan(scale, 2023)
    workers = [f"M{number:08}" for number in range(1, plan.sizes.workers + 1)]
    pressed: set[str] = set()
    for drop in range(DROPS):
        pressers = plan.pressers_on(drop, workers)
        assert len(pressers) == len(set(pressers)) == plan.sizes.pressers >= plan.sizes.units
        pressed |= set(pressers)
    assert pressed == set(workers)


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_the_drops_shares_of_the_views_are_all_of_them(scale: Fraction) -> None:
    sizes = Sizes.at(scale)
    assert sum(map(sizes.views_on, range(DROPS))) == sizes.views
