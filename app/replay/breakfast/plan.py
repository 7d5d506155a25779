"""Who presses, and what becomes of every voucher: pure, and the same for the same seed.

Who wins a drop is decided by the servers, anew each time. So the plan speaks of vouchers by
number (the drop, then the winners in the order of their member numbers), and every figure
that it foresees holds whoever wins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from random import Random

from app.replay.figures import up

DROPS = 20
VALID_DAYS = 7
# A voucher of the last drop lives until the end of the last of these days.
DAYS = DROPS + VALID_DAYS - 1

PUBLISHED_STORES = 1_000
PUBLISHED_VOUCHERS = 20_000
PUBLISHED_PARTICIPANTS = 1_200
PUBLISHED_VIEWS = 100_000

# "Over 1,200 took part" is 1,250 here; each day some of them have the day off.
WORKERS, PRESSERS = 1_250, 1_200
# A store in every district, however small the scale.
FEWEST_STORES = 10

NEVER_REDEEMED = Fraction(8, 100)
GIVEN_BACK = Fraction(2, 1_000)
CORRECTED = Fraction(1, 100)
SHOWN_AS_PASS = 0.25
# How many days after the claim the breakfast is fetched, in parts of a hundred.
PATIENCE = (50, 20, 10, 8, 6, 4, 2)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many of each at a scale."""

    units: int
    pressers: int
    workers: int
    stores: int
    views: int

    @classmethod
    def at(cls, scale: Fraction) -> "Sizes":
        return cls(
            units=up(PUBLISHED_VOUCHERS // DROPS, scale),
            pressers=up(PRESSERS, scale),
            workers=up(WORKERS, scale),
            stores=max(up(PUBLISHED_STORES, scale), FEWEST_STORES),
            views=up(PUBLISHED_VIEWS, scale),
        )

    @property
    def vouchers(self) -> int:
        return DROPS * self.units

    def views_on(self, drop: int) -> int:
        """The drop's share of the page views; the shares add up to all of them."""
        return self.views * (drop + 1) // DROPS - self.views * drop // DROPS


class Course(StrEnum):
    """What becomes of a voucher."""

    REDEEMED = "redeemed"
    CORRECTED = "corrected"  # scanned at the wrong store, reversed, redeemed at the right one
    GIVEN_BACK = "given_back"  # redeemed, reversed, and then left to expire
    FORGOTTEN = "forgotten"  # never shown to a store

    @property
    def is_reversed(self) -> bool:
        return self in {Course.CORRECTED, Course.GIVEN_BACK}

    @property
    def is_redeemed(self) -> bool:
        """In the end."""
        return self in {Course.REDEEMED, Course.CORRECTED}


@dataclass(frozen=True, slots=True)
class Visit:
    """A worker with a voucher at a store, on a day counted from the first drop's."""

    voucher: int
    course: Course
    day: int
    store: int
    by_pass: bool


class Plan:
    """The whole campaign at a scale, from a seed."""

    def __init__(self, scale: Fraction, seed: int) -> None:
        self.sizes = Sizes.at(scale)
        self._seed = seed
        self._courses = self._draw_courses()
        self.visits = self._draw_visits()

    @property
    def expected_redeemed(self) -> int:
        return sum(course.is_redeemed for course in self._courses)

    @property
    def expected_reversed(self) -> int:
        return sum(course.is_reversed for course in self._courses)

    @property
    def expected_expired(self) -> int:
        return self.sizes.vouchers - self.expected_redeemed

    def pressers_on(self, drop: int, workers: Sequence[str]) -> list[str]:
        """Who presses at this opening, in the order in which their thumbs come down."""
        off = self.sizes.workers - self.sizes.pressers
        away = {(drop * off + place) % self.sizes.workers for place in range(off)}
        pressing = [worker for place, worker in enumerate(workers) if place not in away]
        self._chance(f"press {drop}").shuffle(pressing)
        return pressing

    def _chance(self, purpose: str) -> Random:
        return Random(f"{self._seed} {purpose}")  # noqa: S311 - variety, not secrecy

    def _draw_courses(self) -> list[Course]:
        vouchers = self.sizes.vouchers
        lapsed, given_back = up(vouchers, NEVER_REDEEMED), up(vouchers, GIVEN_BACK)
        corrected = up(vouchers, CORRECTED)
        courses = (
            [Course.GIVEN_BACK] * given_back
            + [Course.FORGOTTEN] * (lapsed - given_back)
            + [Course.CORRECTED] * corrected
            + [Course.REDEEMED] * (vouchers - lapsed - corrected)
        )
        self._chance("courses").shuffle(courses)
        return courses

    def _draw_visits(self) -> list[list[Visit]]:
        """By day. The stores take turns, so that every one of them redeems."""
        chance = self._chance("visits")
        turns = list(range(self.sizes.stores))
        chance.shuffle(turns)
        days: list[list[Visit]] = [[] for _ in range(DAYS)]
        redeemed = 0
        for voucher, course in enumerate(self._courses):
            if course is Course.FORGOTTEN:
                continue
            [later] = chance.choices(range(VALID_DAYS), PATIENCE)
            day = voucher // self.sizes.units + later
            store = turns[redeemed % len(turns)]
            days[day].append(Visit(voucher, course, day, store, chance.random() < SHOWN_AS_PASS))
            redeemed += course.is_redeemed
        return days
