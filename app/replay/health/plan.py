"""Who takes the quiz, in which way, and what comes of it: the same counts for every seed.

Pure. The campaign tells one figure: 9,626 people entered the quiz and the draw. These are the
draw's list as it is frozen. Whoever never hands in, is too late, knows too little or may not
enter comes on top of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from random import Random

from app.replay.figures import up

PUBLISHED_ENTRANTS = 9_626


class Course(StrEnum):
    """What becomes of somebody's attempt."""

    PLAIN = "plain"
    MISLED = "misled"  # right where the key was wrong; the corrected one earns the ticket
    IN_GRACE = "in_grace"  # handed in after the deadline, and not too late
    AT_ONCE = "at_once"  # begins on two phones
    AGAIN = "again"  # hands in twice, and would like a second attempt
    FLATTERED = "flattered"  # wrong as the key was; the corrected one costs the ticket
    FAILED = "failed"  # too few points
    LATE = "late"  # handed in when the grace was over
    ABANDONED = "abandoned"  # never handed in
    EXCLUDED = "excluded"  # of the organiser's own staff


# Plain ones: as many as are left of the published figure.
ENTERING = (Course.PLAIN, Course.MISLED, Course.IN_GRACE, Course.AT_ONCE, Course.AGAIN)
COUNTS: dict[Course, int] = {
    Course.MISLED: 126,
    Course.IN_GRACE: 24,
    Course.AT_ONCE: 20,
    Course.AGAIN: 40,
    Course.FLATTERED: 20,
    Course.FAILED: 60,
    Course.LATE: 40,
    Course.ABANDONED: 120,
    Course.EXCLUDED: 2,
}
SLOW = (Course.IN_GRACE, Course.LATE, Course.ABANDONED)
# First, second and third prizes.
PRIZES = (1, 20, 200)
# Winners who do not come for their prize, and who must not have it.
IDLE, DISQUALIFIED = 10, 2


@dataclass(frozen=True, slots=True)
class Taker:
    """Somebody who takes the quiz. `knows`: so many of the plain questions right."""

    account: str
    course: Course
    knows: int

    @property
    def is_slow(self) -> bool:
        return self.course in SLOW


@dataclass(frozen=True, slots=True)
class Plan:
    """At a scale, each rounded up, so that everything happens however small it is."""

    counts: dict[Course, int]
    prizes: tuple[int, ...]
    idle: int
    disqualified: int

    @classmethod
    def at(cls, scale: Fraction) -> "Plan":
        counts = {course: up(count, scale) for course, count in COUNTS.items()}
        rest = up(PUBLISHED_ENTRANTS, scale) - sum(counts.get(each, 0) for each in ENTERING)
        prizes = tuple(up(count, scale) for count in PRIZES)
        counts = {Course.PLAIN: max(rest, 2 * sum(prizes)), **counts}
        return cls(counts, prizes, up(IDLE, scale), up(DISQUALIFIED, scale))

    def of(self, *courses: Course) -> int:
        return sum(self.counts[course] for course in courses)

    @property
    def people(self) -> int:
        return sum(self.counts.values())

    @property
    def entrants(self) -> int:
        return self.of(*ENTERING)

    @property
    def handed_in(self) -> int:
        return self.people - self.never_handed_in

    @property
    def never_handed_in(self) -> int:
        return self.of(Course.LATE, Course.ABANDONED)

    @property
    def units(self) -> int:
        """Of prizes, of all kinds."""
        return sum(self.prizes)


def takers_of(plan: Plan, seed: int, accounts: Sequence[str]) -> list[Taker]:
    """Who does what; by the seed, as what they know."""
    chance = Random(f"{seed}-health")  # noqa: S311 (a play's luck, not a secret)
    courses = [course for course, count in plan.counts.items() for _ in range(count)]
    chance.shuffle(courses)
    return [
        Taker(account, course, _knows(course, chance))
        for account, course in zip(accounts, courses, strict=False)
    ]


def _knows(course: Course, chance: Random) -> int:
    """Of four plain questions; a fifth has a wrong key at first. Three points earn a ticket."""
    if course in {Course.MISLED, Course.FLATTERED}:
        return 2
    return 0 if course is Course.FAILED else chance.choice((3, 4))
