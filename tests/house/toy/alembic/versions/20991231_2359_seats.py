"""Seats at talks, a sixth pack."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20991231_2359"
down_revision: str | Sequence[str] | None = "the head"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NAMES = (("pack", "ck_pack_kind", "kind"), ("campaign_history", "ck_campaign_history_pack", "pack"))
FIVE = ("wishes", "breakfast", "couplets", "health", "gift_boxes")


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")

    _allow(*FIVE, "seats")
    op.create_table(
        "seats_talk",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["stock_pool.id"], name=op.f("fk_seats_talk_pool_id_stock_pool")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seats_talk")),
        sa.UniqueConstraint("pool_id", name=op.f("uq_seats_talk_pool_id")),
    )
    op.create_table(
        "seats_seat",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("talk_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_seats_seat_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["talk_id"], ["seats_talk.id"], name=op.f("fk_seats_seat_talk_id_seats_talk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seats_seat")),
    )
    op.create_index(op.f("ix_seats_seat_member_id"), "seats_seat", ["member_id"])
    op.create_index(op.f("ix_seats_seat_talk_id"), "seats_seat", ["talk_id"])


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")

    op.drop_table("seats_seat")
    op.drop_table("seats_talk")
    op.execute("DELETE FROM campaign_history WHERE pack = 'seats'")
    op.execute("DELETE FROM pack WHERE kind = 'seats'")
    _allow(*FIVE)


def _allow(*kinds: str) -> None:
    named = ", ".join(f"'{kind}'" for kind in kinds)
    for table, name, column in NAMES:
        op.drop_constraint(op.f(name), table)
        op.create_check_constraint(op.f(name), table, f"{column} IN ({named})")
