"""Acts that need a second person: approvals, thresholds, and what was done alone."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261126_0130"
down_revision: str | Sequence[str] | None = "20261125_2345"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")

    op.add_column("breakfast_batch_history", sa.Column("asked_by", sa.String(), nullable=True))
    op.add_column("merchant_history", sa.Column("asked_by", sa.String(), nullable=True))
    op.create_table(
        "approval",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("private_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("summary_zh", sa.String(), nullable=False),
        sa.Column("summary_en", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("counted_fen", sa.BigInteger(), nullable=True),
        sa.Column("threshold_fen", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "approved",
                "rejected",
                "lapsed",
                "withdrawn",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'pending'"),
            nullable=False,
        ),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(), nullable=True),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.CheckConstraint(
            "private_sealed IS NULL OR state = 'pending'",
            name=op.f("ck_approval_nothing_private_outlasts_it"),
        ),
        sa.CheckConstraint(
            "(state IN ('pending', 'lapsed')) = (decided_at IS NULL) "
            "AND (decided_at IS NULL) = (decided_by IS NULL) "
            "AND (decided_at IS NULL) = (decision_reason IS NULL)",
            name=op.f("ck_approval_decided_whole"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR (state = 'withdrawn') = (decided_by = asked_by)",
            name=op.f("ck_approval_nobody_decides_their_own"),
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (refusal IS NOT NULL)",
            name=op.f("ck_approval_failed_with_its_code"),
        ),
        sa.CheckConstraint(
            "(amount_fen IS NULL) = (counted_fen IS NULL) "
            "AND (amount_fen IS NULL) = (threshold_fen IS NULL)",
            name=op.f("ck_approval_measured_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["staff.id"], name=op.f("fk_approval_asked_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["staff.id"], name=op.f("fk_approval_decided_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index(
        "uq_approval_pending",
        "approval",
        ["kind", "object_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(op.f("ix_approval_state_id"), "approval", ["state", "id"])
    op.create_table(
        "approval_threshold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("threshold_fen", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "threshold_fen >= 0", name=op.f("ck_approval_threshold_threshold_not_negative")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_threshold")),
        sa.UniqueConstraint("kind", name=op.f("uq_approval_threshold_kind")),
    )
    op.create_table(
        "unapproved_act",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_unapproved_act_amount_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unapproved_act")),
    )
    op.create_index(
        op.f("ix_unapproved_act_object_id_kind_at"),
        "unapproved_act",
        ["object_id", "kind", "at"],
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")

    op.drop_table("unapproved_act")
    op.drop_table("approval_threshold")
    op.drop_table("approval")
    op.drop_column("merchant_history", "asked_by")
    op.drop_column("breakfast_batch_history", "asked_by")
