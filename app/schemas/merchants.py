"""Merchants in JSON, as staff see them."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from app.schemas.base import Instant, Output, ShortText, StaffInput, Text
from app.shared.identity.credit_code import (
    ALPHABET,
    LENGTH,
    canonical_credit_code,
    credit_code_fault,
)


def _canonical(value: Any) -> Any:
    return canonical_credit_code(value) if isinstance(value, str) else value


def _checked(code: str) -> str:
    # Its form has been looked at.
    if credit_code_fault(code) is not None:
        raise PydanticCustomError(
            "credit_code_check_character_wrong", "the check character does not fit the others"
        )
    return code


def _digits(value: Any) -> Any:
    return "".join(value.replace("-", " ").split()) if isinstance(value, str) else value


# Forms come before what makes one form of several, or the document would not know them.
CreditCode = Annotated[
    str,
    Field(
        pattern=f"^[{ALPHABET}]{{{LENGTH}}}$",
        description="统一社会信用代码 · unified social credit code (GB 32100)",
        examples=["91999999MA0000001N"],
    ),
    AfterValidator(_checked),
    BeforeValidator(_canonical),
]
AccountNumber = Annotated[
    str,
    Field(pattern=r"^[0-9]{8,32}$", description="8–32 位数字 · 8 to 32 digits"),
    BeforeValidator(_digits),
]
Phone = Annotated[str, Field(pattern=r"^\+?[0-9][0-9-]{4,19}$", examples=["0532-12345678"])]


class MerchantFields(StaffInput):
    """What is known of a company beside its name."""

    legal_name: ShortText | None = Field(default=None, description="法定名称 · registered name")
    credit_code: CreditCode | None = None
    contact_name: ShortText | None = None
    contact_phone: Phone | None = None


class MerchantIn(MerchantFields):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "海风便利有限公司",
                "legal_name": "海风便利（青岛）有限公司",
                "credit_code": "91999999MA0000001N",
                "contact_name": "王经理",
                "contact_phone": "0532-12345678",
            }
        }
    )

    name: ShortText


class MerchantChange(MerchantFields):
    """What to change; null takes a fact away, the name stays."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "version": 1,
                "legal_name": "晨光便利（青岛）有限公司",
                "credit_code": "91999999MA0000002R",
            }
        }
    )

    version: Annotated[int, Field(ge=1, strict=True)]
    name: ShortText | SkipJsonSchema[None] = None

    @model_validator(mode="before")
    @classmethod
    def _keeps_its_name(cls, given: Any) -> Any:
        if isinstance(given, dict) and "name" in given and given["name"] is None:
            raise PydanticCustomError("name_missing", "a merchant has a name")
        return given

    def changes(self) -> dict[str, str | None]:
        """By field, what was sent."""
        return self.model_dump(exclude_unset=True, exclude={"version"})


class BankAccountIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "version": 1,
                "bank": "青岛银行香港中路支行",
                "account": "37001986106050012345",
                "reason": "商户来函变更收款账户",
            }
        }
    )

    version: Annotated[int, Field(ge=1, strict=True)]
    bank: ShortText = Field(description="开户行 · bank and branch")
    account: AccountNumber
    reason: Text


class MerchantOut(Output):
    """In lists the contact is masked; the account always is."""

    id: UUID
    name: str
    legal_name: str | None
    credit_code: str | None
    bank: str | None
    bank_account: str | None = Field(examples=["****************2345"])
    contact_name: str | None
    contact_phone: str | None
    version: int
    created_at: Instant
    updated_at: Instant


class MerchantMoveOut(Output):
    """A change of a merchant: which fields, by whom, why. Never their values."""

    id: UUID
    at: Instant
    act: str
    actor: str
    asked_by: str | None = Field(
        description="申请人，`actor` 为审批人 · who asked, if `actor` approved"
    )
    fields: list[str]
    reason: str | None
