"""What becomes of every pair, and how many there are of each: the same for every seed.

Pure. The campaign tells three figures: 32,000 viewings on the day, 200 pairs reserved online, 300
picked up on site. A viewing is a join (人次), which the service counts exactly; every viewer joins
once here, so its estimate of different members is held against the same figure. The 300 are all
that the desks handed out, to reservations and at the door, and so the paper that there was.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from app.replay.figures import up

PUBLISHED_VIEWINGS, PUBLISHED_RESERVED, PUBLISHED_COLLECTED = 32_000, 200, 300
# Of the viewers, so many watch the beginning; then they have gone, and others come.
WAVES = (Fraction(1, 2), Fraction(3, 10), Fraction(1, 5))
# One of so many of the first wave drives through a tunnel; one comes before the session begins.
TUNNEL_EVERY, EARLY_EVERY = 50, 100
# Presses in the rush for one pair.
PRESSES_A_PAIR = 3


class Course(StrEnum):
    """What becomes of a pair that was reserved."""

    BY_PASS = "by_pass"
    BY_PASS_FU = "by_pass_fu"  # the same, of the second variant
    BY_NAME = "by_name"  # by name and the last four digits of the phone
    BY_PROXY = "by_proxy"  # somebody else, by a one-time code
    BY_RECIPIENT = "by_recipient"  # somebody else, whom the holder has named
    OFFLINE = "offline"  # at a desk without a network, which tells later
    DISPUTED = "disputed"  # and another such desk hands the same pair out again
    REVERSED = "reversed"  # handed out by mistake, undone, and collected in the end
    PASSED_ON = "passed_on"  # cancelled; who was offered it accepts and collects
    LAPSED = "lapsed"  # cancelled; who was offered it says nothing
    GIVEN_UP = "given_up"  # cancelled when nobody waits any more
    NO_SHOW = "no_show"


class Walk(StrEnum):
    """Who has a pair at the door."""

    MEMBER = "member"
    ANONYMOUS = "anonymous"
    OFFLINE = "offline"  # a member, at a desk without a network


# By pass, and at the door to members: as many as are left of the published figures.
OF_COURSE: dict[Course, int] = {
    Course.BY_PASS_FU: 80,
    Course.BY_NAME: 24,
    Course.BY_PROXY: 16,
    Course.BY_RECIPIENT: 10,
    Course.OFFLINE: 8,
    Course.DISPUTED: 1,
    Course.REVERSED: 1,
    Course.PASSED_ON: 6,
    Course.LAPSED: 4,
    Course.GIVEN_UP: 4,
    Course.NO_SHOW: 6,
}
OF_WALK: dict[Walk, int] = {Walk.ANONYMOUS: 30, Walk.OFFLINE: 4}
# These pairs become the door's.
TO_THE_DOOR = frozenset({Course.LAPSED, Course.GIVEN_UP, Course.NO_SHOW})
CANCELLED = frozenset({Course.PASSED_ON, Course.LAPSED, Course.GIVEN_UP})
UPLOADED = frozenset({Course.OFFLINE, Course.DISPUTED})


@dataclass(frozen=True, slots=True)
class Plan:
    """At a scale, each rounded up, so that everything happens however small it is."""

    viewers: int
    courses: dict[Course, int]
    walks: dict[Walk, int]

    @classmethod
    def at(cls, scale: Fraction) -> "Plan":
        courses = {course: up(count, scale) for course, count in OF_COURSE.items()}
        rest = up(PUBLISHED_RESERVED, scale) - sum(courses.values())
        courses = {Course.BY_PASS: max(rest, 1), **courses}
        collected = sum(n for course, n in courses.items() if course not in TO_THE_DOOR)
        walks = {walk: up(count, scale) for walk, count in OF_WALK.items()}
        rest = up(PUBLISHED_COLLECTED, scale) - collected - sum(walks.values())
        # At the least whoever comes when the no-shows' pairs are given away.
        walks = {Walk.MEMBER: max(rest, courses[Course.NO_SHOW]), **walks}
        return cls(up(PUBLISHED_VIEWINGS, scale), courses, walks)

    def of(self, *courses: Course) -> int:
        return sum(self.courses[course] for course in courses)

    @property
    def reserved(self) -> tuple[int, int]:
        """Pairs to be reserved of each variant."""
        return sum(self.courses.values()) - self.of(Course.BY_PASS_FU), self.of(Course.BY_PASS_FU)

    @property
    def walk_ins(self) -> int:
        return sum(self.walks.values())

    @property
    def paper_at_the_door(self) -> int:
        """Of the first variant; what reservations leave comes to it."""
        return self.walk_ins - self.of(*TO_THE_DOOR)

    @property
    def collected(self) -> int:
        """Pairs that reservations collect."""
        return sum(n for course, n in self.courses.items() if course not in TO_THE_DOOR)

    @property
    def waiters(self) -> int:
        """As many as are offered a pair."""
        return self.of(Course.PASSED_ON, Course.LAPSED)

    @property
    def by_pass(self) -> int:
        uploaded, kept = self.of(*UPLOADED), (Course.REVERSED, Course.PASSED_ON)
        return self.of(Course.BY_PASS, Course.BY_PASS_FU, *kept) + uploaded

    @property
    def pressers(self) -> tuple[int, int]:
        """People in the rush, of each variant."""
        first, second = self.reserved
        return PRESSES_A_PAIR * first, PRESSES_A_PAIR * second

    @property
    def waves(self) -> list[slice]:
        """Which of the viewers come together; the waves are all of them."""
        first, second = (up(self.viewers, share) for share in WAVES[:2])
        ends = (first, min(first + second, self.viewers), self.viewers)
        return [slice(*pair) for pair in pairwise((0, *ends))]

    @property
    def peak(self) -> int:
        """Viewers at once, at most."""
        return int(self.waves[0].stop)

    @property
    def people(self) -> int:
        """Of the audience. Who reserves or walks in has watched, where there are so many."""
        return max(self.viewers, sum(self.pressers) + self.walk_ins)
