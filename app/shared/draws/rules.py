"""A draw's life, and a prize's: which moves there are. Pure."""

from collections.abc import Sequence
from datetime import datetime

from app.models.states_draws import AwardState, DrawState
from app.platform.errors import Refusal, StateConflict
from app.shared.draws.refusals import DeadlinePassed

# Anti-Unfair Competition Law, article on sales with prizes: 50,000 yuan.
MOST_VALUE_FEN = 5_000_000

_S, _A = DrawState, AwardState
# state → {act: next state}. A ticket is disqualified after the draw, when it holds a prize.
DRAW_MOVES: dict[DrawState, dict[str, DrawState]] = {
    _S.DRAFT: {"change": _S.DRAFT, "open": _S.OPEN},
    _S.OPEN: {"freeze": _S.FROZEN},
    _S.FROZEN: {"commit": _S.COMMITTED},
    _S.COMMITTED: {"reveal": _S.DRAWN},
    _S.DRAWN: {"disqualify": _S.DRAWN, "expire": _S.DRAWN},
}
AWARD_MOVES: dict[AwardState, dict[str, AwardState]] = {
    _A.AWARDED: {
        "accept": _A.ACCEPTED,
        "expire": _A.EXPIRED,
        "disqualify": _A.DISQUALIFIED,
    },
    _A.ACCEPTED: {"disqualify": _A.DISQUALIFIED},
    _A.EXPIRED: {},
    _A.DISQUALIFIED: {},
}


def next_state(state: DrawState, act: str) -> DrawState:
    """Raises `StateConflict`."""
    if act not in DRAW_MOVES[state]:
        raise StateConflict(state=state.value)
    return DRAW_MOVES[state][act]


def award_state(state: AwardState, accept_before: datetime, now: datetime) -> AwardState:
    """As it is read: what nobody accepted in time has expired, without a job."""
    if state is AwardState.AWARDED and now >= accept_before:
        return AwardState.EXPIRED
    return state


def why_not_accepted(state: AwardState, accept_before: datetime, now: datetime) -> Refusal | None:
    """Why a winner cannot accept any more."""
    as_read = award_state(state, accept_before, now)
    if as_read is AwardState.EXPIRED:
        return DeadlinePassed(deadline_at=accept_before.isoformat())
    return None if "accept" in AWARD_MOVES[as_read] else StateConflict(state=as_read.value)


def is_open(state: DrawState, opens_at: datetime, closes_at: datetime, now: datetime) -> bool:
    """Whether somebody can enter just now."""
    return state is DrawState.OPEN and opens_at <= now < closes_at


def prize_of_unit(unit: int, quantities: Sequence[int]) -> int:
    """To which kind of prize a unit belongs, from 0: units count through the kinds in order."""
    for place, quantity in enumerate(quantities):
        if unit <= quantity:
            return place
        unit -= quantity
    raise ValueError("no such unit")
