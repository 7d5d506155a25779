"""What all shapes share: how times, texts, ids and problems look in JSON."""

import re
import unicodedata
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any, Generic, Self, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from app.platform.clock import EARLIEST, LATEST, SHANGHAI

T = TypeVar("T")

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(_DAY.pattern + r"[Tt ][0-9]")


def _read_instant(value: Any, read: ValidatorFunctionWrapHandler) -> datetime:
    # Numbers, and texts of digits, would be read as seconds since 1970; the contract knows only
    # RFC 3339.
    if not isinstance(value, datetime) and not (isinstance(value, str) and _TIME.match(value)):
        raise PydanticCustomError("time_format", "a time in RFC 3339, as text")
    at: datetime = read(value)
    # The reach is for what is sent. What follows from it may lie beyond, such as the last day of
    # a series, and has to be shown all the same.
    if isinstance(value, str) and not EARLIEST <= at < LATEST:
        raise PydanticCustomError("time_range", "a time between the years 1970 and 2199")
    return at.astimezone(UTC)


def _day_from_text(value: Any) -> Any:
    # A bare number would be read as a day since 1970.
    if not isinstance(value, date) and not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise PydanticCustomError("date_parsing", "a date such as 2023-01-05")
    return value


def _day_within_reach(value: date) -> date:
    # Its first and last instant have to be times, too.
    if not EARLIEST.year < value.year < LATEST.year:
        raise PydanticCustomError("time_range", "a day between the years 1970 and 2199")
    return value


def _clean(value: str) -> str:
    if any(unicodedata.category(char) in {"Cc", "Cs"} and char != "\n" for char in value):
        raise PydanticCustomError("text_control", "text without control characters")
    return unicodedata.normalize("NFC", value)


# What a crowd reads says the same times to everybody.
@lru_cache(maxsize=1024)
def _shanghai(value: datetime) -> str:
    return value.astimezone(SHANGHAI).isoformat()


Instant = Annotated[
    AwareDatetime,
    WrapValidator(_read_instant),
    PlainSerializer(_shanghai, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
    Field(description="RFC 3339 with offset / 带时区的时间"),
]
Day = Annotated[date, BeforeValidator(_day_from_text), AfterValidator(_day_within_reach)]
Fen = Annotated[int, Field(ge=1, le=100_000_000, strict=True, description="integer fen / 分")]
Count = Annotated[int, Field(ge=1, le=10_000_000, strict=True)]
# What `_clean` refuses, as far as a pattern can say it.
NO_CONTROLS = Field(json_schema_extra={"pattern": r"^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f]*$"})
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_clean),
    NO_CONTROLS,
]
LongText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000),
    AfterValidator(_clean),
    NO_CONTROLS,
]
ShortText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80),
    AfterValidator(_clean),
    NO_CONTROLS,
]


OfEdition = Annotated[
    UUID | None,
    Field(description="哪一届活动，不填为当前 · of which edition; absent: the current one"),
]
Why = Annotated[
    Text,
    Field(
        description="原因；写入审计日志且不可更改，勿写个人信息 · "
        "why; kept in the ledger for good, so no personal data"
    ),
]


class Input(BaseModel):
    """What clients send. Unknown fields are ignored, so that apps may be newer than we are."""

    model_config = ConfigDict(extra="ignore")


class StaffInput(BaseModel):
    """What staff send by hand: a misspelt field is a mistake, so it is refused."""

    model_config = ConfigDict(extra="forbid")


class Reason(StaffInput):
    reason: Why = Field(examples=["测试说明 / for a good reason"])


_set_slot = object.__setattr__


class Output(BaseModel):
    """What we answer. Built from rows and values by attribute.

    Where one cannot be built, that is a bug and goes to the log, without the values.
    """

    model_config = ConfigDict(from_attributes=True, hide_input_in_errors=True)

    @classmethod
    def made_of(cls, **fields: Any) -> Self:
        """All its fields, without judging values that were judged when they came in.

        For what a crowd reads: `model_construct` costs three times as much, since it looks for
        defaults, aliases and private attributes first. Here are none.
        """
        made = cls.__new__(cls)
        made.__dict__.update(fields)
        _set_slot(made, "__pydantic_fields_set__", set(fields))
        _set_slot(made, "__pydantic_extra__", None)
        _set_slot(made, "__pydantic_private__", None)
        return made


class PageOut(Output, Generic[T]):
    items: list[T]
    next_cursor: str | None = Field(description="null: this is the last page / 空表示最后一页")


class FieldProblem(Output):
    pointer: str
    detail: str
    code: str


class Problem(BaseModel):
    """A refusal (RFC 9457). Members beyond these depend on the code."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldProblem] | None = None
