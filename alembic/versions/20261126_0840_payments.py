"""Payments: attempts, what the provider said of them, refunds, bills compared, differences."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261126_0840"
down_revision: str | Sequence[str] | None = "20261126_0820"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


TABLES = (
    "payment_difference",
    "payment_event",
    "refund",
    "reconciliation",
    "payment",
)


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "done",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("lines_done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lines_total", sa.Integer(), nullable=True),
        sa.Column("bill_sha1", sa.String(), nullable=True),
        sa.Column("their_paid_fen", sa.BigInteger(), nullable=True),
        sa.Column("their_refunded_fen", sa.BigInteger(), nullable=True),
        sa.Column("our_paid_fen", sa.BigInteger(), nullable=True),
        sa.Column("our_refunded_fen", sa.BigInteger(), nullable=True),
        sa.Column("differences_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "(state = 'running') = (ended_at IS NULL)", name=op.f("ck_reconciliation_ended_whole")
        ),
        sa.CheckConstraint(
            "lines_done <= lines_total", name=op.f("ck_reconciliation_no_more_than_all")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation")),
    )
    op.create_index(op.f("ix_reconciliation_day"), "reconciliation", ["day"], unique=False)
    op.create_index(
        "uq_reconciliation_running",
        "reconciliation",
        ["day"],
        unique=True,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payable_kind", sa.String(), nullable=False),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "pending",
                "paid",
                "surplus",
                "mismatched",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prepay_no", sa.String(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("transaction_no", sa.String(), nullable=True),
        sa.Column("received_fen", sa.BigInteger(), nullable=True),
        sa.Column("received_currency", sa.String(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bill_day", sa.Date(), nullable=True),
        sa.Column(
            "surplus_cause",
            sa.Enum(
                "paid_twice",
                "hold_lapsed",
                "cancelled",
                "payable_gone",
                "returned",
                "staff",
                name="surplus_cause",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("refunded_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "(state = 'surplus') = (surplus_cause IS NOT NULL)",
            name=op.f("ck_payment_surplus_with_cause"),
        ),
        sa.CheckConstraint(
            "(state IN ('paid', 'surplus', 'mismatched')) = (received_fen IS NOT NULL) AND (received_fen IS NULL) = (received_currency IS NULL) AND (received_fen IS NULL) = (transaction_no IS NULL) AND (received_fen IS NULL) = (paid_at IS NULL) AND (received_fen IS NULL) = (bill_day IS NULL)",
            name=op.f("ck_payment_received_whole"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('paid', 'surplus') OR (received_fen = amount_fen AND received_currency = 'CNY')",
            name=op.f("ck_payment_received_what_was_due"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payment_amount_positive")),
        sa.CheckConstraint(
            "refunded_fen >= 0 AND refunded_fen <= coalesce(received_fen, 0)",
            name=op.f("ck_payment_refunded_no_more_than_received"),
        ),
        sa.ForeignKeyConstraint(
            ["payer_id"], ["member.id"], name=op.f("fk_payment_payer_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("number", name=op.f("uq_payment_number")),
        sa.UniqueConstraint("transaction_no", name=op.f("uq_payment_transaction_no")),
    )
    op.create_index(op.f("ix_payment_bill_day"), "payment", ["bill_day"], unique=False)
    op.create_index(op.f("ix_payment_payable_id"), "payment", ["payable_id"], unique=False)
    op.create_index(
        op.f("ix_payment_payer_id_created_at"), "payment", ["payer_id", "created_at"], unique=False
    )
    op.create_index(op.f("ix_payment_state_id"), "payment", ["state", "id"], unique=False)
    op.create_index(
        "uq_payment_live",
        "payment",
        ["payable_kind", "payable_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('created', 'pending')"),
    )
    op.create_index(
        "uq_payment_paid",
        "payment",
        ["payable_kind", "payable_id"],
        unique=True,
        postgresql_where=sa.text("state = 'paid'"),
    )
    op.create_table(
        "refund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "paid_twice",
                "hold_lapsed",
                "cancelled",
                "payable_gone",
                "returned",
                "staff",
                name="cause",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "processing",
                "succeeded",
                "abnormal",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider_no", sa.String(), nullable=True),
        sa.Column("bill_day", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('succeeded', 'closed')) = (ended_at IS NOT NULL)",
            name=op.f("ck_refund_ended_whole"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_refund_amount_positive")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id_payment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("number", name=op.f("uq_refund_number")),
        sa.UniqueConstraint("provider_no", name=op.f("uq_refund_provider_no")),
    )
    op.create_index(op.f("ix_refund_bill_day"), "refund", ["bill_day"], unique=False)
    op.create_index(op.f("ix_refund_payment_id_id"), "refund", ["payment_id", "id"], unique=False)
    op.create_index(op.f("ix_refund_state_id"), "refund", ["state", "id"], unique=False)
    op.create_table(
        "payment_difference",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "missing_here",
                "missing_there",
                "amount_differs",
                "state_differs",
                "paid_again",
                "refund_closed",
                "refund_abnormal",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "flow",
            sa.Enum(
                "payment",
                "refund",
                name="flow",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("reconciliation_id", sa.Uuid(), nullable=True),
        sa.Column("our_fen", sa.BigInteger(), nullable=True),
        sa.Column("their_fen", sa.BigInteger(), nullable=True),
        sa.Column("our_state", sa.String(), nullable=True),
        sa.Column("their_state", sa.String(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "taken",
                "resolved",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'resolved') = (resolution IS NOT NULL) AND (resolution IS NULL) = (resolved_at IS NULL) AND (resolution IS NULL) = (resolved_by IS NULL)",
            name=op.f("ck_payment_difference_resolved_whole"),
        ),
        sa.CheckConstraint(
            "(taken_by IS NULL) = (taken_at IS NULL) AND (state <> 'taken' OR taken_by IS NOT NULL)",
            name=op.f("ck_payment_difference_taken_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_payment_difference_payment_id_payment")
        ),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"],
            ["reconciliation.id"],
            name=op.f("fk_payment_difference_reconciliation_id_reconciliation"),
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refund.id"], name=op.f("fk_payment_difference_refund_id_refund")
        ),
        sa.ForeignKeyConstraint(
            ["resolved_by"], ["staff.id"], name=op.f("fk_payment_difference_resolved_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["taken_by"], ["staff.id"], name=op.f("fk_payment_difference_taken_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_difference")),
    )
    op.create_index(
        op.f("ix_payment_difference_state_id"), "payment_difference", ["state", "id"], unique=False
    )
    op.create_index(
        "uq_payment_difference_open",
        "payment_difference",
        ["flow", "number", "kind"],
        unique=True,
        postgresql_where=sa.text("state IN ('open', 'taken')"),
    )
    op.create_table(
        "payment_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "notification",
                "query",
                "answer",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "flow",
            sa.Enum(
                "payment",
                "refund",
                name="flow",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("notice_no", sa.String(), nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("provider_state", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "applied",
                "nothing_new",
                "flagged",
                "unknown",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("times_count", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw_sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "(source = 'notification') = (notice_no IS NOT NULL)",
            name=op.f("ck_payment_event_notice_no"),
        ),
        sa.CheckConstraint("times_count > 0", name=op.f("ck_payment_event_times_count_positive")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_payment_event_payment_id_payment")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refund.id"], name=op.f("fk_payment_event_refund_id_refund")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_event")),
        sa.UniqueConstraint("notice_no", name=op.f("uq_payment_event_notice_no")),
    )
    op.create_index(op.f("ix_payment_event_number"), "payment_event", ["number"], unique=False)
    op.create_index(
        op.f("ix_payment_event_payment_id_id"), "payment_event", ["payment_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_payment_event_refund_id_id"), "payment_event", ["refund_id", "id"], unique=False
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        op.drop_table(table)
