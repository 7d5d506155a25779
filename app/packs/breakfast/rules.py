"""Pure decisions about batches and vouchers: no I/O, no clock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.models.states import Category, PoolState, VoucherState
from app.packs.breakfast.refusals import BatchEnded, BatchPaused
from app.platform.clock import SHANGHAI, day_end
from app.platform.errors import Refusal
from app.shared.identity.refusals import NotEligible
from app.shared.stock.refusals import LimitReached, NotOpen, SoldOut

# state → {act: next state}. Pausing and ending stop issuing only.
BATCH_MOVES: dict[PoolState, dict[str, PoolState]] = {
    PoolState.DRAFT: {"start": PoolState.RUNNING},
    PoolState.RUNNING: {"pause": PoolState.PAUSED, "end": PoolState.ENDED},
    PoolState.PAUSED: {"resume": PoolState.RUNNING, "end": PoolState.ENDED},
    PoolState.ENDED: {},
}

# redeem and reverse are the tills' acts; expiry is read, never moved to.
VOUCHER_MOVES: dict[VoucherState, dict[str, VoucherState]] = {
    VoucherState.ISSUED: {"redeem": VoucherState.REDEEMED, "void": VoucherState.VOID},
    VoucherState.REDEEMED: {"reverse": VoucherState.ISSUED},
    VoucherState.EXPIRED: {},
    VoucherState.VOID: {},
}


def batch_state(state: PoolState, closes_at: datetime, now: datetime) -> PoolState:
    """As it is read: what was started has ended once its window is over."""
    if state in {PoolState.RUNNING, PoolState.PAUSED} and now >= closes_at:
        return PoolState.ENDED
    return state


def voucher_state(state: VoucherState, valid_until: datetime, now: datetime) -> VoucherState:
    """As it is read: an issued voucher expires by the rule, without a job."""
    if state is VoucherState.ISSUED and now >= valid_until:
        return VoucherState.EXPIRED
    return state


def is_eligible(held: Collection[Category], eligible: Collection[str]) -> bool:
    """Any of the batch's categories will do; a batch that names none is for every member."""
    return not eligible or any(category in held for category in eligible)


@dataclass(frozen=True, slots=True)
class Validity:
    valid_from: datetime
    valid_until: datetime


def validity(issued_at: datetime, valid_days: int, valid_from: datetime | None) -> Validity:
    """From issue (or the batch's `valid_from`, if later) to 24:00 Shanghai of the n-th day.

    The day it begins is the first day.
    """
    begins = max(issued_at, valid_from) if valid_from else issued_at
    first_day = begins.astimezone(SHANGHAI).date()
    return Validity(begins, day_end(first_day + timedelta(days=valid_days - 1)))


@dataclass(frozen=True, slots=True)
class Limits:
    """What one person may take of a limit group; None is no limit."""

    per_person_per_day: int | None
    per_person_total: int | None

    def reached(self, used_day: int, used_total: int) -> tuple[str, int] | None:
        """The rule that stands in the way of one more, with its number."""
        if self.per_person_total is not None and used_total >= self.per_person_total:
            return "per_person_total", self.per_person_total
        if self.per_person_per_day is not None and used_day >= self.per_person_per_day:
            return "per_person_per_day", self.per_person_per_day
        return None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a batch has, and asks of whoever wants a voucher of it. `state` as it is read;
    `is_closed`: staff have closed the pack."""

    state: PoolState
    opens_at: datetime
    eligible: Collection[str]
    limits: Limits
    free: int
    is_closed: bool = False


def why_not(
    offer: Offer, held: Collection[Category], *, used_day: int, used_total: int, now: datetime
) -> type[Refusal] | None:
    """The first refusal that a claim would meet, in the order in which it meets them."""
    hurdles: tuple[tuple[type[Refusal], bool], ...] = (
        (NotEligible, not is_eligible(held, offer.eligible)),
        (BatchEnded, offer.state is PoolState.ENDED),
        (NotOpen, offer.is_closed or now < offer.opens_at),
        (BatchPaused, offer.state is PoolState.PAUSED),
        (LimitReached, offer.limits.reached(used_day, used_total) is not None),
        (SoldOut, offer.free == 0),
    )
    return next((refusal for refusal, stands in hurdles if stands), None)


def next_day_start(today: date) -> datetime:
    """When a limit a day gives room again."""
    return day_end(today)


def added_fen(before: int, total: int, face_value_fen: int, *, test: bool) -> int:
    """The money that a new total adds: units at face value. A test's vouchers are never paid."""
    return 0 if test else max(0, total - before) * face_value_fen
