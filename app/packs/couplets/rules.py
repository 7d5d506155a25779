"""Pure decisions about events and reservations: no I/O, no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.models.states import ReservationState
from app.platform.clock import SHANGHAI
from app.platform.errors import StateConflict, Words

# Unless staff say otherwise for an event, in minutes.
RELEASE_BEFORE_MIN, OFFER_VALID_MIN, OFFER_LEAD_MIN = 30, 120, 30
# Of all variants, sites and pairs of one event.
MOST_VARIANTS, MOST_SITES = 50, 50

_S = ReservationState
# state → {act: next state}. `release` is time's act. `collect` of a `no_show`: handed out in
# time by a desk without a network, and written down later.
MOVES: dict[ReservationState, dict[str, ReservationState]] = {
    _S.RESERVED: {
        "cancel": _S.CANCELLED,
        "collect": _S.COLLECTED,
        "release": _S.NO_SHOW,
        "set_recipient": _S.RESERVED,
        "issue_proxy": _S.RESERVED,
    },
    _S.COLLECTED: {"reverse": _S.RESERVED, "reverse_late": _S.NO_SHOW},
    _S.CANCELLED: {},
    _S.NO_SHOW: {"collect": _S.COLLECTED},
}
LIVE = frozenset({_S.RESERVED, _S.COLLECTED})
ENDED = frozenset({_S.CANCELLED, _S.NO_SHOW})

# Why somebody whose turn came was not offered a pair.
CANCELLED_BEFORE, SITE_TOO_NEAR = "cancelled_before", "site_too_near"
# Why nobody offered them anything, as it is read.
LIST_OVER, NOTHING_FREE = "list_over", "nothing_free"
WHY_NOT_WORDS: dict[str, Words] = {
    CANCELLED_BEFORE: Words(
        "本人取消过本场的预约或候补名额", "cancelled a pair of this event, or declined one"
    ),
    SITE_TOO_NEAR: Words(
        "所选地点即将结束，来不及通知", "the chosen site ends too soon to tell them"
    ),
    LIST_OVER: Words("候补已截止，未轮到", "the list is over; it was not their turn"),
    NOTHING_FREE: Words("尚无空出的名额", "nothing has come free yet"),
}


def next_state(state: ReservationState, act: str) -> ReservationState:
    """Raises `StateConflict`."""
    if act not in MOVES[state]:
        raise StateConflict(state=state.value)
    return MOVES[state][act]


def state_at(state: ReservationState, release_at: datetime, now: datetime) -> ReservationState:
    """As it is read: what nobody collected until `release_at` is a no-show, by the rule."""
    is_over = state is ReservationState.RESERVED and now >= release_at
    return ReservationState.NO_SHOW if is_over else state


@dataclass(frozen=True, slots=True)
class Offering:
    """An event's rules for its waiting list, as they bear on one site."""

    reserve_closes_at: datetime
    release_at: datetime
    valid: timedelta
    lead: timedelta

    @property
    def ends_at(self) -> datetime:
        """From then on a pair cannot be reserved for this site any more, by whichever way."""
        return min(self.reserve_closes_at, self.release_at)

    def until(self, now: datetime) -> datetime | None:
        """How long an offer made now stands; None: it is too late to offer anything."""
        if self.ends_at - now <= self.lead:
            return None
        return min(now + self.valid, self.ends_at)


def shown(at: datetime) -> str:
    """An instant as refusals name it."""
    return at.astimezone(SHANGHAI).isoformat()
