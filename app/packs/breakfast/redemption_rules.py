"""Pure decisions at the till: may this voucher be redeemed here and now, may it be undone.

The order of the checks is the contract's (section 4); so is every figure here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.models.states import RedemptionInput, RedemptionState, StoreState, VoucherState
from app.packs.breakfast.redemption_refusals import (
    AlreadyRedeemed,
    AlreadyReversed,
    CodeUnknown,
    OutsideHours,
    PassExpired,
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
from app.shared.identity.hours import DAY_MINUTES, write_minutes

PASS_LIFE = timedelta(seconds=60)
DEVICE_TIME_TRUSTED = timedelta(minutes=10)
REVERSAL_WINDOW = timedelta(hours=24)
REVERSAL_LIMIT, REVERSAL_FLAG = 10, 3

# Family names of two characters; every other has one.
_COMPOUND = (
    "欧阳上官司马司徒司空诸葛皇甫尉迟公孙慕容令狐长孙宇文端木东方南宫夏侯轩辕独孤申屠"
    "太史闻人澹台公冶宗政濮阳淳于单于太叔公羊赫连钟离百里呼延西门东郭"
)
COMPOUND_FAMILY_NAMES = frozenset(
    _COMPOUND[start : start + 2] for start in range(0, len(_COMPOUND), 2)
)


@dataclass(frozen=True, slots=True)
class Scan:
    """What the till read: a voucher by its id (pass) or by its code's digest, or a fault."""

    input: RedemptionInput
    voucher_id: UUID | None = None
    code_digest: bytes | None = None
    signed_at: datetime | None = None
    fault: Refusal | None = None


@dataclass(frozen=True, slots=True)
class VoucherFacts:
    id: UUID
    batch_id: UUID
    member_id: UUID
    state: VoucherState
    face_value_fen: int
    issued_at: datetime
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class RedemptionFacts:
    """A redemption as it stands now; only its reversal ever changes it."""

    id: UUID
    redemption_no: str
    voucher_id: UUID
    face_value_fen: int
    input: RedemptionInput
    state: RedemptionState
    redeemed_at: datetime
    reversed_at: datetime | None = None
    reversal_reason: str | None = None


@dataclass(frozen=True, slots=True)
class CounterFacts:
    """The store, as it stands to one number and one voucher.

    `known`: its redemption under that number. `first_*`: the voucher's redemption
    that is not reversed, anywhere. Hours are minutes of the Shanghai day.
    """

    store_id: UUID
    store_state: StoreState
    opens: int
    closes: int
    in_batch: bool
    known: RedemptionFacts | None
    first_redeemed_at: datetime | None
    first_store_name: str | None


def judged_at(
    arrived: datetime, device_time: datetime | None, scan: Scan, voucher: VoucherFacts | None
) -> datetime:
    """The instant a redemption counts for.

    The device's own time if it lies within ten minutes of arrival, else arrival;
    never after arrival, and never before the voucher and its pass were made, so
    that a till whose clock is off by minutes refuses nobody.
    """
    if device_time is None or abs(arrived - device_time) > DEVICE_TIME_TRUSTED:
        return arrived
    made = [scan.signed_at or device_time, voucher.issued_at if voucher else device_time]
    return min(arrived, max(device_time, *made))


def is_repeat(counter: CounterFacts, voucher: VoucherFacts | None) -> bool:
    """The same number for the same voucher, by code or by pass: its first answer stands."""
    known = counter.known
    return known is not None and voucher is not None and known.voucher_id == voucher.id


def redemption_refusal(
    scan: Scan, voucher: VoucherFacts | None, counter: CounterFacts, at: datetime
) -> Refusal | None:
    """The first reason not to redeem, once it is known that this is no repeat."""
    if counter.store_state is StoreState.SUSPENDED:
        return StoreSuspended()
    if counter.known is not None:
        return RedemptionNoReused()
    if scan.fault is not None:
        return scan.fault
    if voucher is None:
        return CodeUnknown()
    if scan.signed_at is not None and at >= scan.signed_at + PASS_LIFE:
        return PassExpired(signed_at=_shown(scan.signed_at))
    return _voucher_refusal(voucher, counter, at) or _store_refusal(counter, at)


def _voucher_refusal(voucher: VoucherFacts, counter: CounterFacts, at: datetime) -> Refusal | None:
    if voucher.state is VoucherState.VOID:
        return VoucherVoid()
    if voucher.state is VoucherState.REDEEMED:
        first_at = counter.first_redeemed_at
        return AlreadyRedeemed(
            first={
                "redeemed_at": first_at and _shown(first_at),
                "store_name": counter.first_store_name,
            }
        )
    if at >= voucher.valid_until:
        return VoucherExpired(valid_until=_shown(voucher.valid_until))
    if at < voucher.valid_from:
        return VoucherNotYetValid(valid_from=_shown(voucher.valid_from))
    return None


def _store_refusal(counter: CounterFacts, at: datetime) -> Refusal | None:
    if not counter.in_batch:
        return StoreNotInBatch()
    if not is_open(counter.opens, counter.closes, at):
        return OutsideHours(
            opens=write_minutes(counter.opens), closes=write_minutes(counter.closes)
        )
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


def given_name(name: str) -> str:
    """What a clerk may say aloud: the name without its family name.

    王小明 → 小明, 欧阳修 → 修, 买买提·艾山 → 买买提, John Smith → John.
    A name of one character is not said at all.
    """
    for separator in ("·", "•", " "):
        if separator in name:
            return name.split(separator, maxsplit=1)[0]
    if len(name) > 2 and name[:2] in COMPOUND_FAMILY_NAMES:
        return name[2:]
    return name[1:] or "*"


def _shown(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat()
