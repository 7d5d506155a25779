"""Handing over gift boxes in JSON, as staff and suppliers send and see it."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.models.states import PickupInput, PickupState
from app.models.states_gift_boxes import DeliveryMode, OrderKind, OrderState, StockFate
from app.packs.gift_boxes import fulfilment_rules
from app.packs.gift_boxes.fulfilment_rules import FulfilmentRules
from app.packs.gift_boxes.packing import Packed, PackingLine
from app.packs.gift_boxes.pickup import HandedOut, PickupDesk, Shown
from app.packs.gift_boxes.pickup_queries import PickupFacts
from app.packs.gift_boxes.pickup_reversal import Reversed
from app.packs.gift_boxes.suppliers import BoxSupplier, SupplierFacts
from app.schemas.base import Instant, OfEdition, Output, ShortText, StaffInput, Why
from app.schemas.seed_ids import FIRST_MERCHANT_ID
from app.shared.counter import ShownPass

NOTHING = UUID(int=1)


class PackingLineOut(Output):
    """So many of a box for an order, less what was refunded; nobody's name."""

    order_id: UUID
    line_id: UUID
    kind: OrderKind
    state: OrderState
    box_id: UUID
    box: str
    quantity: int
    mode: DeliveryMode
    site_id: UUID | None
    site: str | None
    placed_at: Instant

    @classmethod
    def of(cls, line: PackingLine) -> Self:
        return cls.model_validate(line)


class PackIn(StaffInput):
    model_config = ConfigDict(json_schema_extra={"example": {"order_ids": [str(NOTHING)]}})

    order_ids: list[UUID] = Field(min_length=1, max_length=fulfilment_rules.MOST_PACKED)


class PackedOut(Output):
    """`code`: why this one is not packed, or null."""

    order_id: UUID
    code: str | None = Field(description="未打包的原因代码 · the refusal's code")

    @classmethod
    def of(cls, packed: Packed) -> Self:
        return cls(order_id=packed.order_id, code=packed.refusal and packed.refusal.code)


class PackedList(Output):
    """Each answered for itself, in the order of asking."""

    results: list[PackedOut]

    @classmethod
    def of(cls, results: list[Packed]) -> Self:
        return cls(results=[PackedOut.of(each) for each in results])


class HandOutIn(StaffInput):
    """By what the desk knows whose order it is: the pass, or name and digits."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "王小明", "phone_last4": "1234"}}
    )

    # `pass` is a word of Python's, so the attribute has another name than the field.
    text: Annotated[str, Field(max_length=1_024)] | None = Field(
        default=None, alias="pass", description="二维码内容 · the text of the QR"
    )
    name: ShortText | None = Field(
        default=None, description="会员姓名，与尾号一起填 · goes with `phone_last4`"
    )
    phone_last4: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")] | None = None
    site_id: UUID | None = Field(
        default=None,
        description="在何处领取，不填为订单的自提点 · where, if not at the order's own site",
    )

    @model_validator(mode="after")
    def _shows_one(self) -> Self:
        is_named = self.name is not None and self.phone_last4 is not None
        is_half = (self.name is None) != (self.phone_last4 is None)
        if is_half or (self.text is not None) == is_named:
            raise PydanticCustomError("show_one", "send one of pass, name with phone_last4")
        return self

    def shown(self, desk: PickupDesk) -> Shown:
        if self.text is not None:
            return desk.by_pass(self.text)
        return desk.by_name(self.name or "", self.phone_last4 or "")


class BoxPickupOut(Output):
    """A hand-out as it stands; only its reversal ever changes it."""

    id: UUID
    order_id: UUID
    site_id: UUID
    site_name: str
    state: PickupState
    input: PickupInput
    collected_at: Instant
    staff_name: str
    reversed_at: Instant | None

    @classmethod
    def of(cls, pickup: PickupFacts) -> Self:
        return cls.model_validate(pickup)


class HandedBox(Output):
    name: str
    quantity: int


class BoxHandedOut(BoxPickupOut):
    """With what to hand out, and whom the desk should have before it, masked."""

    boxes: list[HandedBox]
    name: str
    phone: str

    @classmethod
    def of_handed(cls, handed: HandedOut) -> Self:
        boxes = [
            HandedBox(name=line.name, quantity=line.left)
            for line in handed.order.lines
            if line.left
        ]
        shown = BoxPickupOut.of(handed.pickup).model_dump()
        return cls(**shown, boxes=boxes, name=handed.name, phone=handed.phone)


class BoxReversedOut(BoxPickupOut):
    reason: str
    order_state: OrderState = Field(description="订单恢复为 · what its order is again")

    @classmethod
    def of_reversed(cls, undone: Reversed) -> Self:
        shown = BoxPickupOut.of(undone.pickup).model_dump()
        return cls(**shown, reason=undone.reason, order_state=undone.order_state)


class FulfilmentRulesChange(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={"example": {"version": 1, "close_after_days": 10, "reason": "物流快"}}
    )

    version: Annotated[int, Field(ge=1, strict=True)]
    close_after_days: Annotated[int, Field(ge=1, le=90, strict=True)] | None = None
    not_fetched_stock: StockFate | None = None
    reason: Why
    campaign_id: OfEdition = None


class FulfilmentRulesOut(Output):
    """Of one campaign."""

    close_after_days: int = Field(
        description="寄出或领取多少天后自动完成 · closed so long after it was sent or handed out"
    )
    not_fetched_stock: StockFate = Field(
        description="逾期未领的礼盒：`return` 退回可售，`scrap` 报废 · boxes nobody came for"
    )
    version: int

    @classmethod
    def of(cls, rules: FulfilmentRules) -> Self:
        return cls.model_validate(rules)


class SupplyIn(StaffInput):
    """Null: nobody's any more."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"merchant_id": str(FIRST_MERCHANT_ID)}}
    )

    merchant_id: UUID | None


class BoxSupplierOut(Output):
    box_id: UUID
    merchant_id: UUID | None

    @classmethod
    def of(cls, supplier: BoxSupplier) -> Self:
        return cls.model_validate(supplier)


class SupplierOut(Output):
    """An account in the role `supplier`, and whom it acts for."""

    staff_id: UUID
    name: str
    merchant_id: UUID | None
    merchant_name: str | None

    @classmethod
    def of(cls, supplier: SupplierFacts) -> Self:
        return cls.model_validate(supplier)


class BoxPassOut(Output):
    # `pass` is a word of Python's, so the attribute has another name than the field.
    text: str = Field(serialization_alias="pass", description="二维码内容 · the text of the QR")
    expires_at: Instant = Field(description="此前请刷新 · renew it before then")

    @classmethod
    def of(cls, shown: ShownPass) -> Self:
        return cls.model_validate(shown)
