"""Kinds of wish that staff switch and edit; a campaign's limits of wishes as a row."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261126_0720"
down_revision: str | Sequence[str] | None = "20261126_0440"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.add_column(
        "wish_kind",
        sa.Column("is_on", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    op.add_column(
        "wish_kind",
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
    )
    op.create_table(
        "wish_limits",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("open_claims", sa.Integer(), server_default=sa.text("3"), nullable=False),
        sa.Column("open_wishes", sa.Integer(), server_default=sa.text("2"), nullable=False),
        sa.Column("cooldown_h", sa.Integer(), server_default=sa.text("24"), nullable=False),
        sa.Column("similar_days", sa.Integer(), server_default=sa.text("30"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "open_claims BETWEEN 1 AND 100", name=op.f("ck_wish_limits_open_claims_range")
        ),
        sa.CheckConstraint(
            "open_wishes BETWEEN 1 AND 100", name=op.f("ck_wish_limits_open_wishes_range")
        ),
        sa.CheckConstraint(
            "cooldown_h BETWEEN 0 AND 720", name=op.f("ck_wish_limits_cooldown_range")
        ),
        sa.CheckConstraint(
            "similar_days BETWEEN 0 AND 366", name=op.f("ck_wish_limits_similar_range")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_wish_limits_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_wish_limits")),
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.drop_table("wish_limits")
    op.drop_column("wish_kind", "version")
    op.drop_column("wish_kind", "is_on")
