"""Redemptions and refusals as staff see them, in JSON."""

from typing import Self
from uuid import UUID

from pydantic import Field

from app.models.states import RedemptionInput, RedemptionState
from app.packs.breakfast.oversight_queries import OverseenRedemption
from app.packs.breakfast.redemption_rules import REVERSAL_FLAG
from app.schemas.base import Instant, Output


class OverseenRedemptionOut(Output):
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
    redeemed_at: Instant = Field(description="计入的时间 · the time that counts")
    received_at: Instant = Field(description="到达时间 · its arrival")
    device_at: Instant | None = Field(description="终端时间 · by the device's own clock")
    sent_at: Instant | None = Field(description="补传时间；空为联网核销 · null: it was connected")
    device_seq: int | None
    reversed_at: Instant | None
    reversal_reason: str | None
    reversed_by: str | None
    reversals_count: int = Field(description="此券已冲正次数 · reversals of this voucher")
    flagged: bool = Field(description="冲正过于频繁 · reversed suspiciously often")
    test: bool

    @classmethod
    def of(cls, redemption: OverseenRedemption) -> Self:
        flagged = redemption.reversals_count >= REVERSAL_FLAG and not redemption.test
        columns = {name: getattr(redemption, name) for name in redemption.__dataclass_fields__}
        return cls(**columns, flagged=flagged)


class OverseenRefusalOut(Output):
    """The same refusal of the same number again is the same row, counted."""

    id: UUID
    redemption_no: str
    store_no: str
    store_name: str
    device_id: UUID
    code: str = Field(description="拒绝的原因代码 · the refusal's code")
    voucher_id: UUID | None
    input: RedemptionInput
    redeemed_at: Instant
    device_at: Instant | None
    device_seq: int | None
    received_at: Instant = Field(description="首次 · first")
    last_at: Instant = Field(description="最近一次 · last")
    attempts_count: int
