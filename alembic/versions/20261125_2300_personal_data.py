"""Consents, erasures, who looked in which role, merchants in full."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261125_2300"
down_revision: str | Sequence[str] | None = "20261125_2250"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")

    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "health_data",
                "show_contact",
                "notices",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("app", name="channel", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0 AND version > 0", name=op.f("ck_consent_counted")),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
            name=op.f("fk_consent_member_id_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint(
            "member_id", "purpose", "number", name=op.f("uq_consent_member_id_purpose_number")
        ),
    )
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("member_no_digest", sa.LargeBinary(), nullable=True),
        sa.Column("forget_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_erasure_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_erasure_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("member_id", name=op.f("uq_erasure_member_id")),
    )
    op.create_index(
        "ix_erasure_due",
        "erasure",
        ["forget_at"],
        unique=False,
        postgresql_where=sa.text("forgotten_at IS NULL"),
    )
    op.create_index(op.f("ix_erasure_member_no_digest"), "erasure", ["member_no_digest"])
    op.create_index(op.f("ix_erasure_person_id"), "erasure", ["person_id"])
    op.create_table(
        "merchant_history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("fields", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["merchant_id"],
            ["merchant.id"],
            name=op.f("fk_merchant_history_merchant_id_merchant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant_history")),
    )
    op.create_index(op.f("ix_merchant_history_merchant_id"), "merchant_history", ["merchant_id"])
    op.add_column(
        "data_access",
        sa.Column("roles", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column("member", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "person", sa.Column("number_erased_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("merchant", sa.Column("legal_name", sa.String(), nullable=True))
    op.add_column("merchant", sa.Column("credit_code", sa.String(), nullable=True))
    op.add_column("merchant", sa.Column("bank", sa.String(), nullable=True))
    op.add_column("merchant", sa.Column("bank_account_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("merchant", sa.Column("contact_name_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("merchant", sa.Column("contact_phone_sealed", sa.LargeBinary(), nullable=True))
    op.add_column(
        "merchant",
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
    )
    op.add_column(
        "merchant",
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
    )
    op.create_unique_constraint(op.f("uq_merchant_credit_code"), "merchant", ["credit_code"])
    op.create_check_constraint(
        op.f("ck_merchant_credit_code_form"),
        "merchant",
        "credit_code ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'",
    )
    op.create_check_constraint(
        op.f("ck_merchant_bank_whole"),
        "merchant",
        "(bank IS NULL) = (bank_account_sealed IS NULL)",
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")

    op.drop_constraint(op.f("ck_merchant_bank_whole"), "merchant", type_="check")
    op.drop_constraint(op.f("ck_merchant_credit_code_form"), "merchant", type_="check")
    op.drop_constraint(op.f("uq_merchant_credit_code"), "merchant", type_="unique")
    op.drop_column("merchant", "updated_at")
    op.drop_column("merchant", "version")
    op.drop_column("merchant", "contact_phone_sealed")
    op.drop_column("merchant", "contact_name_sealed")
    op.drop_column("merchant", "bank_account_sealed")
    op.drop_column("merchant", "bank")
    op.drop_column("merchant", "credit_code")
    op.drop_column("merchant", "legal_name")
    op.drop_column("person", "number_erased_at")
    op.drop_column("member", "erased_at")
    op.drop_column("data_access", "roles")
    op.drop_index(op.f("ix_merchant_history_merchant_id"), table_name="merchant_history")
    op.drop_table("merchant_history")
    op.drop_index(op.f("ix_erasure_person_id"), table_name="erasure")
    op.drop_index(op.f("ix_erasure_member_no_digest"), table_name="erasure")
    op.drop_index("ix_erasure_due", table_name="erasure")
    op.drop_table("erasure")
    op.drop_table("consent")
