"""The ledger: its rows, its seals, and what keeps both as they were written."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_2345"
down_revision: str | Sequence[str] | None = "20261125_2320"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("ledger_entry", "ledger_seal")
FUNCTIONS = ("ledger_digest", "ledger_guard", "ledger_seal_rows")


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")

    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "member",
                "store",
                "staff",
                "system",
                "public",
                name="actor_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_roles", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("object_kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("changes", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("times", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(position IS NULL) = (digest IS NULL)", name=op.f("ck_ledger_entry_sealed_whole")
        ),
        sa.CheckConstraint("times > 0", name=op.f("ck_ledger_entry_times_positive")),
        sa.CheckConstraint(
            "times = 1 OR refusal IS NOT NULL",
            name=op.f("ck_ledger_entry_only_refusals_are_counted"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("position", name=op.f("uq_ledger_entry_position")),
    )
    op.create_index(
        "ix_ledger_entry_unsealed",
        "ledger_entry",
        ["id"],
        postgresql_where=sa.text("position IS NULL"),
    )
    op.create_index(op.f("ix_ledger_entry_at_id"), "ledger_entry", ["at", "id"])
    op.create_index(op.f("ix_ledger_entry_verb_at_id"), "ledger_entry", ["verb", "at", "id"])
    op.create_index(op.f("ix_ledger_entry_actor_id"), "ledger_entry", ["actor_id"])
    op.create_index(
        op.f("ix_ledger_entry_object_kind_object_id"),
        "ledger_entry",
        ["object_kind", "object_id"],
    )
    op.create_index(op.f("ix_ledger_entry_request_id"), "ledger_entry", ["request_id"])
    op.create_index(
        "ix_ledger_entry_refused",
        "ledger_entry",
        ["at", "id"],
        postgresql_where=sa.text("refusal IS NOT NULL"),
    )
    op.create_table(
        "ledger_seal",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_position", sa.BigInteger(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.Column("rows_count", sa.Integer(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column(
            "sealed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "rows_count = last_position - first_position + 1",
            name=op.f("ck_ledger_seal_range_whole"),
        ),
        sa.CheckConstraint("rows_count > 0", name=op.f("ck_ledger_seal_range_not_empty")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger_seal")),
        sa.UniqueConstraint("first_position", name=op.f("uq_ledger_seal_first_position")),
        sa.UniqueConstraint("last_position", name=op.f("uq_ledger_seal_last_position")),
    )
    for name in FUNCTIONS:
        source = Path(__file__).parent / "sql" / f"20261125_{name}.sql"
        op.get_bind().exec_driver_sql(source.read_text())
    for table in TABLES:
        op.get_bind().exec_driver_sql(
            f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION ledger_guard()"
        )
        op.get_bind().exec_driver_sql(
            f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_guard()"
        )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")

    op.get_bind().exec_driver_sql("DROP FUNCTION ledger_seal_rows, ledger_digest")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.get_bind().exec_driver_sql("DROP FUNCTION ledger_guard")
