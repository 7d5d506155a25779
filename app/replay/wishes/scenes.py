"""What happens when, to wishes of which course: the whole part in one table."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from app.replay.troupe import Troupe
from app.replay.watch import at
from app.replay.wishes import staff, volunteer, wisher
from app.replay.wishes.plan import Course
from app.replay.wishes.story import Story

C = Course
EVERY = frozenset(Course)
OTHERS = EVERY - {C.ON_BEHALF}
READ = OTHERS - {C.WITHDRAWN_UNREAD, C.REJECTED, C.FLAGGED}
CLAIMED_AT_ONCE = frozenset(
    {C.PLAIN, C.LAPSED, C.RELEASED, C.NOT_DONE, C.SILENT, C.ON_BEHALF, C.LATE, C.WITHDRAWN_CLAIMED}
)
STARTED = frozenset(
    {
        C.PLAIN,
        C.RACED,
        C.RELEASED,
        C.NOT_DONE,
        C.SILENT,
        C.ON_BEHALF,
        C.FLAGGED,
        C.ACCEPTED,
        C.REFUSED,
        C.LATE,
    }
)
SPOKEN_FOR = frozenset({C.SILENT, C.ON_BEHALF})
DISPATCHED = frozenset({C.ACCEPTED, C.REFUSED})
HANDED_IN = STARTED - {C.LATE}
CONFIRMED = HANDED_IN - SPOKEN_FOR - {C.NOT_DONE}


@dataclass(frozen=True, slots=True)
class Scene:
    when: timedelta
    title: str
    act: Callable[[Troupe, Story], Awaitable[None]]
    courses: frozenset[Course]


# To move the clock takes longer than most scenes, so those that may follow one another at one
# time do. Between the times lies what time itself does to wishes and claims.
SCENES = (
    Scene(at(0, 8), "wishes are said", wisher.post, OTHERS),
    Scene(at(0, 8), "wishes are said for others", staff.post_on_behalf, frozenset({C.ON_BEHALF})),
    Scene(at(0, 8), "taken back unread", wisher.withdraw, frozenset({C.WITHDRAWN_UNREAD})),
    Scene(at(0, 8), "review: approved", staff.approve, READ),
    Scene(at(0, 8), "review: rejected", staff.reject, frozenset({C.REJECTED})),
    Scene(at(0, 8), "review: flagged", staff.flag, frozenset({C.FLAGGED})),
    Scene(at(0, 8), "review: another's", staff.approve_anothers, frozenset({C.ON_BEHALF})),
    Scene(at(0, 8), "taken back", wisher.withdraw, frozenset({C.WITHDRAWN_OPEN})),
    Scene(at(1, 9), "claims", volunteer.claim, CLAIMED_AT_ONCE),
    Scene(at(1, 9), "two at once", volunteer.race, frozenset({C.RACED})),
    Scene(at(1, 9), "who suits", staff.find_who_suits, frozenset({C.FLAGGED})),
    Scene(at(1, 9), "staff ask", staff.dispatch, DISPATCHED),
    Scene(at(1, 9), "who was asked accepts", volunteer.accept, frozenset({C.ACCEPTED})),
    Scene(at(1, 9), "who was asked refuses", volunteer.refuse, frozenset({C.REFUSED})),
    Scene(at(1, 9), "given back", volunteer.release, frozenset({C.RELEASED})),
    Scene(at(1, 9), "begun", volunteer.start, STARTED),
    Scene(at(1, 9), "taken back", wisher.withdraw, frozenset({C.WITHDRAWN_CLAIMED})),
    Scene(at(2, 10), "handed in", volunteer.hand_in, HANDED_IN),
    Scene(at(2, 10), "confirmed", wisher.confirm, CONFIRMED),
    Scene(at(2, 10), "not done", wisher.deny, frozenset({C.NOT_DONE})),
    Scene(at(2, 10), "staff too soon", staff.confirm_too_soon, SPOKEN_FOR),
    Scene(at(2, 10), "review again", staff.approve, frozenset({C.NOT_DONE})),
    Scene(at(2, 10), "claimed again", volunteer.claim_as_second, frozenset({C.NOT_DONE})),
    Scene(at(2, 10), "begun again", volunteer.start, frozenset({C.NOT_DONE})),
    # An hour more than the 72 that a volunteer has.
    Scene(at(4, 10), "lapsed", volunteer.come_too_late, frozenset({C.LAPSED})),
    Scene(at(4, 10), "begun by another", volunteer.start, frozenset({C.LAPSED})),
    Scene(at(4, 10), "handed in", volunteer.hand_in, frozenset({C.LAPSED, C.NOT_DONE})),
    Scene(at(4, 10), "confirmed", wisher.confirm, frozenset({C.LAPSED, C.NOT_DONE})),
    # Seven days after they were handed in.
    Scene(at(9, 12), "silent wishers", staff.confirm, SPOKEN_FOR),
    Scene(at(9, 12), "expired", volunteer.claim_the_expired, frozenset({C.EXPIRED})),
    Scene(at(10, 10), "handed in late", volunteer.hand_in, frozenset({C.LATE})),
    Scene(at(10, 10), "confirmed late", wisher.confirm, frozenset({C.LATE})),
)
# "64 fulfilled so far": before those that are late.
PUBLISHED_AT = at(9, 18)
EXPIRES_AT, NEEDED_BY = at(8, 0), at(30, 0)
THE_COUNT = at(11, 8)
