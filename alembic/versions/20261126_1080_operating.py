"""The switch by which staff stop every change at once, with its topic; what the worker found when
it last held every pool against its entries and rows."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261126_1080"
down_revision: str | Sequence[str] | None = "20261126_1060"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    kind = sa.Enum("on", "off", name="state", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "read_only",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", kind, server_default=sa.text("'off'"), nullable=False),
        sa.Column("reason", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "since_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_read_only_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_only")),
    )
    op.create_table(
        "stock_inspection",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pools_count", sa.Integer(), nullable=False),
        sa.Column("unequal_count", sa.Integer(), nullable=False),
        sa.Column(
            "inspected_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_stock_inspection_one_row")),
        sa.CheckConstraint(
            "0 <= unequal_count AND unequal_count <= pools_count",
            name=op.f("ck_stock_inspection_counts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_inspection")),
    )
    op.get_bind().exec_driver_sql("INSERT INTO read_only (id) VALUES (1)")
    op.get_bind().exec_driver_sql("INSERT INTO pulse (topic) VALUES ('read_only')")


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("DELETE FROM pulse WHERE topic = 'read_only'")
    op.drop_table("stock_inspection")
    op.drop_table("read_only")
