"""Redemptions and passes in JSON."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.models.states import RedemptionInput, RedemptionState, VoucherState
from app.packs.breakfast.redeem import Handout
from app.packs.breakfast.reverse import Reversal
from app.packs.breakfast.show import ShownPass
from app.schemas.base import Input, Instant, Output, Why

REDEMPTION_NO_PATTERN = r"^[A-Za-z0-9_-]{6,64}$"
STORE_NO_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
# A pass has some 350 characters.
ScannedText = Annotated[
    str,
    Field(max_length=1_024, description="券码或二维码内容 · a typed code, or the text of a pass"),
]
EXAMPLE_CODE = "7K3M-9QXT-2BDF-H0VN-5"


class FromTill(Input):
    store_no: str | None = Field(
        default=None,
        pattern=STORE_NO_PATTERN,
        description="仅商户系统需要，也可放在查询参数 · merchants' systems only; or in the query",
    )


class RedeemIn(FromTill):
    model_config = ConfigDict(json_schema_extra={"example": {"code": EXAMPLE_CODE}})

    code: ScannedText
    redeemed_at: Instant | None = Field(
        default=None,
        description=(
            "终端时间；与到达时间相差十分钟以内时以此为准 · "
            "the device's time, which counts if it is within ten minutes of arrival"
        ),
    )


class LookUpIn(FromTill):
    model_config = ConfigDict(json_schema_extra={"example": {"code": EXAMPLE_CODE}})

    code: ScannedText


class ReversalIn(FromTill):
    model_config = ConfigDict(json_schema_extra={"example": {"reason": "扫错商品"}})

    reason: Why


class RedemptionOut(Output):
    """A redemption as it stands; only its reversal ever changes it."""

    id: UUID = Field(description="工会后台用的编号 · by this the union's staff find it")
    redemption_no: str
    voucher_id: UUID
    face_value_fen: int
    redeemed_at: Instant
    state: RedemptionState
    input: RedemptionInput
    reversed_at: Instant | None
    reversal_reason: str | None
    test: bool = Field(description="测试券，不发早餐、不结算 · for testing: hand nothing out")


class StaffReversalOut(RedemptionOut):
    reversals_count: int = Field(description="此券已冲正次数 · reversals of this voucher")
    flagged: bool = Field(description="冲正过于频繁 · reversed suspiciously often")

    @classmethod
    def of(cls, reversal: Reversal) -> Self:
        shown = RedemptionOut.model_validate(reversal.redemption)
        return cls(
            **shown.model_dump(),
            reversals_count=reversal.reversals_count,
            flagged=reversal.flagged,
        )


class HandoutOut(Output):
    voucher_id: UUID
    handout: str = Field(description="应交付的物品 · what to hand out")
    face_value_fen: int
    valid_until: Instant
    holder_first_name: str = Field(description="持券人名（不含姓） · given name only")
    state: VoucherState
    test: bool = Field(description="测试券，不发早餐、不结算 · for testing: hand nothing out")

    @classmethod
    def of(cls, handout: Handout) -> Self:
        return cls(
            voucher_id=handout.voucher.id,
            handout=handout.text,
            face_value_fen=handout.voucher.face_value_fen,
            valid_until=handout.voucher.valid_until,
            holder_first_name=handout.holder_first_name,
            state=handout.state,
            test=handout.test,
        )


class PassOut(Output):
    # `pass` is a word of Python's, so the attribute has another name than the field.
    text: str = Field(serialization_alias="pass", description="二维码内容 · the text of the QR")
    code: str = Field(description="扫不出时手工输入 · to type when the QR will not scan")
    expires_at: Instant = Field(description="此前请刷新 · renew it before then")

    @classmethod
    def of(cls, shown: ShownPass) -> Self:
        return cls(text=shown.text, code=shown.code, expires_at=shown.expires_at)
