"""How many ask, book and register, and what becomes of each: the same counts for every seed.

Pure. The campaign tells that experts and counsellors advised for free and gave talks, and no
figure of it; so these are ours, as many as a hospital's two dozen experts could look after in
some days.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.replay.figures import up


class Course(StrEnum):
    """What becomes of somebody's question."""

    PLAIN = "plain"  # asked, taken, answered, read, closed by the member
    PICTURED = "pictured"  # with pictures
    DIALOGUE = "dialogue"  # asked back, and answered again
    ANONYMOUS = "anonymous"  # without a name
    LIFTED = "lifted"  # without a name, in danger: two people lift the pseudonym
    EMERGENCY = "emergency"  # words that cannot wait
    PRESCRIPTION = "prescription"  # asks for a medicine, and is told where to go
    HANDED_OVER = "handed_over"  # to another expert, with a note
    ENDED = "ended"  # closed by the expert
    WITHDRAWN = "withdrawn"  # the consent is withdrawn while it is open
    REFUSED = "refused"  # no consent, no consultation


class Visit(StrEnum):
    """What becomes of somebody's appointment."""

    KEPT = "kept"
    ANY = "any"  # with whichever expert is free at that time; kept
    HELD = "held"  # held while the consent is read, confirmed, kept
    LAPSED = "lapsed"  # held for too long
    MOVED = "moved"  # to another slot, and kept there
    CANCELLED = "cancelled"
    CALLED_OFF = "called_off"  # by staff
    NO_SHOW = "no_show"
    IN_ERROR = "in_error"  # should never have been written down
    RUSHED = "rushed"  # many wanted the slot; whoever got it keeps it
    OVERLAPPING = "overlapping"  # and would like to be elsewhere at the same time


@dataclass(frozen=True, slots=True)
class Way:
    """How often experts read and answer a consultation of a course."""

    readings: int
    answers: int


WAYS: dict[Course, Way] = {
    Course.PLAIN: Way(1, 1),
    Course.PICTURED: Way(1, 1),
    Course.DIALOGUE: Way(2, 2),
    Course.ANONYMOUS: Way(1, 1),
    Course.LIFTED: Way(2, 1),
    Course.EMERGENCY: Way(1, 1),
    Course.PRESCRIPTION: Way(1, 1),
    Course.HANDED_OVER: Way(2, 1),
    Course.ENDED: Way(1, 1),
    Course.WITHDRAWN: Way(1, 0),
    Course.REFUSED: Way(0, 0),
}
OF_COURSE: dict[Course, int] = {
    Course.PLAIN: 38,
    Course.PICTURED: 20,
    Course.DIALOGUE: 20,
    Course.ANONYMOUS: 18,
    Course.LIFTED: 1,
    Course.EMERGENCY: 6,
    Course.PRESCRIPTION: 8,
    Course.HANDED_OVER: 12,
    Course.ENDED: 22,
    Course.WITHDRAWN: 5,
    Course.REFUSED: 6,
}
# Words that alert staff.
ALERTING = (Course.EMERGENCY, Course.LIFTED)
NAMELESS = (Course.ANONYMOUS, Course.LIFTED)
OF_VISIT: dict[Visit, int] = {
    Visit.KEPT: 30,
    Visit.HELD: 8,
    Visit.LAPSED: 2,
    Visit.MOVED: 8,
    Visit.CANCELLED: 10,
    Visit.CALLED_OFF: 2,
    Visit.NO_SHOW: 6,
    Visit.IN_ERROR: 1,
}
COME = (Visit.KEPT, Visit.ANY, Visit.HELD, Visit.MOVED, Visit.RUSHED, Visit.OVERLAPPING)
ADVISERS, RECEIVERS, REVIEWED = 16, 8, 10
# Two of each at least: one has somebody to hand over to, one somebody else to be free.
LEAST_ADVISERS, LEAST_RECEIVERS = 4, 2
# Times of the day that "any expert" is wanted at, each by as many as there are experts.
ANY_TIMES, RUSHERS, LEAST_RUSHERS = 3, 20, 3
PLACES, TURNED_AWAY, GIVEN_UP = 90, 15, 6
BY_PASS, BY_LIST, UNDONE, VIEWERS = 36, 30, 1, 50


@dataclass(frozen=True, slots=True)
class Plan:
    """At a scale, each rounded up, so that everything happens however small it is."""

    courses: Mapping[Course, int]
    visits: Mapping[Visit, int]
    advisers: int
    receivers: int
    any_times: int
    rushers: int
    reviewed: int
    talk: "TalkPlan"

    @classmethod
    def at(cls, scale: Fraction) -> "Plan":
        receivers = max(up(RECEIVERS, scale), LEAST_RECEIVERS)
        any_times = up(ANY_TIMES, scale)
        visits = {visit: up(count, scale) for visit, count in OF_VISIT.items()}
        more = {Visit.ANY: any_times * receivers, Visit.RUSHED: 1, Visit.OVERLAPPING: 1}
        return cls(
            {course: up(count, scale) for course, count in OF_COURSE.items()},
            visits | more,
            max(up(ADVISERS, scale), LEAST_ADVISERS),
            receivers,
            any_times,
            max(up(RUSHERS, scale), LEAST_RUSHERS),
            up(REVIEWED, scale),
            TalkPlan.at(scale),
        )

    @property
    def askers(self) -> int:
        return sum(self.courses.values())

    @property
    def opened(self) -> int:
        return self.askers - self.courses[Course.REFUSED]

    @property
    def readings(self) -> int:
        """By experts, and by the reviewer."""
        by_experts = sum(count * WAYS[course].readings for course, count in self.courses.items())
        return by_experts + self.reviewed

    @property
    def answers(self) -> int:
        return sum(count * WAYS[course].answers for course, count in self.courses.items())

    @property
    def visitors(self) -> int:
        """Those who are too many for a slot, too."""
        return sum(self.visits.values()) + self.rushers - 1 + 1

    def come(self) -> int:
        return sum(self.visits[visit] for visit in COME)

    @property
    def people(self) -> int:
        """Of the audience; whoever goes to a talk may have asked something, too."""
        return max(self.askers + self.visitors, self.talk.people)

    @property
    def steps(self) -> int:
        return self.askers + self.visitors + self.talk.people


@dataclass(frozen=True, slots=True)
class TalkPlan:
    """One in a hall with so many places, and one on a stream for whoever likes."""

    places: int
    turned_away: int
    given_up: int
    by_pass: int
    by_list: int
    undone: int
    viewers: int

    @classmethod
    def at(cls, scale: Fraction) -> "TalkPlan":
        by_pass, by_list, undone = (up(count, scale) for count in (BY_PASS, BY_LIST, UNDONE))
        given_up = up(GIVEN_UP, scale)
        return cls(
            places=max(up(PLACES, scale), by_pass + by_list + undone + given_up + 1),
            turned_away=max(up(TURNED_AWAY, scale), given_up),
            given_up=given_up,
            by_pass=by_pass,
            by_list=by_list,
            undone=undone,
            viewers=up(VIEWERS, scale),
        )

    @property
    def attended(self) -> int:
        return self.by_pass + self.by_list

    @property
    def people(self) -> int:
        return self.places + self.turned_away
