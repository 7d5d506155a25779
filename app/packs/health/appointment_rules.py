"""Pure decisions about appointments: no I/O, no clock."""

from datetime import datetime, timedelta

from app.models.states_appointments import AppointmentState
from app.platform.errors import DeadlinePassed, Refusal, StateConflict
from app.shared.draws.commitment_rules import shown_time
from app.shared.stock.refusals import NotOpen

# A slot is held so long while the consent is read, and never past its beginning.
HELD_FOR = timedelta(minutes=15)
# From so long before its beginning somebody who has come is checked in.
CHECK_IN_BEFORE = timedelta(hours=1)

_A = AppointmentState
# state → {act: next state}. `lapse` and `miss` are time's acts. `fulfil` of a `no_show`: who came
# and was not checked in. `correct` is for what should never have been written down.
MOVES: dict[AppointmentState, dict[str, AppointmentState]] = {
    _A.PENDING: {
        "confirm": _A.BOOKED,
        "cancel": _A.CANCELLED,
        "lapse": _A.CANCELLED,
        "correct": _A.ENTERED_IN_ERROR,
    },
    _A.BOOKED: {
        "move": _A.BOOKED,
        "cancel": _A.CANCELLED,
        "check_in": _A.CHECKED_IN,
        "miss": _A.NO_SHOW,
        "correct": _A.ENTERED_IN_ERROR,
    },
    _A.CHECKED_IN: {"fulfil": _A.FULFILLED, "correct": _A.ENTERED_IN_ERROR},
    _A.FULFILLED: {"correct": _A.ENTERED_IN_ERROR},
    _A.NO_SHOW: {"fulfil": _A.FULFILLED, "correct": _A.ENTERED_IN_ERROR},
    _A.CANCELLED: {},
    _A.ENTERED_IN_ERROR: {},
}
ENDED = frozenset({_A.FULFILLED, _A.NO_SHOW, _A.CANCELLED, _A.ENTERED_IN_ERROR})
# What gives its slot back.
GIVEN_UP = frozenset({_A.CANCELLED, _A.ENTERED_IN_ERROR})
HOLDING = frozenset(_A) - GIVEN_UP
# Somebody is still to come.
AHEAD = frozenset({_A.PENDING, _A.BOOKED, _A.CHECKED_IN})
# What is of no use any more once the slot has begun.
_BEFORE_IT_BEGINS = frozenset({"confirm", "cancel", "move"})


def next_state(state: AppointmentState, act: str) -> AppointmentState:
    """Raises `StateConflict`."""
    if act not in MOVES[state]:
        raise StateConflict(state=state.value)
    return MOVES[state][act]


def state_at(
    decided: AppointmentState, hold_until: datetime | None, ends_at: datetime, now: datetime
) -> AppointmentState:
    """As it is read: what was held for too long is cancelled, and nobody comes to what is over."""
    if decided is _A.PENDING and hold_until is not None and now >= hold_until:
        return _A.CANCELLED
    if decided is _A.BOOKED and now >= ends_at:
        return _A.NO_SHOW
    return decided


def act_of_time(decided: AppointmentState, read: AppointmentState) -> str | None:
    """What time has done that is not written down yet."""
    if decided is read:
        return None
    return "lapse" if decided is _A.PENDING else "miss"


def hold_until(now: datetime, starts_at: datetime) -> datetime:
    return min(now + HELD_FOR, starts_at)


def why_not_now(act: str, starts_at: datetime, now: datetime) -> Refusal | None:
    """Why the time does not allow what the state would."""
    if act in _BEFORE_IT_BEGINS and now >= starts_at:
        return DeadlinePassed(deadline_at=shown_time(starts_at))
    opens_at = starts_at - CHECK_IN_BEFORE
    if act == "check_in" and now < opens_at:
        return NotOpen(opens_at=shown_time(opens_at))
    return None
