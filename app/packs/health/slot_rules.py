"""Pure: which slots follow from a plan. Days are Shanghai's; minutes count from its midnight.

A day's hours are those of the week that are valid on it, without the breaks; an exception's hours
stand instead of both, and none of them is a day off. Hours that touch or overlap are one stretch.
A stretch is filled from its beginning with slots of equal length; what is left at its end is none.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from app.platform.clock import SHANGHAI

MINUTES_A_DAY = 24 * 60
SHORTEST_MIN, LONGEST_MIN = 5, 240
# Of one plan, and how far ahead it may reach.
MOST_SLOTS, REACH = 5_000, timedelta(days=366)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """`weekday`: 1 is Monday. Both days of validity count."""

    weekday: int
    opens: int
    closes: int
    valid_from: date
    valid_until: date

    def is_on(self, day: date) -> bool:
        is_valid = self.valid_from <= day <= self.valid_until
        return is_valid and day.isoweekday() == self.weekday


@dataclass(frozen=True, slots=True)
class Pause:
    """A break within the hours: on one weekday, or (None) on all."""

    opens: int
    closes: int
    weekday: int | None = None

    def is_on(self, day: date) -> bool:
        return self.weekday in {None, day.isoweekday()}


@dataclass(frozen=True, slots=True)
class ExceptionalDay:
    """Other hours on one day; without any it is a day off."""

    day: date
    hours: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    place: str
    slot_min: int
    hours: tuple[WeeklyHours, ...] = ()
    breaks: tuple[Pause, ...] = ()
    exceptions: tuple[ExceptionalDay, ...] = ()

    @property
    def last_day(self) -> date | None:
        """After it the plan says nothing."""
        days = [each.valid_until for each in self.hours]
        return max([*days, *(each.day for each in self.exceptions)], default=None)


def slots_on(plan: Plan, day: date) -> list[tuple[datetime, datetime]]:
    """From when to when, in order; never overlapping."""
    return [
        (_at(day, opens), _at(day, opens + plan.slot_min))
        for begins, ends in _stretches(plan, day)
        for opens in range(begins, ends - plan.slot_min + 1, plan.slot_min)
    ]


def slots_between(plan: Plan, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    """Of all days from the first to the last."""
    for number in range((last - first).days + 1):
        yield from slots_on(plan, first + timedelta(days=number))


def _stretches(plan: Plan, day: date) -> list[Span]:
    exception = next((each for each in plan.exceptions if each.day == day), None)
    if exception is not None:
        return _merged(exception.hours)
    weekly = _merged((each.opens, each.closes) for each in plan.hours if each.is_on(day))
    pauses = _merged((each.opens, each.closes) for each in plan.breaks if each.is_on(day))
    return [span for stretch in weekly for span in _without(stretch, pauses)]


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for opens, closes in sorted(spans):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return merged


def _without(stretch: Span, pauses: Sequence[Span]) -> Iterator[Span]:
    begins, ends = stretch
    for opens, closes in pauses:
        if closes <= begins or opens >= ends:
            continue
        if opens > begins:
            yield begins, opens
        begins = closes
    if begins < ends:
        yield begins, ends


def _at(day: date, minute: int) -> datetime:
    midnight = datetime.combine(day, time(), SHANGHAI)
    return midnight + timedelta(minutes=minute)


def written(plan: Plan) -> dict[str, Any]:
    """As its row has it."""
    return {
        "place": plan.place,
        "slot_min": plan.slot_min,
        "hours": [
            {
                "weekday": each.weekday,
                "opens": each.opens,
                "closes": each.closes,
                "valid_from": each.valid_from.isoformat(),
                "valid_until": each.valid_until.isoformat(),
            }
            for each in plan.hours
        ],
        "breaks": [
            {"opens": each.opens, "closes": each.closes, "weekday": each.weekday}
            for each in plan.breaks
        ],
        "exceptions": [
            {"day": each.day.isoformat(), "hours": [list(span) for span in each.hours]}
            for each in plan.exceptions
        ],
    }


def read(
    place: str,
    slot_min: int,
    hours: Iterable[dict[str, Any]],
    breaks: Iterable[dict[str, Any]],
    exceptions: Iterable[dict[str, Any]],
) -> Plan:
    """What `written` wrote."""
    return Plan(
        place,
        slot_min,
        tuple(
            WeeklyHours(
                each["weekday"],
                each["opens"],
                each["closes"],
                date.fromisoformat(each["valid_from"]),
                date.fromisoformat(each["valid_until"]),
            )
            for each in hours
        ),
        tuple(Pause(each["opens"], each["closes"], each["weekday"]) for each in breaks),
        tuple(
            ExceptionalDay(
                date.fromisoformat(each["day"]),
                tuple((opens, closes) for opens, closes in each["hours"]),
            )
            for each in exceptions
        ),
    )
