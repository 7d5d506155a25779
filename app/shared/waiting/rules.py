"""Pure decisions about offers: no I/O, no clock."""

from datetime import datetime

from app.models.states import OfferState
from app.platform.clock import SHANGHAI
from app.platform.errors import Refusal, StateConflict, Words
from app.shared.waiting.refusals import OfferExpired

# Why somebody was not offered anything, as staff read it. The first is this room's own.
HOLDS_ONE = "holds_one"
PASSED_OVER_WORDS: dict[str, Words] = {
    HOLDS_ONE: Words("已持有一份", "holds a unit already"),
}


def offer_state(state: OfferState, expires_at: datetime, now: datetime) -> OfferState:
    """As it is read: one past its due time has lapsed, whoever has written that down."""
    is_over = state is OfferState.OPEN and now >= expires_at
    return OfferState.LAPSED if is_over else state


def offer_refusal(state: OfferState, expires_at: datetime, now: datetime) -> Refusal | None:
    """Why an offer cannot be accepted or declined any more; None if it stands."""
    read = offer_state(state, expires_at, now)
    if read is OfferState.LAPSED:
        return OfferExpired(expires_at=expires_at.astimezone(SHANGHAI).isoformat())
    return None if read is OfferState.OPEN else StateConflict(state=read.value)
