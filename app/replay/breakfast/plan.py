"""Who presses, and what is to come of it: pure, and the same for the same seed."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from random import Random

from app.replay.breakfast.days import Course, Mishap, Visit, draw_courses, draw_days
from app.replay.breakfast.people import People, Person
from app.replay.breakfast.sizes import Sizes

# Minutes by which a till's clock may be wrong, either way.
LEAST_WRONG, MOST_WRONG = 3, 40


class Manner(StrEnum):
    """How somebody presses."""

    ONCE = "once"
    ON_TWO_PHONES = "on_two_phones"  # at the same instant
    CUT_OFF_EARLY = "cut_off_early"  # the connection is lost when the press has gone out
    CUT_OFF_LATE = "cut_off_late"  # it is lost while the answer is coming in
    IN_TWO_ACCOUNTS = "in_two_accounts"  # one person, at the same instant
    NOT_ENTITLED = "not_entitled"


# One presser in so many has one of these manners.
ODD_ONE_IN = 20
ODD_MANNERS = (Manner.ON_TWO_PHONES, Manner.CUT_OFF_EARLY, Manner.CUT_OFF_LATE)


@dataclass(frozen=True, slots=True)
class Presser:
    person: Person
    manner: Manner


class Plan:
    """The whole campaign at a scale, from a seed."""

    def __init__(self, scale: Fraction, seed: int) -> None:
        self.sizes = Sizes.at(scale)
        self._seed = seed
        courses = draw_courses(self.sizes.vouchers, self._chance("courses"))
        self._courses = Counter(courses)
        self.days = draw_days(courses, self.sizes, self._chance)

    @property
    def visits(self) -> list[Visit]:
        """In the order of the days."""
        return [visit for day in self.days for visit in day.visits]

    @property
    def expected_redeemed(self) -> int:
        return self._count(*(course for course in Course if course.is_redeemed))

    @property
    def expected_reversed(self) -> int:
        return self._count(*(course for course in Course if course.is_reversed))

    @property
    def expected_expired(self) -> int:
        return self.sizes.vouchers - self.expected_redeemed

    @property
    def expected_offline(self) -> int:
        """Redemptions that stand in the end and were made without a network."""
        return sum(
            visit.course is Course.SECOND_STANDS
            or (visit.course.is_redeemed and visit.store in day.offline)
            for day in self.days
            for visit in day.visits
        )

    @property
    def expected_already_redeemed(self) -> int:
        """Scans that are refused because another till was first."""
        shown_again = sum(visit.mishap is Mishap.SHOWN_AGAIN for visit in self.visits)
        return shown_again + self._count(Course.RACED)

    @property
    def expected_store_suspended(self) -> int:
        return sum(visit.refused_at is not None for visit in self.visits)

    def expected_decided(self, decision: Course) -> int:
        return self._count(decision)

    def pressers_on(self, drop: int, people: People) -> list[Presser]:
        """Who presses at this opening, in the order in which their thumbs come down."""
        off = self.sizes.workers - self.sizes.pressers
        away = {(drop * off + place) % self.sizes.workers for place in range(off)}
        workers = [worker for place, worker in enumerate(people.workers) if place not in away]
        pressers = [
            Presser(worker, _manner(worker, drop + place)) for place, worker in enumerate(workers)
        ]
        pressers += [Presser(outsider, Manner.NOT_ENTITLED) for outsider in people.outsiders]
        self._chance(f"press {drop}").shuffle(pressers)
        return pressers

    def minutes_wrong(self, store: int) -> int:
        """By how much the clock of this store's till is fast, or slow if negative."""
        chance = self._chance(f"clock {store}")
        return chance.randint(LEAST_WRONG, MOST_WRONG) * chance.choice((1, -1))

    def _count(self, *courses: Course) -> int:
        return sum(self._courses[course] for course in courses)

    def _chance(self, purpose: str) -> Random:
        return Random(f"{self._seed} {purpose}")  # noqa: S311 - variety, not secrecy


def _manner(person: Person, turn: int) -> Manner:
    if person.second_account is not None:
        return Manner.IN_TWO_ACCOUNTS
    return dict(enumerate(ODD_MANNERS)).get(turn % ODD_ONE_IN, Manner.ONCE)
