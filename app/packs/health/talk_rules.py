"""Pure decisions about talks and the places at them: no I/O, no clock."""

from datetime import datetime, timedelta

from app.models.states_appointments import RegistrationState, ReplayFor
from app.platform.errors import DeadlinePassed, Refusal, StateConflict
from app.shared.draws.commitment_rules import shown_time
from app.shared.stock.refusals import NotOpen

# From so long before a talk begins staff may record who is there.
DOORS_OPEN_BEFORE = timedelta(hours=2)
MOST_PLACES = 100_000

_R = RegistrationState
# state → {act: next state}. `undo` is for who was recorded by mistake.
MOVES: dict[RegistrationState, dict[str, RegistrationState]] = {
    _R.REGISTERED: {"cancel": _R.CANCELLED, "attend": _R.ATTENDED},
    _R.ATTENDED: {"undo": _R.REGISTERED},
    _R.CANCELLED: {},
}


def next_state(state: RegistrationState, act: str) -> RegistrationState:
    """Raises `StateConflict`."""
    if act not in MOVES[state]:
        raise StateConflict(state=state.value)
    return MOVES[state][act]


def why_not_given_up(starts_at: datetime, now: datetime) -> Refusal | None:
    """A place is of use to nobody else once the talk has begun."""
    return DeadlinePassed(deadline_at=shown_time(starts_at)) if now >= starts_at else None


def why_not_recorded(starts_at: datetime, now: datetime) -> Refusal | None:
    """Nobody has been at a talk whose doors are shut. Afterwards a list may still be entered."""
    opens_at = starts_at - DOORS_OPEN_BEFORE
    return NotOpen(opens_at=shown_time(opens_at)) if now < opens_at else None


def sees_replay(
    replay_for: ReplayFor, ends_at: datetime, now: datetime, *, has_place: bool
) -> bool:
    """Once a talk is over; whether somebody came to it does not matter."""
    return now >= ends_at and (has_place or replay_for is ReplayFor.EVERYBODY)
