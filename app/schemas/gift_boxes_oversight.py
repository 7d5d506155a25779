"""Orders of gift boxes in JSON, as staff see them and give them back."""

from typing import Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.models.states_gift_boxes import CancelCause, OrderKind, OrderState, StockFate
from app.packs.gift_boxes import rules
from app.packs.gift_boxes.order_queries import OrderFacts
from app.packs.gift_boxes.oversight import WholeOrder
from app.packs.gift_boxes.refunding import RefundFacts
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.schemas.base import Instant, Output, StaffInput, Why
from app.schemas.gift_boxes_orders import DeliveryOut, LineOut, Units


class StaffOrderOut(Output):
    """Masked; read as of now."""

    id: UUID
    member_no: str
    kind: OrderKind
    state: OrderState
    cancel_cause: CancelCause | None
    amount_fen: int
    refunded_fen: int
    placed_at: Instant
    pay_before: Instant | None
    paid_at: Instant | None
    lines: list[LineOut]
    delivery: DeliveryOut

    @classmethod
    def of(cls, order: OrderFacts, clock: Clock, sealer: Sealer) -> Self:
        return cls(**_shown(order, clock, sealer))


class RefundLineOut(Output):
    line_id: UUID
    quantity: int


class OrderRefundOut(Output):
    """`returned_at`: when the money had arrived, by the provider's word. `stock` null: money
    alone, given back of the payment."""

    id: UUID
    order_id: UUID
    amount_fen: int
    stock: StockFate | None
    lines: list[RefundLineOut]
    asked_at: Instant
    returned_at: Instant | None

    @classmethod
    def of(cls, refund: RefundFacts) -> Self:
        return cls(
            id=refund.id,
            order_id=refund.order_id,
            amount_fen=refund.amount_fen,
            stock=refund.stock,
            lines=[
                RefundLineOut(line_id=line_id, quantity=count)
                for line_id, count in refund.lines.items()
            ],
            asked_at=refund.asked_at,
            returned_at=refund.returned_at,
        )


class MoveOut(Output):
    at: Instant
    act: str
    actor: str
    from_state: str | None
    to_state: str


class WholeOrderOut(StaffOrderOut):
    refunds: list[OrderRefundOut]
    moves: list[MoveOut]

    @classmethod
    def of_whole(cls, whole: WholeOrder, clock: Clock, sealer: Sealer) -> Self:
        return cls(
            **_shown(whole.order, clock, sealer),
            refunds=[OrderRefundOut.of(each) for each in whole.refunds],
            moves=[MoveOut.model_validate(each) for each in whole.moves],
        )


def _shown(order: OrderFacts, clock: Clock, sealer: Sealer) -> dict[str, Any]:
    now = clock.now()
    return {
        "id": order.id,
        "member_no": order.member_no,
        "kind": order.kind,
        "state": order.state_at(now),
        "cancel_cause": order.cause_at(now),
        "amount_fen": order.amount_fen,
        "refunded_fen": order.refunded_fen,
        "placed_at": order.placed_at,
        "pay_before": order.pay_before,
        "paid_at": order.paid_at,
        "lines": [LineOut.of(each) for each in order.lines],
        "delivery": DeliveryOut.of(order, sealer),
    }


class RefundLineIn(StaffInput):
    line_id: UUID
    quantity: Units


class OrderRefundIn(StaffInput):
    """Without `lines`: all that is left of the order."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"stock": "return", "reason": "会员未收到货"}}
    )

    lines: list[RefundLineIn] | None = Field(
        default=None, min_length=1, max_length=rules.MOST_LINES
    )
    stock: StockFate = Field(
        description="`return` 退回可售；`scrap` 报废 · sold again; sold to nobody"
    )
    reason: Why

    @model_validator(mode="after")
    def _each_line_once(self) -> Self:
        ids = [line.line_id for line in self.lines or ()]
        if len(set(ids)) < len(ids):
            raise PydanticCustomError("line_doubled", "each line once")
        return self

    def counts(self) -> dict[UUID, int] | None:
        if self.lines is None:
            return None
        return {line.line_id: line.quantity for line in self.lines}
