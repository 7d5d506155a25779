"""Files that staff asked for."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261125_2310"
down_revision: str | Sequence[str] | None = "20261125_2300"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "export",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("filters", postgresql.JSONB(), nullable=False),
        sa.Column(
            "format",
            sa.Enum(
                "csv",
                "xlsx",
                name="format",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("districts", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("rows_done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rows_total", sa.BigInteger(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("cardinality(districts) > 0", name=op.f("ck_export_districts_some")),
        sa.CheckConstraint(
            "(ready_at IS NULL) = (size_bytes IS NULL)", name=op.f("ck_export_ready_whole")
        ),
        sa.CheckConstraint("rows_done <= rows_total", name=op.f("ck_export_no_more_than_all")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_export_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
    )
    op.create_index(op.f("ix_export_staff_id_id"), "export", ["staff_id", "id"])
    op.create_index(
        "ix_export_kept", "export", ["expires_at"], postgresql_where=sa.text("swept_at IS NULL")
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.drop_table("export")
