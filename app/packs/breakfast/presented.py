"""What a till presents, what it is judged by, and the verdicts. Plain values; those of which each
call makes some are tuples, which are made in a quarter of the time."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.models.states import RedemptionInput, RedemptionState, StoreState, VoucherState
from app.platform.errors import Refusal
from app.shared.counter import Upload
from app.shared.identity.callers import Actor, Till


class Scan(NamedTuple):
    """What the till read: a voucher by its id (pass) or by its code's digest, or a fault.

    A digest a key: which of them stands in the row is not known beforehand.
    """

    input: RedemptionInput
    voucher_id: UUID | None = None
    code_digests: tuple[bytes, ...] = ()
    signed_at: datetime | None = None
    fault: Refusal | None = None


class Presentation(NamedTuple):
    """One voucher at one till. No `redemption_no`: it is only looked at.

    `device_at`: when it was scanned, by the device's clock. No `upload`: the till is connected.
    `actor`: who presents it, for what is written; the till, unless staff decide for it.
    """

    till: Till
    store_no: str | None
    redemption_no: str | None
    scan: Scan
    arrived: datetime
    actor: Actor
    device_at: datetime | None = None
    upload: Upload | None = None


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
    """A redemption as it stands now; only its reversal ever changes it.

    `test`: of a test batch, for which nothing is handed out and nothing is paid.
    """

    id: UUID
    redemption_no: str
    voucher_id: UUID
    face_value_fen: int
    input: RedemptionInput
    state: RedemptionState
    redeemed_at: datetime
    reversed_at: datetime | None = None
    reversal_reason: str | None = None
    test: bool = False


class StoreFacts(NamedTuple):
    """The store that a till speaks for, as it stands to one batch.

    Hours are minutes of the Shanghai day. `test`: the batch is one for testing.
    """

    id: UUID
    name: str
    state: StoreState
    opens: int
    closes: int
    in_batch: bool
    test: bool


class LiveRedemption(NamedTuple):
    """A voucher's redemption that is not reversed: which, and by whom."""

    id: UUID
    redeemed_at: datetime
    store_id: UUID
    store_name: str
    device_id: UUID


class CounterFacts(NamedTuple):
    """Everything beside the voucher that a presentation is judged by.

    `known`: the store's redemption under this number; `disputed`: the voucher of its dispute
    under this number. `live`: the presented voucher's redemption, anywhere.
    """

    store: StoreFacts
    known: RedemptionFacts | None = None
    disputed: UUID | None = None
    live: LiveRedemption | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """May be redeemed; `at` is the instant it counts for."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Repeated:
    """This number redeemed this voucher before: its first answer stands."""

    redemption: RedemptionFacts


@dataclass(frozen=True, slots=True)
class Contested:
    """Another till was first. `repeated`: the dispute is known from an earlier upload."""

    at: datetime
    repeated: bool = False


Verdict = Accepted | Repeated | Contested | Refusal
