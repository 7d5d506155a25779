"""Which way every wish goes: drawn by the seed, the same counts for every seed.

Pure. The campaign tells two figures: over 100 wishes received, 64 fulfilled so far. "Over 100"
is what the courses add up to; the 64 are those of them that come true by the published time,
and what was under way then comes true after it. Wishes are few, so every scale plays them all.

Members help each other here: the wisher of one wish is the volunteer of the next but one, so
nobody ever holds more than two.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from app.replay.members import NewMember

PUBLISHED_RECEIVED, PUBLISHED_FULFILLED = 100, 64
KINDS = ("elderly_care", "hardship_help", "holiday_greeting", "return_home")
DISTRICTS = (
    "shinan",
    "shibei",
    "licang",
    "laoshan",
    "chengyang",
    "west_coast",
    "jimo",
    "jiaozhou",
    "pingdu",
    "laixi",
)
URGENCIES = ("within_2_days", "within_5_days", "within_a_week", "anytime")
FIRST_PLACE = 5_001
# One wisher in so many writes phone and identity number into the wish itself.
TELLING = 9
# One in so many does not want the volunteer to see the phone.
DISCREET = 7


class Course(StrEnum):
    """What becomes of a wish."""

    PLAIN = "plain"
    RACED = "raced"  # two volunteers at the same moment
    LAPSED = "lapsed"  # the first volunteer never began; another one did it
    RELEASED = "released"  # the first volunteer gave it back
    NOT_DONE = "not_done"  # the wisher denied it; back to staff, and then another volunteer
    SILENT = "silent"  # the wisher said nothing for seven days, and staff confirmed
    ON_BEHALF = "on_behalf"  # posted by staff, for somebody without a phone; they confirm too
    FLAGGED = "flagged"  # two reviewers, and a volunteer who suits
    ACCEPTED = "accepted"  # staff asked a volunteer, who said yes
    REFUSED = "refused"  # staff asked a volunteer, who said no; another one came
    LATE = "late"  # under way at the published time, fulfilled after it
    REJECTED = "rejected"
    WITHDRAWN_UNREAD = "withdrawn_unread"  # before anybody had reviewed it
    WITHDRAWN_OPEN = "withdrawn_open"
    WITHDRAWN_CLAIMED = "withdrawn_claimed"
    EXPIRED = "expired"  # nobody came in time


COUNTS: dict[Course, int] = {
    Course.PLAIN: 36,
    Course.RACED: 4,
    Course.LAPSED: 4,
    Course.RELEASED: 4,
    Course.NOT_DONE: 3,
    Course.SILENT: 4,
    Course.ON_BEHALF: 3,
    Course.FLAGGED: 2,
    Course.ACCEPTED: 2,
    Course.REFUSED: 2,
    Course.LATE: 18,
    Course.REJECTED: 10,
    Course.WITHDRAWN_UNREAD: 3,
    Course.WITHDRAWN_OPEN: 3,
    Course.WITHDRAWN_CLAIMED: 2,
    Course.EXPIRED: 8,
}
WITHDRAWN = frozenset({Course.WITHDRAWN_UNREAD, Course.WITHDRAWN_OPEN, Course.WITHDRAWN_CLAIMED})
UNFULFILLED = WITHDRAWN | {Course.REJECTED, Course.EXPIRED}
IN_TIME = frozenset(Course) - UNFULFILLED - {Course.LATE}


@dataclass(frozen=True, slots=True)
class PlannedWish:
    """`first` and `second` are the volunteers, by account."""

    course: Course
    kind: str
    district: str
    urgency: str
    wisher: NewMember
    first: str
    second: str
    tells_numbers: bool
    shows_contact: bool


def draw_wishes(seed: int) -> list[PlannedWish]:
    """All of them; each kind in every district."""
    courses = [course for course, count in COUNTS.items() for _ in range(count)]
    Random(f"{seed}-wishes").shuffle(courses)  # noqa: S311 (a play's luck, not a secret)
    people = people_of(len(courses))
    return [
        PlannedWish(
            course,
            KINDS[place % len(KINDS)],
            people[place].district,
            URGENCIES[place % len(URGENCIES)],
            people[place],
            people[(place + 1) % len(people)].account,
            people[(place + 2) % len(people)].account,
            tells_numbers=place % TELLING == 0,
            shows_contact=place % DISCREET != 0,
        )
        for place, course in enumerate(courses)
    ]


def people_of(count: int) -> list[NewMember]:
    """Members in hardship, from every district."""
    return [
        NewMember(
            f"W{place + 1:05}",
            FIRST_PLACE + place,
            "回放互助",
            DISTRICTS[place // len(KINDS) % len(DISTRICTS)],
            "hardship",
        )
        for place in range(count)
    ]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the plan makes of the figures."""

    wishes: Sequence[PlannedWish]

    @property
    def received(self) -> int:
        return len(self.wishes)

    @property
    def fulfilled(self) -> int:
        """By the published time."""
        return self.of(*IN_TIME)

    @property
    def contact_shown(self) -> int:
        """Wishes whose volunteer saw how to reach the wisher."""
        return sum(wish.shows_contact for wish in self.wishes if wish.course not in UNFULFILLED)

    def of(self, *courses: Course) -> int:
        counts = Counter(wish.course for wish in self.wishes)
        return sum(counts[course] for course in courses)
