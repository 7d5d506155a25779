"""What the replay means to do with gift boxes: 2023's figures, and at every scale every way that an
order can go, with stock and people enough for it."""

from collections import Counter
from datetime import date
from fractions import Fraction

import pytest

from app.replay.gift_boxes.count import PACK
from app.replay.gift_boxes.lists import first_offered, then_offered
from app.replay.gift_boxes.people import PLAYS, ROOM, cast_of, recipients_phone
from app.replay.gift_boxes.plan import (
    FREED,
    PRICES,
    SCARCE,
    TWO_PEOPLE_FROM_FEN,
    Course,
    How,
    Plan,
    one,
)
from app.replay.gift_boxes.rush import people_of
from app.replay.members import NewMember, audience
from app.replay.wishes.plan import people_of as wishers_of
from app.shared.identity.id_number import id_number_fault

FULL = Fraction(1)
SCALES = [FULL, Fraction("0.3"), Fraction("0.07"), Fraction("0.01"), Fraction("0.0001")]


def test_at_full_scale_15007_people_take_part_in_five_boxes() -> None:
    plan = Plan(FULL)
    assert (PACK, len(PRICES), plan.views, plan.participants) == ("gift_boxes", 5, 40_000, 15_007)
    assert plan.participants == plan.members + plan.free


@pytest.mark.parametrize("scale", SCALES)
def test_at_every_scale_each_thing_happens_to_some_order_and_everybody_is_somebody_else(
    scale: Fraction,
) -> None:
    plan = Plan(scale)
    assert all(plan.of(course) >= 1 for course in set(Course) - {Course.FREE})
    assert plan.free_first >= 1
    assert plan.free > plan.free_first
    assert sum(plan.silent) >= 1
    cast = cast_of(0, plan)
    people = people_of(plan, 7, cast.members)
    orders = [*people.careful, *people.pressers]
    heads = [person for heads in people.heads for person in heads]
    everybody = [*(order.person for order in orders), *heads, *(who for who, _ in people.waiters)]
    assert len({person.account for person in [*everybody, *cast.free]}) == plan.participants + 1
    assert {box for _, box in people.waiters} == set(SCARCE)


@pytest.mark.parametrize("scale", SCALES)
def test_at_every_scale_what_comes_free_is_offered_to_the_first_and_bought(
    scale: Fraction,
) -> None:
    plan = Plan(scale)
    heads = people_of(plan, 7, cast_of(0, plan).members).heads
    offered = [*first_offered(plan, heads), *then_offered(plan, heads)]
    assert len({person.account for person, _ in offered}) == len(offered)
    freed = Counter(
        box for order in plan.careful if order.course in FREED for box, _ in order.lines
    )
    assert Counter(box for _, box in offered) == freed
    # Of the scarce boxes nothing is left when everybody who was offered one has it.
    kept = [order for order in plan.orders if order.course not in FREED]
    sold = Counter[int]()
    for order in kept:
        sold.update(dict(order.lines))
    assert all(sold[box] == plan.quantity(box) for box in SCARCE)


@pytest.mark.parametrize("seed", [1, 2023])
def test_whoever_wins_the_rush_the_money_is_the_same(seed: int) -> None:
    plan = Plan(Fraction("0.07"))
    pressers = people_of(plan, seed, cast_of(0, plan).members).pressers
    wants = Counter((order.wanted.lines, order.wanted.how) for order in pressers)
    alike = [one(Course.PLAIN, box) for box in SCARCE]
    assert wants == {(each.lines, each.how): plan.pressers[box] for box, each in enumerate(alike)}
    assert all(more > few for more, few in zip(plan.pressers, plan.rush, strict=True))


def test_two_people_give_back_what_one_may_not_and_nothing_else() -> None:
    for order in Plan(Fraction("0.01")).orders:
        is_large = order.amount_fen > TWO_PEOPLE_FROM_FEN
        if order.course is Course.BY_TWO:
            assert is_large
        elif order.course in {Course.BACK_WHOLE, Course.SCRAPPED}:
            assert not is_large


def test_what_is_kept_is_what_was_paid_less_what_goes_back() -> None:
    whole = one(Course.PLAIN, 0)
    assert (whole.kept_fen, whole.boxes) == (9_900, 1)
    assert (one(Course.MONEY_ALONE, 0).kept_fen, one(Course.MONEY_ALONE, 0).boxes) == (8_900, 1)
    for course in (*FREED, Course.BACK_WHOLE, Course.SCRAPPED, Course.NOT_FETCHED):
        assert (one(course, 0).kept_fen, one(course, 0).boxes) == (0, 0)
    [part, *_] = [each for each in Plan(FULL).careful if each.course is Course.BACK_PART]
    assert (part.amount_fen, part.kept_fen, part.boxes) == (49_700, 39_800, 2)
    assert one(Course.NOT_FETCHED, 0).how is How.SHORT_SITE


def test_nobody_whom_a_play_brings_along_is_somebody_elses_double() -> None:
    """Not of another play of the same deployment either, nor whom another pack brings."""
    plan = Plan(FULL)
    assert plan.members < ROOM
    everybody: list[NewMember] = [*wishers_of(108), *audience(33_000)]
    for series in (1, 2, PLAYS - 1):
        cast = cast_of(series, plan)
        everybody += [*cast.members, *cast.free]
    everybody += cast_of(0, plan).free
    for told in (
        [person.account for person in everybody],
        [person.phone for person in everybody],
        [person.id_number for person in everybody],
        [recipients_phone(person) for person in everybody],
    ):
        assert len(set(told)) == len(everybody)
    assert not {person.phone for person in everybody} & {
        recipients_phone(person) for person in everybody
    }
    today = date(2023, 1, 22)
    assert not any(id_number_fault(person.id_number, today=today) for person in everybody[::97])
