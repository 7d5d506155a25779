"""Disputes in JSON: a voucher that two tills took."""

from uuid import UUID

from pydantic import ConfigDict, Field

from app.models.states import (
    DisputeDecision,
    DisputeState,
    RedemptionInput,
    RedemptionState,
)
from app.schemas.base import Instant, Output, StaffInput, Why


class DecisionIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"decision": "both_paid", "reason": "两店均为断网核销，小票齐全"}
        }
    )

    decision: DisputeDecision = Field(
        description=(
            "`first_stands` 以先到为准；`second_stands` 冲正先到、以后到为准；"
            "`both_paid` 以先到为准，另补偿后到门店面值 · the first stands; "
            "the second takes its place; the first stands and the second store is paid as well"
        )
    )
    reason: Why


class ScanOut(Output):
    """One of the two scans, as it was made and as it arrived."""

    store_no: str
    store_name: str
    redemption_no: str
    input: RedemptionInput
    redeemed_at: Instant = Field(description="计入的时间（已校正） · the time that counts")
    device_at: Instant | None = Field(description="终端时间 · by the device's own clock")
    sent_at: Instant | None = Field(description="补传时间；空为联网核销 · null: it was connected")
    received_at: Instant = Field(description="到达时间 · its arrival")
    device_seq: int | None


class OwnDisputeOut(Output):
    """A dispute as either of its stores sees it."""

    id: UUID
    voucher_id: UUID
    face_value_fen: int
    state: DisputeState
    first: ScanOut = Field(description="先到的核销 · the scan that came first")
    second: ScanOut = Field(description="后到的核销 · the scan that came second")
    decision: DisputeDecision | None
    compensation_fen: int = Field(description="补偿后到门店 · paid to the second store, fen")
    reason: str | None
    decided_at: Instant | None
    test: bool = Field(description="测试券，不补偿 · for testing: nobody is paid")


class DisputeOut(OwnDisputeOut):
    """A dispute as staff see it."""

    first_redemption_id: UUID
    first_state: RedemptionState = Field(description="先到的核销现状 · reversed since, or not")
    second_redemption_id: UUID | None
    decided_by: str | None
