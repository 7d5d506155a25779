"""The SQL by which staff look over tills: all redemptions, and all that were refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.models.breakfast import Batch, Redemption, RefusedRedemption, Voucher
from app.models.identity import Member, Store
from app.models.states import RedemptionInput, RedemptionState
from app.platform.db import AnySelect
from app.platform.pages import Keyset

REDEMPTIONS_NEWEST_FIRST = Keyset(Redemption.redeemed_at, Redemption.id, descending=True)
REFUSED_NEWEST_FIRST = Keyset(RefusedRedemption.received_at, RefusedRedemption.id, descending=True)


@dataclass(frozen=True, slots=True)
class OverseenRedemption:
    """`redeemed_at` counts, `device_at` is the till's own clock, `sent_at` that of an upload."""

    id: UUID
    redemption_no: str
    store_no: str
    store_name: str
    device_id: UUID
    voucher_id: UUID
    member_no: str
    face_value_fen: int
    input: RedemptionInput
    state: RedemptionState
    redeemed_at: datetime
    received_at: datetime
    device_at: datetime | None
    sent_at: datetime | None
    device_seq: int | None
    reversed_at: datetime | None
    reversal_reason: str | None
    reversed_by: str | None
    reversals_count: int
    test: bool


@dataclass(frozen=True, slots=True)
class OverseenRefusal:
    """The same refusal of the same number is one row: first at `received_at`, last at `last_at`."""

    id: UUID
    redemption_no: str
    store_no: str
    store_name: str
    device_id: UUID
    code: str
    voucher_id: UUID | None
    input: RedemptionInput
    redeemed_at: datetime
    device_at: datetime | None
    device_seq: int | None
    received_at: datetime
    last_at: datetime
    attempts_count: int


_REDEMPTION = (
    Redemption.id,
    Redemption.redemption_no,
    Store.store_no,
    Store.name,
    Redemption.device_id,
    Redemption.voucher_id,
    Member.member_no,
    Redemption.face_value_fen,
    Redemption.input,
    Redemption.state,
    Redemption.redeemed_at,
    Redemption.received_at,
    Redemption.device_at,
    Redemption.sent_at,
    Redemption.device_seq,
    Redemption.reversed_at,
    Redemption.reversal_reason,
    Redemption.reversed_by,
    Voucher.reversals_count,
    Batch.test,
)
_REFUSAL = (
    RefusedRedemption.id,
    RefusedRedemption.redemption_no,
    Store.store_no,
    Store.name,
    RefusedRedemption.device_id,
    RefusedRedemption.code,
    RefusedRedemption.voucher_id,
    RefusedRedemption.input,
    RefusedRedemption.redeemed_at,
    RefusedRedemption.device_at,
    RefusedRedemption.device_seq,
    RefusedRedemption.received_at,
    RefusedRedemption.last_at,
    RefusedRedemption.attempts_count,
)


def select_redemptions() -> AnySelect:
    return (
        select(*_REDEMPTION)
        .join(Store, Store.id == Redemption.store_id)
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .join(Member, Member.id == Voucher.member_id)
        .join(Batch, Batch.id == Voucher.batch_id)
    )


def select_refusals() -> AnySelect:
    return select(*_REFUSAL).join(Store, Store.id == RefusedRedemption.store_id)


def overseen_redemption(row: Sequence[Any]) -> OverseenRedemption:
    """A row of `select_redemptions`, whatever was added behind it."""
    return OverseenRedemption(*row[: len(_REDEMPTION)])


def overseen_refusal(row: Sequence[Any]) -> OverseenRefusal:
    """A row of `select_refusals`, whatever was added behind it."""
    return OverseenRefusal(*row[: len(_REFUSAL)])
