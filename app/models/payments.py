"""Money: attempts to pay, what the provider said of them, refunds, and what its bill says."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
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

LIVE = "state IN ('created', 'pending')"
OPEN = "state IN ('open', 'taken')"


class Payment(Base):
    """One attempt to pay one payable. Times are campaign time, `bill_day` is the provider's day.

    `number` is ours at the provider (`out_trade_no`), `transaction_no` the provider's. Past
    `expires_at` nobody should pay it any more. `received_*` is what came, whatever was due:
    `paid`, the payable kept it; `surplus`, it goes back for `surplus_cause`; `mismatched`, it
    is not what was due, and waits for staff. `refunded_fen`: in refunds that are not closed.
    """

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint(
            "(state IN ('paid', 'surplus', 'mismatched')) = (received_fen IS NOT NULL) "
            "AND (received_fen IS NULL) = (received_currency IS NULL) "
            "AND (received_fen IS NULL) = (transaction_no IS NULL) "
            "AND (received_fen IS NULL) = (paid_at IS NULL) "
            "AND (received_fen IS NULL) = (bill_day IS NULL)",
            name="received_whole",
        ),
        CheckConstraint(
            "state NOT IN ('paid', 'surplus') "
            "OR (received_fen = amount_fen AND received_currency = 'CNY')",
            name="received_what_was_due",
        ),
        CheckConstraint(
            "(state = 'surplus') = (surplus_cause IS NOT NULL)", name="surplus_with_cause"
        ),
        CheckConstraint(
            "refunded_fen >= 0 AND refunded_fen <= coalesce(received_fen, 0)",
            name="refunded_no_more_than_received",
        ),
        Index(
            "uq_payment_live",
            "payable_kind",
            "payable_id",
            unique=True,
            postgresql_where=text(LIVE),
        ),
        # Whatever else fails, nothing is paid twice and keeps both.
        Index(
            "uq_payment_paid",
            "payable_kind",
            "payable_id",
            unique=True,
            postgresql_where=text("state = 'paid'"),
        ),
        Index(None, "payable_id"),
        Index(None, "payer_id", "created_at"),
        Index(None, "state", "id"),
        Index(None, "bill_day"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payable_kind: Mapped[str]
    payable_id: Mapped[UUID]
    payer_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    number: Mapped[str] = mapped_column(unique=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    description: Mapped[str]
    state: Mapped[PaymentState] = mapped_column(enum_column(PaymentState, "state"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    prepay_no: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    transaction_no: Mapped[str | None] = mapped_column(unique=True)
    received_fen: Mapped[int | None] = mapped_column(BigInteger)
    received_currency: Mapped[str | None]
    paid_at: Mapped[datetime | None]
    bill_day: Mapped[date | None]
    surplus_cause: Mapped[RefundCause | None] = mapped_column(
        enum_column(RefundCause, "surplus_cause")
    )
    refunded_fen: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class PaymentEvent(Base):
    """What the provider said, once for each thing it said, kept as it came.

    `notice_no` is the provider's number of a notification; one that came again is counted in
    `times_count`. `raw_sealed`: headers, body, and what was in it. `number`: which of ours it
    names, whether or not there is one.
    """

    __tablename__ = "payment_event"
    __table_args__ = (
        CheckConstraint("(source = 'notification') = (notice_no IS NOT NULL)", name="notice_no"),
        CheckConstraint("times_count > 0", name="times_count_positive"),
        Index(None, "payment_id", "id"),
        Index(None, "refund_id", "id"),
        Index(None, "number"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[EventSource] = mapped_column(enum_column(EventSource, "source"))
    flow: Mapped[MoneyFlow] = mapped_column(enum_column(MoneyFlow, "flow"))
    notice_no: Mapped[str | None] = mapped_column(unique=True)
    number: Mapped[str]
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment.id"))
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("refund.id"))
    provider_state: Mapped[str]
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    outcome: Mapped[EventOutcome] = mapped_column(enum_column(EventOutcome, "outcome"))
    times_count: Mapped[int] = mapped_column(server_default=text("1"))
    at: Mapped[datetime]
    last_at: Mapped[datetime]
    raw_sealed: Mapped[bytes]


class Refund(Base):
    """Money that goes back. `number` is ours at the provider (`out_refund_no`): however often it
    is sent, it is one refund. `asked`: the provider has not answered yet."""

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint(
            "(state IN ('succeeded', 'closed')) = (ended_at IS NOT NULL)", name="ended_whole"
        ),
        Index(None, "payment_id", "id"),
        Index(None, "state", "id"),
        Index(None, "bill_day"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"))
    number: Mapped[str] = mapped_column(unique=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    cause: Mapped[RefundCause] = mapped_column(enum_column(RefundCause, "cause"))
    state: Mapped[RefundState] = mapped_column(enum_column(RefundState, "state"))
    asked_by: Mapped[str]
    reason: Mapped[str | None]
    asked_at: Mapped[datetime]
    provider_no: Mapped[str | None] = mapped_column(unique=True)
    bill_day: Mapped[date | None]
    ended_at: Mapped[datetime | None]


class Reconciliation(Base):
    """One comparison of a day's bill with our rows. `day` is the provider's."""

    __tablename__ = "reconciliation"
    __table_args__ = (
        CheckConstraint("lines_done <= lines_total", name="no_more_than_all"),
        CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended_whole"),
        Index(
            "uq_reconciliation_running",
            "day",
            unique=True,
            postgresql_where=text("state = 'running'"),
        ),
        Index(None, "day"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date]
    state: Mapped[ReconciliationState] = mapped_column(enum_column(ReconciliationState, "state"))
    asked_by: Mapped[str]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    failure: Mapped[str | None]
    lines_done: Mapped[int] = mapped_column(server_default=text("0"))
    lines_total: Mapped[int | None]
    bill_sha1: Mapped[str | None]
    # The bill's own sums, and ours of the same day.
    their_paid_fen: Mapped[int | None] = mapped_column(BigInteger)
    their_refunded_fen: Mapped[int | None] = mapped_column(BigInteger)
    our_paid_fen: Mapped[int | None] = mapped_column(BigInteger)
    our_refunded_fen: Mapped[int | None] = mapped_column(BigInteger)
    differences_count: Mapped[int] = mapped_column(server_default=text("0"))


class PaymentDifference(Base):
    """Where the provider and we do not say the same, until somebody has settled it.

    `number`: of which payment or refund, as it is called at the provider.
    """

    __tablename__ = "payment_difference"
    __table_args__ = (
        CheckConstraint(
            "(state = 'resolved') = (resolution IS NOT NULL) "
            "AND (resolution IS NULL) = (resolved_at IS NULL) "
            "AND (resolution IS NULL) = (resolved_by IS NULL)",
            name="resolved_whole",
        ),
        CheckConstraint(
            "(taken_by IS NULL) = (taken_at IS NULL) "
            "AND (state <> 'taken' OR taken_by IS NOT NULL)",
            name="taken_whole",
        ),
        Index(
            "uq_payment_difference_open",
            "flow",
            "number",
            "kind",
            unique=True,
            postgresql_where=text(OPEN),
        ),
        Index(None, "state", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[DifferenceKind] = mapped_column(enum_column(DifferenceKind, "kind"))
    flow: Mapped[MoneyFlow] = mapped_column(enum_column(MoneyFlow, "flow"))
    number: Mapped[str]
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment.id"))
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("refund.id"))
    reconciliation_id: Mapped[UUID | None] = mapped_column(ForeignKey("reconciliation.id"))
    our_fen: Mapped[int | None] = mapped_column(BigInteger)
    their_fen: Mapped[int | None] = mapped_column(BigInteger)
    our_state: Mapped[str | None]
    their_state: Mapped[str | None]
    state: Mapped[DifferenceState] = mapped_column(enum_column(DifferenceState, "state"))
    found_at: Mapped[datetime]
    taken_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    taken_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[str | None]
