"""Viewers: their figures, and when some may be missing."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261126_0820"
down_revision: str | Sequence[str] | None = "20261126_0800"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "presence_figure",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("counted_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("look_us", sa.BigInteger(), nullable=False),
        sa.Column("life", sa.BigInteger(), nullable=True),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("joins", sa.Integer(), nullable=False),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.Column("peak_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("joins_before", sa.Integer(), nullable=False),
        sa.Column("known_before", sa.Integer(), nullable=False),
        sa.Column("sketch", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "present >= 0 AND known >= 0 AND members >= 0 AND joins >= joins_before "
            "AND joins_before >= 0 AND known_before >= 0 AND peak >= 0",
            name=op.f("ck_presence_figure_counts_not_negative"),
        ),
        sa.CheckConstraint(
            "(peak = 0) = (peak_at IS NULL)", name=op.f("ck_presence_figure_peak_has_its_time")
        ),
        sa.PrimaryKeyConstraint("kind", "subject_id", name=op.f("pk_presence_figure")),
    )
    op.create_table(
        "presence_gap",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("missed_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("missed_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "missed_from <= missed_until", name=op.f("ck_presence_gap_from_before_until")
        ),
        sa.PrimaryKeyConstraint("kind", "subject_id", "missed_from", name=op.f("pk_presence_gap")),
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.drop_table("presence_gap")
    op.drop_table("presence_figure")
