"""Pure decisions at the till: may this voucher be redeemed here and now, may it be undone.

The order of the checks is the contract's (section 4); so is every figure here.
"""

from datetime import datetime, timedelta

from app.models.states import RedemptionState, StoreState, VoucherState
from app.packs.breakfast.presented import (
    Accepted,
    Contested,
    CounterFacts,
    LiveRedemption,
    Presentation,
    RedemptionFacts,
    Repeated,
    Scan,
    StoreFacts,
    Verdict,
    VoucherFacts,
)
from app.packs.breakfast.redemption_refusals import (
    AlreadyRedeemed,
    AlreadyReversed,
    OutsideHours,
    RedemptionNoReused,
    ReversalWindowOver,
    StoreNotInBatch,
    StoreSuspended,
    TooManyReversals,
    VoucherExpired,
    VoucherNotYetValid,
    VoucherVoid,
)
from app.platform.clock import SHANGHAI
from app.platform.errors import Refusal
from app.shared.counter import judged_at as instant_of
from app.shared.counter.device_time import pass_is_over
from app.shared.counter.refusals import CodeUnknown, PassExpired
from app.shared.identity.hours import DAY_MINUTES, write_minutes

REVERSAL_WINDOW = timedelta(hours=24)
REVERSAL_LIMIT, REVERSAL_FLAG = 10, 3


def judge(presented: Presentation, voucher: VoucherFacts | None, counter: CounterFacts) -> Verdict:
    """What becomes of a voucher at a till, in the contract's order of checks.

    Only a scan that was made offline can be contested, and only where nothing else
    stands in its way: a connected till hears `already_redeemed`, as does the very till
    that was first.
    """
    known = counter.known
    if known is not None and voucher is not None and known.voucher_id == voucher.id:
        return Repeated(known)
    at = judged_at(presented, voucher)
    if voucher is not None and counter.disputed == voucher.id and presented.upload is not None:
        return Contested(at, repeated=True)
    refusal = _number_refusal(presented.scan, voucher, counter)
    if refusal is not None:
        return refusal
    assert voucher is not None, "a scan without a voucher was refused above"
    return _voucher_verdict(presented, voucher, counter, at)


def judged_at(presented: Presentation, voucher: VoucherFacts | None) -> datetime:
    """The instant a presentation counts for (`app/shared/counter/device_time.py`): never
    before the voucher and its pass were made."""
    made = (presented.scan.signed_at, voucher.issued_at if voucher else None)
    return instant_of(presented.arrived, presented.device_at, presented.upload, made=made)


def _number_refusal(
    scan: Scan, voucher: VoucherFacts | None, counter: CounterFacts
) -> Refusal | None:
    if counter.store.state is StoreState.SUSPENDED:
        return StoreSuspended()
    if counter.known is not None:
        return RedemptionNoReused()
    if counter.disputed is not None and (voucher is None or counter.disputed != voucher.id):
        return RedemptionNoReused()
    if scan.fault is not None:
        return scan.fault
    return CodeUnknown() if voucher is None else None


def _voucher_verdict(
    presented: Presentation, voucher: VoucherFacts, counter: CounterFacts, at: datetime
) -> Verdict:
    signed_at = presented.scan.signed_at
    if signed_at is not None and pass_is_over(at, signed_at, presented.upload):
        return PassExpired(signed_at=_shown(signed_at))
    if voucher.state is VoucherState.VOID:
        return VoucherVoid()
    if voucher.state is not VoucherState.REDEEMED:
        return _obstacle(voucher, counter.store, at) or Accepted(at)
    live = counter.live
    if (
        live is not None
        and _was_another_till(presented, counter, live)
        and _obstacle(voucher, counter.store, at) is None
    ):
        return Contested(at)
    return AlreadyRedeemed(
        first=live and {"redeemed_at": _shown(live.redeemed_at), "store_name": live.store_name}
    )


def _obstacle(voucher: VoucherFacts, store: StoreFacts, at: datetime) -> Refusal | None:
    return _time_refusal(voucher, at) or _store_refusal(store, at)


def _was_another_till(presented: Presentation, counter: CounterFacts, live: LiveRedemption) -> bool:
    here = (presented.till.device_id, counter.store.id)
    return presented.upload is not None and (live.device_id, live.store_id) != here


def _time_refusal(voucher: VoucherFacts, at: datetime) -> Refusal | None:
    if at >= voucher.valid_until:
        return VoucherExpired(valid_until=_shown(voucher.valid_until))
    if at < voucher.valid_from:
        return VoucherNotYetValid(valid_from=_shown(voucher.valid_from))
    return None


def _store_refusal(store: StoreFacts, at: datetime) -> Refusal | None:
    if not store.in_batch:
        return StoreNotInBatch()
    if not is_open(store.opens, store.closes, at):
        return OutsideHours(opens=write_minutes(store.opens), closes=write_minutes(store.closes))
    return None


def is_open(opens: int, closes: int, at: datetime) -> bool:
    """Within `[opens, closes)` of today, or of yesterday when closing lies past midnight."""
    local = at.astimezone(SHANGHAI)
    minute = local.hour * 60 + local.minute
    return opens <= minute < closes or opens <= minute + DAY_MINUTES < closes


def reversal_refusal(
    redemption: RedemptionFacts, reversals_count: int, at: datetime
) -> Refusal | None:
    """Why the store may not undo its redemption now. Staff are bound by none but the first."""
    if redemption.state is RedemptionState.REVERSED:
        assert redemption.reversed_at is not None
        return AlreadyReversed(reversed_at=_shown(redemption.reversed_at))
    until = redemption.redeemed_at + REVERSAL_WINDOW
    if at >= until:
        return ReversalWindowOver(until=_shown(until))
    if reversals_count >= REVERSAL_LIMIT:
        return TooManyReversals(limit=REVERSAL_LIMIT)
    return None


def _shown(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat()
