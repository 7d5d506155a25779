"""Editions beside each other: whether each is a draft, open or ended, what it was copied from,
and the history of that."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261126_1070"
down_revision: str | Sequence[str] | None = "20261126_1080"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PACKS = ("wishes", "breakfast", "couplets", "health", "gift_boxes")


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    # Whatever is there has been running.
    state = _enum("state", "draft", "open", "ended")
    op.add_column(
        "campaign", sa.Column("state", state, server_default=sa.text("'open'"), nullable=False)
    )
    op.create_check_constraint(op.f("ck_campaign_state"), "campaign", _one_of(state))
    op.add_column("campaign", sa.Column("copied_from", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_campaign_copied_from_campaign"), "campaign", "campaign", ["copied_from"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_campaign_draft_is_not_current"), "campaign", "state <> 'draft' OR NOT is_current"
    )
    for table in ("campaign", "pack"):
        op.add_column(
            table, sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)
        )
    op.create_table(
        "campaign_history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("pack", _enum("pack", *PACKS, checked=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_history_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_history")),
    )
    op.create_index(
        op.f("ix_campaign_history_campaign_id_at"), "campaign_history", ["campaign_id", "at"]
    )
    op.add_column("couplets_variant", sa.Column("planned_reserved", sa.Integer(), nullable=True))


def _enum(name: str, *values: str, checked: bool = False) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=checked, length=32)


def _one_of(kind: sa.Enum) -> str:
    return f"{kind.name} IN ({', '.join(repr(value) for value in kind.enums)})"


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.drop_column("couplets_variant", "planned_reserved")
    op.drop_table("campaign_history")
    for table in ("pack", "campaign"):
        op.drop_column(table, "version")
    op.drop_constraint(op.f("ck_campaign_draft_is_not_current"), "campaign")
    op.drop_column("campaign", "copied_from")
    op.drop_column("campaign", "state")
