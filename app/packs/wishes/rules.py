"""Pure decisions about wishes and their claims: no I/O, no clock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.models.states import ClaimState, Urgency, WishFlag, WishState
from app.packs.wishes.refusals import (
    AlreadyClaimed,
    ClaimCooldown,
    ClaimExpired,
    OwnWish,
    VolunteerNotSuitable,
)
from app.platform.clock import SHANGHAI
from app.platform.errors import Refusal, StateConflict
from app.shared.stock.refusals import LimitReached

CLAIMS_RULE, WISHES_RULE = "open_claims_per_volunteer", "open_wishes_per_member"
# A volunteer is told so long before the claim lapses.
WARNED_BEFORE = timedelta(hours=24)
# A wisher who says nothing for so long may be spoken for by staff.
SILENCE = timedelta(days=7)
# Wishes of one member are called similar from here on.
SIMILAR_FROM = 0.6

_S = WishState
# state → {act: next state}. `lapse` and `expire` are time's acts; the others somebody's.
# `endorse` is the first of two approvals, `deny` the wisher's "not done".
WISH_MOVES: dict[WishState, dict[str, WishState]] = {
    _S.PENDING_REVIEW: {
        "endorse": _S.PENDING_REVIEW,
        "approve": _S.OPEN,
        "reject": _S.REJECTED,
        "withdraw": _S.WITHDRAWN,
    },
    _S.OPEN: {
        "dispatch": _S.OPEN,
        "claim": _S.CLAIMED,
        "withdraw": _S.WITHDRAWN,
        "expire": _S.EXPIRED,
    },
    _S.CLAIMED: {
        "start": _S.IN_PROGRESS,
        "release": _S.OPEN,
        "lapse": _S.OPEN,
        "withdraw": _S.WITHDRAWN,
    },
    _S.IN_PROGRESS: {"submit": _S.SUBMITTED, "release": _S.OPEN, "withdraw": _S.WITHDRAWN},
    _S.SUBMITTED: {"confirm": _S.FULFILLED, "deny": _S.PENDING_REVIEW},
    _S.FULFILLED: {"rate": _S.FULFILLED},
    _S.REJECTED: {},
    _S.WITHDRAWN: {},
    _S.EXPIRED: {},
}

# What an act makes of the live claim; acts that are not here leave it alone.
CLAIM_AFTER: dict[str, ClaimState] = {
    "start": ClaimState.IN_PROGRESS,
    "submit": ClaimState.SUBMITTED,
    "release": ClaimState.RELEASED,
    "lapse": ClaimState.LAPSED,
    "withdraw": ClaimState.WITHDRAWN,
    "confirm": ClaimState.FULFILLED,
    "deny": ClaimState.NOT_DONE,
}

LIVE_CLAIMS = frozenset({ClaimState.CLAIMED, ClaimState.IN_PROGRESS, ClaimState.SUBMITTED})
TAKEN = frozenset({_S.CLAIMED, _S.IN_PROGRESS, _S.SUBMITTED})
ENDED = frozenset({_S.FULFILLED, _S.REJECTED, _S.WITHDRAWN, _S.EXPIRED})
# What any member may look at, once it was approved.
PUBLIC = frozenset({_S.OPEN, *TAKEN, _S.FULFILLED})

# The soonest first.
URGENCIES = tuple(Urgency)


def is_lapsed(claim: ClaimState, start_before: datetime, now: datetime) -> bool:
    """A claim that was not started in time has lapsed, by the rule, without a job."""
    return claim is ClaimState.CLAIMED and now >= start_before


def wish_state(
    decided: WishState,
    needed_by: datetime,
    claim: tuple[ClaimState, datetime] | None,
    now: datetime,
) -> WishState:
    """As it is read. `decided` is the row's; `claim` the live one's state and its last instant
    to be started, if there is one.

    Only what is open expires: staff owe every wish under review an answer, however late.
    """
    if decided is not WishState.OPEN:
        return decided
    if claim is not None and not is_lapsed(*claim, now):
        return WishState(claim[0].value)
    return WishState.EXPIRED if now >= needed_by else WishState.OPEN


def next_state(state: WishState, act: str) -> WishState:
    """Raises `StateConflict`."""
    if act not in WISH_MOVES[state]:
        raise StateConflict(state=state.value)
    return WISH_MOVES[state][act]


def start_before(claimed_at: datetime, start_within_h: int, needed_by: datetime) -> datetime:
    """Until when a claim must be started: the kind's hours, and not past the wish's own end."""
    return min(claimed_at + timedelta(hours=start_within_h), needed_by)


def claim_refusal(state: ClaimState, starts_before: datetime, now: datetime) -> Refusal | None:
    """Why its volunteer cannot go on with a claim, whatever the act; None if it is live."""
    if state is ClaimState.LAPSED or is_lapsed(state, starts_before, now):
        return ClaimExpired(start_before=_shown(starts_before))
    return None if state in LIVE_CLAIMS else StateConflict(state=state.value)


@dataclass(frozen=True, slots=True)
class Limits:
    """A campaign's, by natural person, whatever the accounts. The contract's are the edition's:
    whoever holds three wishes starts none of them soon, and who has two open has been heard."""

    open_claims: int = 3
    open_wishes: int = 2
    cooldown_h: int = 24
    similar_days: int = 30
    version: int = 1

    @property
    def cooldown(self) -> timedelta:
        """Not the same volunteer again so soon after giving a wish back or letting it lapse."""
        return timedelta(hours=self.cooldown_h)

    @property
    def similar_within(self) -> timedelta:
        """A member's wishes of so long before are compared with a new one."""
        return timedelta(days=self.similar_days)


@dataclass(frozen=True, slots=True)
class Suitability:
    """What staff have recorded of a volunteer."""

    is_adult: bool
    is_trained: bool
    is_healthy: bool

    @property
    def suits(self) -> bool:
        return self.is_adult and self.is_trained and self.is_healthy


@dataclass(frozen=True, slots=True)
class Attempt:
    """A volunteer who wants a wish, and how the wish stands. `left_at`: when this volunteer
    last gave it back or let it lapse; `open_claims` of the person, not of the account."""

    state: WishState
    is_own: bool
    open_claims: int
    left_at: datetime | None
    flags: Collection[WishFlag]
    suitability: Suitability | None
    limits: Limits = Limits()


def why_not(attempt: Attempt, now: datetime) -> Refusal | None:
    """The first refusal that a claim meets, in the contract's order."""
    until = attempt.left_at + attempt.limits.cooldown if attempt.left_at else now
    most = attempt.limits.open_claims
    suits = attempt.suitability is not None and attempt.suitability.suits
    hurdles: tuple[tuple[bool, Refusal], ...] = (
        (attempt.state in TAKEN, AlreadyClaimed()),
        (attempt.is_own, OwnWish()),
        (attempt.open_claims >= most, LimitReached(rule=CLAIMS_RULE, limit=most)),
        (now < until, ClaimCooldown(until=_shown(until))),
        (bool(attempt.flags) and not suits, VolunteerNotSuitable(flags=sorted(attempt.flags))),
        (attempt.state is not WishState.OPEN, StateConflict(state=attempt.state.value)),
    )
    return next((refusal for stands, refusal in hurdles if stands), None)


def _shown(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat()
