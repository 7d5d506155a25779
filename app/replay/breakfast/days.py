"""What becomes of every voucher, day by day and store by store: pure, drawn from a seed.

Who wins a drop is decided by the servers, anew each time. So the plan speaks of vouchers by
number (the drop, then the winners in the order of their member numbers), and every figure
that it foresees holds whoever wins.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from random import Random

from app.replay.breakfast.sizes import DAYS, VALID_DAYS, Sizes
from app.replay.figures import up

NEVER_REDEEMED = Fraction(8, 100)
GIVEN_BACK = Fraction(2, 1_000)
CORRECTED = Fraction(9, 1_000)
RACED = Fraction(2, 1_000)
# Of each of the three ways in which staff may decide.
TAKEN_TWICE = Fraction(1, 1_000)
SHOWN_AS_PASS = 0.25
# How many days after the claim the breakfast is fetched, in parts of a hundred.
PATIENCE = (50, 20, 10, 8, 6, 4, 2)


class Course(StrEnum):
    """What becomes of a voucher. The last three are staff's decisions, in the API's words."""

    REDEEMED = "redeemed"
    CORRECTED = "corrected"  # scanned at the wrong store, reversed, redeemed at the right one
    GIVEN_BACK = "given_back"  # redeemed, reversed, and then left to expire
    FORGOTTEN = "forgotten"  # never shown to a store
    RACED = "raced"  # scanned by two tills at the same moment
    FIRST_STANDS = "first_stands"  # taken by two tills, at least one of them offline
    SECOND_STANDS = "second_stands"
    BOTH_PAID = "both_paid"

    @property
    def is_taken_twice(self) -> bool:
        return self in {Course.FIRST_STANDS, Course.SECOND_STANDS, Course.BOTH_PAID}

    @property
    def is_reversed(self) -> bool:
        return self in {Course.CORRECTED, Course.GIVEN_BACK, Course.SECOND_STANDS}

    @property
    def is_redeemed(self) -> bool:
        """In the end."""
        return self not in {Course.GIVEN_BACK, Course.FORGOTTEN}

    @property
    def is_certain(self) -> bool:
        """Whether the plan, and nobody else, says which store redeems it."""
        return self in {Course.REDEEMED, Course.CORRECTED}


class Mishap(StrEnum):
    """What goes wrong while a till redeems."""

    NONE = "none"
    SCANNED_AGAIN = "scanned_again"  # by the same till under the same number
    SHOWN_AGAIN = "shown_again"  # to the next store's till, which is told who was first
    ANSWER_LOST = "answer_lost"  # the till asks what became of it, and sends it again


# By the remainder of the voucher's number; most have none.
MISHAP_EVERY = 40
MISHAPS = {0: Mishap.SCANNED_AGAIN, 10: Mishap.ANSWER_LOST, 20: Mishap.SHOWN_AGAIN}


@dataclass(frozen=True, slots=True)
class Visit:
    """A worker with a voucher at a store, on a day counted from the first drop's.

    `other`: the second store of the story. It scanned by mistake, or at the same moment, or
    took the voucher as well; else it is the next one that is connected and open. `refused_at`:
    the suspended store that was tried first.
    """

    voucher: int
    course: Course
    day: int
    store: int
    other: int
    by_pass: bool
    mishap: Mishap = Mishap.NONE
    refused_at: int | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One day's visits; the stores whose tills are offline, and the one that is suspended."""

    number: int
    visits: Sequence[Visit]
    offline: frozenset[int]
    suspended: int | None


@dataclass(frozen=True, slots=True)
class _Wish:
    """Where and when a breakfast is to be fetched, before it is known which doors are open.

    `is_spare`: the store redeems another voucher for certain.
    """

    voucher: int
    course: Course
    day: int
    store: int
    by_pass: bool
    is_spare: bool


