"""Members by the last digits of a phone: in the order in which they are shown.

In a city's books hundreds share four digits, and a page reads the first alone."""

from collections.abc import Sequence

from alembic import op

revision: str = "20261127_1100"
down_revision: str | Sequence[str] | None = "20261126_1090"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ALONE, IN_ORDER = "ix_member_phone_last4_digest", "ix_member_phone_last4_digest_member_no"


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.create_index(op.f(IN_ORDER), "member", ["phone_last4_digest", "member_no"], unique=False)
    op.drop_index(op.f(ALONE), table_name="member")


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.create_index(op.f(ALONE), "member", ["phone_last4_digest"], unique=False)
    op.drop_index(op.f(IN_ORDER), table_name="member")
