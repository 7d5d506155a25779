"""Test codes: what only a test batch may have, its own hours and a batch that it completes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_2110"
down_revision: str | Sequence[str] | None = "20261124_0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")

    op.add_column("breakfast_batch", sa.Column("test_of", sa.Uuid(), nullable=True))
    op.add_column("breakfast_batch", sa.Column("opens", sa.Integer(), nullable=True))
    op.add_column("breakfast_batch", sa.Column("closes", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_breakfast_batch_test_of_breakfast_batch"),
        "breakfast_batch",
        "breakfast_batch",
        ["test_of"],
        ["id"],
    )
    op.create_check_constraint(
        op.f("ck_breakfast_batch_hours_whole"),
        "breakfast_batch",
        "(opens IS NULL) = (closes IS NULL)",
    )
    op.create_check_constraint(
        op.f("ck_breakfast_batch_only_tests_differ"),
        "breakfast_batch",
        "test OR (opens IS NULL AND test_of IS NULL)",
    )
    op.create_index(op.f("ix_breakfast_batch_test_of"), "breakfast_batch", ["test_of"])


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")

    op.drop_index(op.f("ix_breakfast_batch_test_of"), table_name="breakfast_batch")
    op.drop_constraint(op.f("ck_breakfast_batch_only_tests_differ"), "breakfast_batch")
    op.drop_constraint(op.f("ck_breakfast_batch_hours_whole"), "breakfast_batch")
    op.drop_constraint(op.f("fk_breakfast_batch_test_of_breakfast_batch"), "breakfast_batch")
    op.drop_column("breakfast_batch", "closes")
    op.drop_column("breakfast_batch", "opens")
    op.drop_column("breakfast_batch", "test_of")
