"""Money in JSON, as staff see it: payments, what was said of them, refunds, bills, differences."""

from typing import Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.models.states_of_payments import (
    DifferenceKind,
    DifferenceState,
    EventOutcome,
    EventSource,
    MoneyFlow,
    PaymentState,
    ReconciliationState,
    RefundCause,
    RefundState,
)
from app.schemas.base import Day, Fen, Instant, Output, StaffInput, Text, Why
from app.shared.payments import WholePayment


class PaymentOut(Output):
    id: UUID
    payable_kind: str = Field(description="所付事项的种类 · what is paid: `gift_boxes.order`")
    payable_id: UUID
    number: str = Field(description="商户订单号 · our number at the provider")
    transaction_no: str | None = Field(description="支付平台订单号 · the provider's number")
    amount_fen: int = Field(description="应付 · what was due")
    received_fen: int | None = Field(description="实收 · what came")
    received_currency: str | None
    refunded_fen: int = Field(
        description="已退及退款中 · gone back or on its way; what the provider gave up is not in it"
    )
    state: PaymentState = Field(
        description=(
            "`created` 已登记；`pending` 可支付；`paid` 已入账；`surplus` 无对应订单，全额退回；"
            "`mismatched` 金额或币种不符，待处理；`closed` 已关闭 · written down; can be paid; "
            "kept; goes back whole; not what was due, waits for staff; cannot be paid any more"
        )
    )
    surplus_cause: RefundCause | None
    created_at: Instant
    expires_at: Instant = Field(description="此后不应再付 · nobody should pay it after this")
    paid_at: Instant | None = Field(description="支付平台的支付时间 · by the provider's word")
    closed_at: Instant | None
    bill_day: Day | None = Field(description="所在账单日 · on which day's bill it is")


class RefundOut(Output):
    id: UUID
    payment_id: UUID
    number: str = Field(description="商户退款单号 · our number at the provider")
    provider_no: str | None
    amount_fen: int
    cause: RefundCause
    state: RefundState = Field(
        description=(
            "`asked` 待提交；`processing` 处理中；`succeeded` 已退；"
            "`abnormal` 异常，须到商户平台处理；`closed` 平台已关闭，款项未退 · not answered yet; "
            "under way; gone back; to be finished at the provider; given up, and still ours"
        )
    )
    asked_by: str
    reason: str | None
    asked_at: Instant
    ended_at: Instant | None
    bill_day: Day | None


class PaymentEventOut(Output):
    """What the provider said. Its words themselves are sealed and stay so."""

    id: UUID
    source: EventSource
    flow: MoneyFlow
    notice_no: str | None = Field(description="通知编号 · the provider's number of it")
    number: str
    provider_state: str
    amount_fen: int | None
    currency: str | None
    outcome: EventOutcome
    times_count: int = Field(description="收到次数 · how often it came")
    at: Instant
    last_at: Instant


class WholePaymentOut(PaymentOut):
    refunds: list[RefundOut]
    events: list[PaymentEventOut]

    @classmethod
    def of(cls, whole: WholePayment) -> Self:
        return cls(
            **PaymentOut.model_validate(whole.payment).model_dump(),
            refunds=[RefundOut.model_validate(each) for each in whole.refunds],
            events=[PaymentEventOut.model_validate(each) for each in whole.events],
        )


class RefundIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={"example": {"amount_fen": 19900, "reason": "商品破损"}}
    )

    amount_fen: Fen
    reason: Why


class ReconciliationIn(StaffInput):
    model_config = ConfigDict(json_schema_extra={"example": {"day": "2023-01-06"}})

    day: Day = Field(description="账单日（北京时间） · the bill's day, in Shanghai")


class ReconciliationOut(Output):
    id: UUID
    day: Day
    state: ReconciliationState = Field(
        description="`running` 进行中；`done` 已完成；`failed` 未能取得账单 · "
        "under way; done; the bill could not be had"
    )
    failure: str | None = Field(description="未能完成的原因代码 · why, as a code")
    lines_done: int
    lines_total: int | None = Field(description="空：尚未取得账单 · null: no bill yet")
    their_paid_fen: int | None
    our_paid_fen: int | None
    their_refunded_fen: int | None
    our_refunded_fen: int | None
    differences_count: int
    bill_sha1: str | None
    asked_by: str
    created_at: Instant
    ended_at: Instant | None


class DifferenceOut(Output):
    id: UUID
    kind: DifferenceKind = Field(
        description=(
            "`missing_here` 我方没有；`missing_there` 对方没有；`amount_differs` 金额不符；"
            "`state_differs` 状态不符；`paid_again` 同号再次收款；`refund_closed` 退款被关闭；"
            "`refund_abnormal` 退款异常 · we do not have it; they do not; another sum; another "
            "state; more money under one number; a refund given up; one to be finished by hand"
        )
    )
    flow: MoneyFlow
    number: str
    payment_id: UUID | None
    refund_id: UUID | None
    reconciliation_id: UUID | None
    our_fen: int | None
    their_fen: int | None
    our_state: str | None
    their_state: str | None
    state: DifferenceState
    found_at: Instant
    taken_by: UUID | None
    taken_at: Instant | None
    resolved_by: UUID | None
    resolved_at: Instant | None
    resolution: str | None


class ResolutionIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={"example": {"resolution": "已在商户平台核对，款项已原路退回"}}
    )

    resolution: Text = Field(
        description="如何处理；长期保存，勿写个人信息 · how it was settled; no personal data"
    )
