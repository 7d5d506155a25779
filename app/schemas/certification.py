"""Test codes in JSON."""

from typing import Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.packs.breakfast.certification import CertificationCode, CertificationSet
from app.packs.breakfast.certification_cases import Act, CaseName
from app.schemas.base import Instant, Output, StaffInput
from app.schemas.breakfast import StoreNo
from app.schemas.redemptions import EXAMPLE_CODE, FromTill, ScannedText
from app.schemas.seed_ids import FIRST_STORE_NO


class CertificationIn(StaffInput):
    model_config = ConfigDict(json_schema_extra={"example": {"store_no": FIRST_STORE_NO}})

    store_no: StoreNo = Field(description="为哪家门店 · for which store")


class CertificationCodeOut(Output):
    """One case. Whatever of `code`, `pass` and `redemption_no` is there gets the announced
    answer."""

    case: CaseName
    act: Act = Field(
        description=(
            "`redeem` 核销（查验同此）；`upload` 作为离线核销补传；`reverse` 冲正该单号 · "
            "redeem it (or look it up); upload it as scanned offline; reverse that number"
        )
    )
    expected: str = Field(
        description="应得的答复：accepted、disputed 或拒绝代码 · accepted, disputed or the refusal",
        examples=["voucher_expired"],
    )
    code: str | None = Field(description="手工输入的券码 · to type", examples=[EXAMPLE_CODE])
    # `pass` is a word of Python's, so the attribute has another name than the field.
    text: str | None = Field(serialization_alias="pass", description="二维码内容 · to scan")
    redemption_no: str | None = Field(description="待冲正的核销单号 · the number to reverse")
    about: str

    @classmethod
    def of(cls, code: CertificationCode) -> Self:
        case = code.case
        return cls(
            case=case.name,
            act=case.act,
            expected=case.expected,
            code=code.code,
            text=code.text,
            redemption_no=code.redemption_no,
            about=f"{case.about.zh} · {case.about.en}",
        )


class CertificationOut(Output):
    """A set of test codes; its cases are those of the list in `docs/for-stores.md`."""

    batch_id: UUID
    store_no: str
    made_at: Instant
    valid_until: Instant = Field(description="可核销各券的有效期 · of those that can be redeemed")
    codes: list[CertificationCodeOut]

    @classmethod
    def of(cls, made: CertificationSet) -> Self:
        return cls(
            batch_id=made.batch_id,
            store_no=made.store_no,
            made_at=made.made_at,
            valid_until=made.valid_until,
            codes=[CertificationCodeOut.of(code) for code in made.codes],
        )

    def in_json(self) -> str:
        """As it is answered, with the fields' own names."""
        return self.model_dump_json(by_alias=True)


class PassOfTestCodeIn(FromTill):
    model_config = ConfigDict(json_schema_extra={"example": {"code": EXAMPLE_CODE}})

    code: ScannedText = Field(description="测试券的券码 · the code of a test voucher")
