"""Scans that were made without a network, in JSON: each item stands or falls alone."""

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from app.packs.breakfast.counter import Disputed, Outcome, Redeemed
from app.packs.breakfast.upload import OfflineScan
from app.platform.errors import Refusal
from app.schemas.base import FieldProblem, Input, Instant, Output
from app.schemas.redemptions import (
    EXAMPLE_CODE,
    REDEMPTION_NO_PATTERN,
    FromTill,
    RedemptionOut,
    ScannedText,
)
from app.schemas.uploaded import MOST_ITEMS, BadItem, UploadOutcome, read_alone, verdict_of


class UploadItem(Input):
    redemption_no: str = Field(
        pattern=REDEMPTION_NO_PATTERN,
        description="门店自编单号，本店内唯一 · the store's own number, unique in the store",
    )
    code: ScannedText
    redeemed_at: Instant = Field(description="扫码时的终端时间 · the device's time of the scan")
    device_seq: Annotated[int, Field(ge=0, lt=2**63, strict=True)] | None = Field(
        default=None, description="终端内的流水号 · the scan's number on its device"
    )

    @property
    def scan(self) -> OfflineScan:
        return OfflineScan(self.redemption_no, self.code, self.redeemed_at, self.device_seq)


ReadItem = Annotated[UploadItem | SkipJsonSchema[BadItem], read_alone(UploadItem, "redemption_no")]


class UploadIn(FromTill):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "sent_at": "2023-01-05T12:00:00+08:00",
                "items": [
                    {
                        "redemption_no": "T1-20230105-0001",
                        "code": EXAMPLE_CODE,
                        "redeemed_at": "2023-01-05T08:00:00+08:00",
                        "device_seq": 1,
                    }
                ],
            }
        }
    )

    sent_at: Instant = Field(
        description=(
            "发送时的终端时间；用来校正各条的 redeemed_at · the device's time of sending, "
            "by which every redeemed_at is put right"
        )
    )
    items: list[ReadItem] = Field(max_length=MOST_ITEMS)

    @property
    def scans(self) -> list[OfflineScan]:
        """What could be read, in order."""
        return [item.scan for item in self.items if isinstance(item, UploadItem)]


class FirstRedemption(Output):
    """Where and when a voucher was redeemed first."""

    redeemed_at: Instant
    store_name: str


class UploadResult(Output):
    """What became of one item. Sent again, a refused one is decided anew."""

    redemption_no: str | None = Field(description="无法读取时为空 · null if it could not be read")
    outcome: UploadOutcome
    code: str | None = Field(description="未受理的原因代码 · the refusal's code")
    detail: str | None = Field(description="原因 · the reason in words")
    redemption: RedemptionOut | None = Field(description="已核销的记录 · what was redeemed")
    first: FirstRedemption | None = Field(
        description="先核销的门店与时间 · who was first, and when"
    )
    errors: list[FieldProblem] | None = Field(description="有误的字段 · the fields that are wrong")

    @classmethod
    def of(cls, redemption_no: str, outcome: Outcome, detail: str | None) -> "UploadResult":
        """Of an item that was judged; `detail` for a refusal or a dispute."""
        word, code = verdict_of(outcome, Redeemed, "already_redeemed")
        return cls(
            redemption_no=redemption_no,
            outcome=word,
            code=code,
            detail=detail,
            redemption=(
                RedemptionOut.model_validate(outcome.redemption)
                if isinstance(outcome, Redeemed)
                else None
            ),
            first=_first(outcome),
            errors=None,
        )


class UploadOut(Output):
    results: list[UploadResult] = Field(description="与 items 次序相同 · in the order of items")


def _first(outcome: Outcome) -> FirstRedemption | None:
    facts = outcome.facts.get("first") if isinstance(outcome, Refusal) else None
    if isinstance(outcome, Disputed):
        facts = outcome.first
    return FirstRedemption.model_validate(facts) if facts else None
