"""A topic for members, so that every process knows when what it remembers of them is old."""

from collections.abc import Sequence

from alembic import op

revision: str = "20261126_0440"
down_revision: str | Sequence[str] | None = "20261126_0150"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("INSERT INTO pulse (topic) VALUES ('members')")


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("DELETE FROM pulse WHERE topic = 'members'")
