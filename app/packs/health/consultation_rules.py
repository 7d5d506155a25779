"""Pure decisions about consultations: their life, and what somebody without a name is called."""

from random import Random

from app.models.states_health import ConsultationState
from app.platform.errors import StateConflict

_S = ConsultationState
# state → {act: next state}. `withdraw` is the withdrawal of the consent.
CONSULTATION_MOVES: dict[ConsultationState, dict[str, ConsultationState]] = {
    _S.WAITING: {
        "write": _S.WAITING,
        "take": _S.TAKEN,
        "close": _S.CLOSED,
        "withdraw": _S.CLOSED,
    },
    _S.TAKEN: {
        "write": _S.TAKEN,
        "hand_over": _S.WAITING,
        "close": _S.CLOSED,
        "withdraw": _S.CLOSED,
    },
    _S.CLOSED: {},
}
# Without letters and digits that are read for one another.
_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 6


def next_state(state: ConsultationState, act: str) -> ConsultationState:
    """Raises `StateConflict`."""
    if act not in CONSULTATION_MOVES[state]:
        raise StateConflict(state=state.value)
    return CONSULTATION_MOVES[state][act]


def states_for(act: str) -> list[ConsultationState]:
    """In which it is allowed: the condition under which a row is moved."""
    return [state for state, moves in CONSULTATION_MOVES.items() if act in moves]


def new_pseudonym(generator: Random) -> str:
    """By chance, so that two threads of one member have nothing in common."""
    return "来访者-" + "".join(generator.choice(_SIGNS) for _ in range(_LENGTH))
