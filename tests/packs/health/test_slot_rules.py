"""Which slots follow from a plan, whatever the plan."""

from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.packs.health.slot_rules import (
    ExceptionalDay,
    Pause,
    Plan,
    WeeklyHours,
    read,
    slots_between,
    slots_on,
    written,
)
from app.platform.clock import SHANGHAI

MONDAY = date(2026, 1, 12)
DAYS = st.dates(MONDAY, MONDAY + timedelta(days=13))
SPANS = (
    st.tuples(st.integers(0, 287), st.integers(1, 288))
    .filter(lambda span: span[0] < span[1])
    .map(lambda span: (span[0] * 5, span[1] * 5))
)
WEEKDAYS = st.integers(1, 7)


@st.composite
def weekly(draw: st.DrawFn) -> WeeklyHours:
    span, days = draw(SPANS), sorted([draw(DAYS), draw(DAYS)])
    return WeeklyHours(draw(WEEKDAYS), *span, *days)


PLANS = st.builds(
    Plan,
    st.just("咨询室"),
    st.integers(1, 48).map(lambda number: number * 5),
    st.lists(weekly(), max_size=8).map(tuple),
    st.lists(
        st.builds(lambda span, weekday: Pause(*span, weekday), SPANS, st.none() | WEEKDAYS),
        max_size=4,
    ).map(tuple),
    st.lists(
        st.builds(ExceptionalDay, DAYS, st.lists(SPANS, max_size=3).map(tuple)),
        max_size=3,
        unique_by=lambda each: each.day,
    ).map(tuple),
)


def at(minute: int, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time(), SHANGHAI) + timedelta(minutes=minute)


def minutes_of(plan: Plan, day: date) -> set[int]:
    """Every minute of the day in which the expert receives, counted one by one."""
    exception = next((each for each in plan.exceptions if each.day == day), None)
    if exception is not None:
        return {m for opens, closes in exception.hours for m in range(opens, closes)}
    hours = [each for each in plan.hours if each.is_on(day)]
    pauses = [each for each in plan.breaks if each.is_on(day)]
    received = {m for each in hours for m in range(each.opens, each.closes)}
    return received - {m for each in pauses for m in range(each.opens, each.closes)}


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(PLANS, DAYS)
def test_slots_fill_what_is_open_and_nothing_else(plan: Plan, day: date) -> None:
    slots = slots_on(plan, day)
    taken = [
        minute
        for begins, ends in slots
        for minute in range(
            int((begins - at(0, day)).total_seconds()) // 60,
            int((ends - at(0, day)).total_seconds()) // 60,
        )
    ]
    open_minutes = minutes_of(plan, day)
    assert len(taken) == len(set(taken)), "no two overlap"
    assert set(taken) <= open_minutes
    assert {ends - begins for begins, ends in slots} <= {timedelta(minutes=plan.slot_min)}
    assert slots == sorted(slots)
    # What is left over is nowhere long enough for one more.
    left, run = sorted(open_minutes - set(taken)), 0
    for place, minute in enumerate(left):
        run = run + 1 if place and minute == left[place - 1] + 1 else 1
        assert run < plan.slot_min or minute - run in taken or run % plan.slot_min
        assert run < plan.slot_min


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(PLANS)
def test_a_plan_is_the_same_after_it_was_written_and_nothing_follows_behind_its_last_day(
    plan: Plan,
) -> None:
    assert read(**written(plan)) == plan
    last = plan.last_day or MONDAY
    days = [last + timedelta(days=number) for number in range(1, 15)]
    assert not [day for day in days if slots_on(plan, day)]
    found = list(slots_between(plan, MONDAY, MONDAY + timedelta(days=13)))
    assert found == [slot for n in range(14) for slot in slots_on(plan, MONDAY + timedelta(days=n))]


def test_a_monday_with_a_break_and_a_monday_off() -> None:
    hours = WeeklyHours(1, 9 * 60, 12 * 60, MONDAY, MONDAY + timedelta(days=7))
    off = ExceptionalDay(MONDAY + timedelta(days=7))
    plan = Plan("咨询室", 30, (hours,), (Pause(10 * 60, 10 * 60 + 45),), (off,))
    begins = [begins for begins, _ in slots_on(plan, MONDAY)]
    assert begins == [at(540), at(570), at(645), at(675)], "what is left before the end is none"
    assert slots_on(plan, off.day) == []
    assert slots_on(plan, MONDAY + timedelta(days=1)) == []
