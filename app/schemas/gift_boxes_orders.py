"""Orders of gift boxes in JSON, as members send and see them."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from app.models.states_gift_boxes import CancelCause, DeliveryMode, OrderKind, OrderState
from app.packs.gift_boxes import rules
from app.packs.gift_boxes.order_queries import LineFacts, OrderFacts
from app.packs.gift_boxes.ordering import WantedLine
from app.packs.gift_boxes.orders import Delivery
from app.packs.gift_boxes.seals import ADDRESS, PHONE, RECIPIENT
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.schemas.base import Fen, Input, Instant, Output, PageOut, ShortText, Text
from app.schemas.gift_boxes import ServerTime
from app.schemas.seed_ids import FIRST_GIFT_BOX_ID, FIRST_GIFT_BOX_SITE_ID
from app.shared.payments import Started

Units = Annotated[int, Field(ge=1, le=rules.MOST_PER_PERSON, strict=True)]
RecipientPhone = Annotated[
    str,
    StringConstraints(pattern=r"^\+?[0-9][0-9-]{5,19}$"),
    Field(description="收货人电话 · whom the carrier calls"),
]
PICKUP_EXAMPLE: JsonDict = {"mode": "pickup", "site_id": str(FIRST_GIFT_BOX_SITE_ID)}


class PickupIn(Input):
    """Picked up at a site that serves every box of the order."""

    mode: Literal["pickup"]
    site_id: UUID

    def delivery(self) -> Delivery:
        return Delivery(DeliveryMode.PICKUP, site_id=self.site_id)


class AddressIn(Input):
    """Sent to an address; kept sealed, until 90 days after the campaign's end."""

    mode: Literal["delivery"]
    name: ShortText
    phone: RecipientPhone
    address: Text

    def delivery(self) -> Delivery:
        return Delivery(
            DeliveryMode.DELIVERY, name=self.name, phone=self.phone, address=self.address
        )


DeliveryIn = Annotated[PickupIn | AddressIn, Field(discriminator="mode")]


class LineIn(Input):
    """`price_fen`: what was shown; where it has changed, nothing is ordered."""

    box_id: UUID
    quantity: Units
    price_fen: Fen | None = None

    def wanted(self) -> WantedLine:
        return WantedLine(self.box_id, self.quantity, self.price_fen)


class OrderIn(Input):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "lines": [{"box_id": str(FIRST_GIFT_BOX_ID), "quantity": 1}],
                "delivery": PICKUP_EXAMPLE,
            }
        }
    )

    lines: list[LineIn] = Field(min_length=1, max_length=rules.MOST_LINES)
    delivery: DeliveryIn


class AcceptIn(Input):
    """How the box that is kept for me reaches me."""

    model_config = ConfigDict(json_schema_extra={"example": {"delivery": PICKUP_EXAMPLE}})

    delivery: DeliveryIn
    price_fen: Fen | None = None


class CancelIn(Input):
    model_config = ConfigDict(json_schema_extra={"example": {"reason": "买多了"}})

    reason: Text | None = None


class LineOut(Output):
    """`price_fen` is what it was sold at, whatever it costs now."""

    id: UUID
    box_id: UUID
    name: str
    quantity: int
    price_fen: int
    refunded_count: int = Field(description="已退份数 · how many of it were given back")

    @classmethod
    def of(cls, line: LineFacts) -> Self:
        return cls.model_validate(line)


class DeliveryOut(Output):
    """Masked. An address that is kept no longer is null."""

    mode: DeliveryMode
    site_id: UUID | None
    site_name: str | None
    name: str | None
    phone: str | None
    address: str | None

    @classmethod
    def of(cls, order: OrderFacts, sealer: Sealer) -> Self:
        sealed = (order.recipient_sealed, order.phone_sealed, order.address_sealed)
        name, phone, address = (
            field.show(sealer, value) if value is not None else None
            for field, value in zip((RECIPIENT, PHONE, ADDRESS), sealed, strict=True)
        )
        return cls(
            mode=order.mode,
            site_id=order.site_id,
            site_name=order.site_name,
            name=name,
            phone=phone,
            address=address,
        )


class ParcelOut(Output):
    """Who carries it, and its number there."""

    carrier: str
    number: str
    shipped_at: Instant

    @classmethod
    def of(cls, order: OrderFacts) -> Self | None:
        if order.parcel is None or order.shipped_at is None:
            return None
        carrier, number = order.parcel
        return cls(carrier=carrier, number=number, shipped_at=order.shipped_at)


class OrderOut(Output):
    """An order of mine, read as of now: past `pay_before` an unpaid one is cancelled."""

    id: UUID
    kind: OrderKind
    state: OrderState
    cancel_cause: CancelCause | None
    amount_fen: int
    refunded_fen: int = Field(description="已退及退款中的金额 · what went back, or is on its way")
    placed_at: Instant
    pay_before: Instant | None = Field(description="付款期限 · held unpaid until then")
    paid_at: Instant | None
    lines: list[LineOut]
    delivery: DeliveryOut
    parcel: ParcelOut | None = Field(description="运单 · null until it is sent")

    @classmethod
    def of(cls, order: OrderFacts, clock: Clock, sealer: Sealer) -> Self:
        now = clock.now()
        return cls(
            id=order.id,
            kind=order.kind,
            state=order.state_at(now),
            cancel_cause=order.cause_at(now),
            amount_fen=order.amount_fen,
            refunded_fen=order.refunded_fen,
            placed_at=order.placed_at,
            pay_before=order.pay_before,
            paid_at=order.paid_at,
            lines=[LineOut.of(each) for each in order.lines],
            delivery=DeliveryOut.of(order, sealer),
            parcel=ParcelOut.of(order),
        )


class OrderList(PageOut[OrderOut]):
    server_time: ServerTime


class PayOut(Output):
    """What the app hands to WeChat Pay, as it is."""

    payment_id: UUID
    amount_fen: int
    pay_before: Instant
    hand_over: dict[str, str]

    @classmethod
    def of(cls, started: Started) -> Self:
        return cls(
            payment_id=started.payment_id,
            amount_fen=started.amount_fen,
            pay_before=started.pay_before,
            hand_over=dict(started.hand_over),
        )