def draw_courses(vouchers: int, chance: Random) -> list[Course]:
    """By voucher."""
    lapsed, given_back = up(vouchers, NEVER_REDEEMED), up(vouchers, GIVEN_BACK)
    counts = {
        Course.GIVEN_BACK: given_back,
        Course.FORGOTTEN: lapsed - given_back,
        Course.CORRECTED: up(vouchers, CORRECTED),
        Course.RACED: up(vouchers, RACED),
        Course.FIRST_STANDS: up(vouchers, TAKEN_TWICE),
        Course.SECOND_STANDS: up(vouchers, TAKEN_TWICE),
        Course.BOTH_PAID: up(vouchers, TAKEN_TWICE),
    }
    counts[Course.REDEEMED] = vouchers - sum(counts.values())
    courses = [course for course, count in counts.items() for _ in range(count)]
    chance.shuffle(courses)
    return courses


def draw_days(
    courses: Sequence[Course], sizes: Sizes, chance: Callable[[str], Random]
) -> list[Day]:
    """The whole campaign. Every store redeems something for certain, and one is suspended
    for a day on which somebody comes."""
    wishes = _draw_wishes(courses, sizes, chance("visits"))
    suspended_on, suspended = _draw_suspension(wishes, chance("suspension"))
    doors = chance("doors")
    days = []
    for number in range(DAYS):
        closed = suspended if number == suspended_on else None
        able = [store for store in range(sizes.stores) if store != closed]
        offline = frozenset(doors.sample(able, sizes.offline))
        today = _Doors(sizes.stores, offline, closed, doors)
        visits = [today.visit(wish) for wish in wishes if wish.day == number]
        days.append(Day(number, visits, offline, closed))
    return days


def _draw_wishes(courses: Sequence[Course], sizes: Sizes, chance: Random) -> list[_Wish]:
    """The stores take turns, so that every one of them redeems."""
    turns = list(range(sizes.stores))
    chance.shuffle(turns)
    wishes, certain = [], 0
    for voucher, course in enumerate(courses):
        if course is Course.FORGOTTEN:
            continue
        [later] = chance.choices(range(VALID_DAYS), PATIENCE)
        day = voucher // sizes.units + later
        store = turns[certain % len(turns)] if course.is_certain else chance.choice(turns)
        is_spare = not course.is_certain or certain >= len(turns)
        by_pass = chance.random() < SHOWN_AS_PASS
        wishes.append(_Wish(voucher, course, day, store, by_pass, is_spare))
        certain += course.is_certain
    return wishes


def _draw_suspension(wishes: Sequence[_Wish], chance: Random) -> tuple[int, int]:
    """A day and a store that can do without whoever comes that day; as many as ever do."""
    needed = {(wish.day, wish.store) for wish in wishes if not wish.is_spare}
    awaited = Counter((wish.day, wish.store) for wish in wishes if wish.course is Course.REDEEMED)
    able = {place: count for place, count in awaited.items() if place not in needed}
    most = max(able.values())
    return chance.choice([place for place, count in able.items() if count == most])


class _Doors:
    """The stores on one day."""

    def __init__(
        self, stores: int, offline: frozenset[int], suspended: int | None, chance: Random
    ) -> None:
        self._stores = stores
        self._offline = offline
        self._suspended = suspended
        self._chance = chance

    def visit(self, wish: _Wish) -> Visit:
        """As it can be done today: from a suspended store one goes next door."""
        refused_at = self._suspended if wish.store == self._suspended else None
        store = wish.store if refused_at is None else self._next_door(wish.store)
        other = self._next_door(store)
        if wish.course in {Course.GIVEN_BACK, Course.RACED} and store in self._offline:
            store, other = other, self._next_door(other)
        if wish.course.is_taken_twice:
            store, other = self._two_tills(store)
        mishap = Mishap.NONE
        if wish.course.is_certain and store not in self._offline:
            mishap = MISHAPS.get(wish.voucher % MISHAP_EVERY, mishap)
        return Visit(
            wish.voucher, wish.course, wish.day, store, other, wish.by_pass, mishap, refused_at
        )

    def _two_tills(self, store: int) -> tuple[int, int]:
        """The second is offline, and so is the first in every other case."""
        if self._chance.random() < 0.5:
            first, second = self._chance.sample(sorted(self._offline), 2)
            return first, second
        first = self._next_door(store) if store in self._offline else store
        return first, self._chance.choice(sorted(self._offline))

    def _next_door(self, store: int) -> int:
        """The next one that is open and has a network."""
        around = ((store + step) % self._stores for step in range(1, self._stores))
        return next(
            each for each in around if each != self._suspended and each not in self._offline
        )
