"""The desk in JSON: what is shown there, what is handed out, what is sent later."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from app.models.states import PickupInput, PickupState, ReservationState
from app.packs.couplets.desk import Desk, Written
from app.packs.couplets.presented import AtTheDoor, Disputed, HandedOut, Outcome, PickupFacts, Shown
from app.packs.couplets.reverse import Reversed
from app.platform.errors import Refusal
from app.schemas.base import FieldProblem, Instant, Output, ShortText, StaffInput
from app.schemas.couplets import CHOICE_EXAMPLE
from app.schemas.uploaded import MOST_ITEMS, BadItem, UploadOutcome, read_alone, verdict_of

PICKUP_NO_PATTERN = r"^[A-Za-z0-9_-]{6,64}$"
Scanned = Annotated[str, Field(max_length=1_024)]
MemberNo = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class ShowsOne(StaffInput):
    """By what the desk knows whose pair it is: exactly one of the three."""

    # `pass` is a word of Python's, so the attribute has another name than the field.
    text: Scanned | None = Field(
        default=None, alias="pass", description="二维码内容 · the text of the QR"
    )
    proxy_code: Scanned | None = Field(default=None, description="代领码 · a one-time code")
    name: ShortText | None = Field(
        default=None, description="领取人姓名，与尾号一起填 · goes with `phone_last4`"
    )
    phone_last4: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")] | None = None
    site_id: UUID | None = Field(
        default=None,
        description="在何处领取，不填为预约地点 · where, if not at the reservation's own site",
    )

    @property
    def shows(self) -> int:
        """How many of them; a name without its digits, or digits without a name, are none."""
        if (self.name is None) != (self.phone_last4 is None):
            return 0
        return sum(each is not None for each in (self.text, self.proxy_code, self.name))

    def shown(self, desk: Desk) -> Shown:
        if self.text is not None:
            return desk.by_pass(self.text)
        if self.proxy_code is not None:
            return desk.by_proxy_code(self.proxy_code)
        return desk.by_name(self.name or "", self.phone_last4 or "")


class PickupIn(ShowsOne):
    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "王小明", "phone_last4": "1234"}}
    )

    @model_validator(mode="after")
    def _shows_one(self) -> Self:
        if self.shows != 1:
            raise PydanticCustomError("show_one", "send one of pass, proxy_code, name")
        return self


class WalkInIn(StaffInput):
    """`member_no` if they say who they are; else they are counted, and nobody."""

    model_config = ConfigDict(json_schema_extra={"example": CHOICE_EXAMPLE})

    variant_id: UUID
    site_id: UUID
    member_no: MemberNo | None = None

    def wanted(self) -> AtTheDoor:
        return AtTheDoor(self.variant_id, self.site_id, self.member_no)


class PickupOut(Output):
    """A hand-out as it stands; only its reversal ever changes it."""

    id: UUID
    event_id: UUID
    variant_id: UUID
    site_id: UUID
    site_name: str
    reservation_id: UUID | None
    state: PickupState
    input: PickupInput
    collected_at: Instant
    staff_name: str
    pickup_no: str | None
    reversed_at: Instant | None

    @classmethod
    def of(cls, pickup: PickupFacts) -> Self:
        return cls.model_validate(pickup)


class HandedOutOut(PickupOut):
    """With whom the desk should have before it, masked; null for a walk-in."""

    name: str | None
    phone: str | None

    @classmethod
    def of_handed(cls, handed: HandedOut) -> Self:
        shown = PickupOut.of(handed.pickup).model_dump()
        return cls(**shown, name=handed.name, phone=handed.phone)


class ReversedOut(PickupOut):
    reason: str
    reservation_state: ReservationState | None = Field(
        description="预约恢复为 · what its reservation is again; null for a walk-in"
    )

    @classmethod
    def of_reversed(cls, undone: Reversed) -> Self:
        shown = PickupOut.of(undone.pickup).model_dump()
        return cls(**shown, reason=undone.reason, reservation_state=undone.reservation_state)


class WrittenItem(ShowsOne):
    """What a desk wrote down: what was shown there, or `walk_in`."""

    pickup_no: str = Field(
        pattern=PICKUP_NO_PATTERN,
        description="领取台自编单号，每个账号本场内唯一 · the desk's own number",
    )
    walk_in: WalkInIn | None = None
    collected_at: Instant = Field(
        description="领取时的设备时间 · the device's time of the hand-out"
    )
    device_seq: Annotated[int, Field(ge=0, lt=2**63, strict=True)] | None = None

    @model_validator(mode="after")
    def _shows_one(self) -> Self:
        shows_nothing = self.shows == 0 and self.name is None and self.phone_last4 is None
        if self.shows != 1 if self.walk_in is None else not shows_nothing:
            raise PydanticCustomError("show_one", "send one of pass, proxy_code, name")
        return self

    def written(self, desk: Desk) -> Written:
        what = self.walk_in.wanted() if self.walk_in else self.shown(desk)
        return Written(self.pickup_no, what, self.collected_at, self.device_seq, self.site_id)


ReadItem = Annotated[WrittenItem | SkipJsonSchema[BadItem], read_alone(WrittenItem, "pickup_no")]


class DeskUploadIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "sent_at": "2023-01-15T12:00:00+08:00",
                "items": [
                    {
                        "pickup_no": "D1-20230115-0001",
                        "name": "王小明",
                        "phone_last4": "1234",
                        "collected_at": "2023-01-15T10:00:00+08:00",
                        "device_seq": 1,
                    }
                ],
            }
        }
    )

    sent_at: Instant = Field(
        description="发送时的设备时间，用来校正各条 · the device's time of sending, by which every "
        "`collected_at` is put right"
    )
    items: list[ReadItem] = Field(max_length=MOST_ITEMS)

    def written(self, desk: Desk) -> list[Written]:
        """What could be read, in order."""
        return [item.written(desk) for item in self.items if isinstance(item, WrittenItem)]


class FirstPickup(Output):
    """By whom, when and where a pair was handed out first."""

    by: str
    collected_at: Instant
    site_name: str


class DeskUploadResult(Output):
    """What became of one item. Sent again, a refused one is decided anew."""

    pickup_no: str | None = Field(description="无法读取时为空 · null if it could not be read")
    outcome: UploadOutcome
    code: str | None = Field(description="未受理的原因代码 · the refusal's code")
    detail: str | None = Field(description="原因 · the reason in words")
    pickup: HandedOutOut | None
    first: FirstPickup | None
    errors: list[FieldProblem] | None = Field(description="有误的字段 · the fields that are wrong")

    @classmethod
    def of(cls, pickup_no: str, outcome: Outcome, detail: str | None) -> Self:
        word, code = verdict_of(outcome, HandedOut, "already_collected")
        return cls(
            pickup_no=pickup_no,
            outcome=word,
            code=code,
            detail=detail,
            pickup=HandedOutOut.of_handed(outcome) if isinstance(outcome, HandedOut) else None,
            first=_first(outcome),
            errors=None,
        )


class DeskUploadOut(Output):
    results: list[DeskUploadResult] = Field(description="与 items 次序相同 · in the order of items")


def _first(outcome: Outcome) -> FirstPickup | None:
    if isinstance(outcome, Disputed) and outcome.first is not None:
        first = outcome.first
        return FirstPickup(
            by=first.staff_name, collected_at=first.collected_at, site_name=first.site_name
        )
    facts = outcome.facts.get("first") if isinstance(outcome, Refusal) else None
    return FirstPickup.model_validate(facts) if facts else None
