"""Offline tills: what was refused, what is disputed, secrets that are rolled."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261124_0002"
down_revision: str | Sequence[str] | None = "20261124_0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")

    op.create_table(
        "breakfast_refused_redemption",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("redemption_no", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=True),
        sa.Column(
            "input",
            sa.Enum(
                "pass", "code", name="input", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device_seq", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts_count", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["store_device.id"],
            name=op.f("fk_breakfast_refused_redemption_device_id_store_device"),
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["store.id"], name=op.f("fk_breakfast_refused_redemption_store_id_store")
        ),
        sa.ForeignKeyConstraint(
            ["voucher_id"],
            ["breakfast_voucher.id"],
            name=op.f("fk_breakfast_refused_redemption_voucher_id_breakfast_voucher"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breakfast_refused_redemption")),
        sa.UniqueConstraint(
            "device_id",
            "store_id",
            "redemption_no",
            "code",
            name=op.f("uq_breakfast_refused_redemption_attempt"),
        ),
    )
    op.create_index(
        op.f("ix_breakfast_refused_redemption_received_at"),
        "breakfast_refused_redemption",
        ["received_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_breakfast_refused_redemption_store_id_received_at"),
        "breakfast_refused_redemption",
        ["store_id", "received_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_breakfast_refused_redemption_voucher_id"),
        "breakfast_refused_redemption",
        ["voucher_id"],
        unique=False,
    )
    op.create_table(
        "breakfast_dispute",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("first_redemption_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("redemption_no", sa.String(), nullable=False),
        sa.Column(
            "input",
            sa.Enum(
                "pass", "code", name="input", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device_seq", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "decided",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'open'"),
            nullable=False,
        ),
        sa.Column(
            "decision",
            sa.Enum(
                "first_stands",
                "second_stands",
                "both_paid",
                name="decision",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("compensation_fen", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_redemption_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(compensation_fen > 0) = (decision IS NOT NULL AND decision = 'both_paid')",
            name=op.f("ck_breakfast_dispute_compensated_when_both_paid"),
        ),
        sa.CheckConstraint(
            "(state = 'decided') = (decision IS NOT NULL) AND (state = 'decided') = (decided_at IS NOT NULL) AND (state = 'decided') = (decided_by IS NOT NULL) AND (state = 'decided') = (reason IS NOT NULL)",
            name=op.f("ck_breakfast_dispute_decided_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["store_device.id"],
            name=op.f("fk_breakfast_dispute_device_id_store_device"),
        ),
        sa.ForeignKeyConstraint(
            ["first_redemption_id"],
            ["breakfast_redemption.id"],
            name=op.f("fk_breakfast_dispute_first_redemption_id_breakfast_redemption"),
        ),
        sa.ForeignKeyConstraint(
            ["second_redemption_id"],
            ["breakfast_redemption.id"],
            name=op.f("fk_breakfast_dispute_second_redemption_id_breakfast_redemption"),
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["store.id"], name=op.f("fk_breakfast_dispute_store_id_store")
        ),
        sa.ForeignKeyConstraint(
            ["voucher_id"],
            ["breakfast_voucher.id"],
            name=op.f("fk_breakfast_dispute_voucher_id_breakfast_voucher"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breakfast_dispute")),
        sa.UniqueConstraint(
            "store_id", "redemption_no", name=op.f("uq_breakfast_dispute_store_id_redemption_no")
        ),
    )
    op.create_index(
        op.f("ix_breakfast_dispute_first_redemption_id"),
        "breakfast_dispute",
        ["first_redemption_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_breakfast_dispute_second_redemption_id"),
        "breakfast_dispute",
        ["second_redemption_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_breakfast_dispute_state_received_at"),
        "breakfast_dispute",
        ["state", "received_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_breakfast_dispute_voucher_id"), "breakfast_dispute", ["voucher_id"], unique=False
    )
    op.create_index(
        "ix_breakfast_voucher_revoked",
        "breakfast_voucher",
        ["valid_until"],
        postgresql_where=sa.text("state = 'void'"),
    )
    op.add_column(
        "breakfast_redemption", sa.Column("device_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "breakfast_redemption", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("breakfast_redemption", sa.Column("device_seq", sa.BigInteger(), nullable=True))
    op.add_column("onboarding_code", sa.Column("code_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("store_device", sa.Column("next_secret_digest", sa.LargeBinary(), nullable=True))
    op.add_column(
        "store_device", sa.Column("previous_secret_digest", sa.LargeBinary(), nullable=True)
    )
    op.add_column(
        "store_device",
        sa.Column("previous_secret_until", sa.DateTime(timezone=True), nullable=True),
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")

    op.drop_index("ix_breakfast_voucher_revoked", table_name="breakfast_voucher")
    op.drop_column("store_device", "previous_secret_until")
    op.drop_column("store_device", "previous_secret_digest")
    op.drop_column("store_device", "next_secret_digest")
    op.drop_column("onboarding_code", "code_sealed")
    op.drop_column("breakfast_redemption", "device_seq")
    op.drop_column("breakfast_redemption", "sent_at")
    op.drop_column("breakfast_redemption", "device_at")
    op.drop_index(op.f("ix_breakfast_dispute_voucher_id"), table_name="breakfast_dispute")
    op.drop_index(op.f("ix_breakfast_dispute_state_received_at"), table_name="breakfast_dispute")
    op.drop_index(op.f("ix_breakfast_dispute_second_redemption_id"), table_name="breakfast_dispute")
    op.drop_index(op.f("ix_breakfast_dispute_first_redemption_id"), table_name="breakfast_dispute")
    op.drop_table("breakfast_dispute")
    op.drop_index(
        op.f("ix_breakfast_refused_redemption_voucher_id"),
        table_name="breakfast_refused_redemption",
    )
    op.drop_index(
        op.f("ix_breakfast_refused_redemption_store_id_received_at"),
        table_name="breakfast_refused_redemption",
    )
    op.drop_index(
        op.f("ix_breakfast_refused_redemption_received_at"),
        table_name="breakfast_refused_redemption",
    )
    op.drop_table("breakfast_refused_redemption")
