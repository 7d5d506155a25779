"""What figures of past times are counted from: districts as they were, viewers as they were
when they became final, and by which category a voucher was granted."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision: str = "20261126_1050"
down_revision: str | Sequence[str] | None = "20261126_1040"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

DISTRICTS = (
    "shinan",
    "shibei",
    "licang",
    "laoshan",
    "chengyang",
    "west_coast",
    "jimo",
    "jiaozhou",
    "pingdu",
    "laixi",
)
MOVING = ("member", "store")


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.add_column("breakfast_voucher", sa.Column("entitled_by", sa.String(), nullable=True))
    for table in MOVING:
        _create_history(table)
    source = Path(__file__).parent / "sql" / "20261126_keep_district.sql"
    op.get_bind().exec_driver_sql(source.read_text())
    for table in MOVING:
        op.get_bind().exec_driver_sql(
            f"CREATE TRIGGER {table}_district AFTER UPDATE OF district ON {table} FOR EACH ROW "
            "WHEN (OLD.district IS DISTINCT FROM NEW.district) EXECUTE FUNCTION keep_district()"
        )
    op.create_table(
        "presence_history",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("joins", sa.Integer(), nullable=False),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.Column("peak_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kind", "subject_id", "at", name=op.f("pk_presence_history")),
    )
    # What is final has no sketch any more, and somebody was counted.
    op.get_bind().exec_driver_sql(
        "INSERT INTO presence_history (kind, subject_id, at, members, joins, peak, peak_at) "
        "SELECT kind, subject_id, counted_until, members, joins, peak, peak_at "
        "FROM presence_figure WHERE sketch IS NULL AND members > 0"
    )


def _create_history(table: str) -> None:
    name = f"{table}_district_history"
    op.create_table(
        name,
        sa.Column(f"{table}_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(_district(column) for column in ("from_district", "to_district")),
        sa.ForeignKeyConstraint(
            [f"{table}_id"], [f"{table}.id"], name=op.f(f"fk_{name}_{table}_id_{table}")
        ),
        sa.PrimaryKeyConstraint(f"{table}_id", "at", name=op.f(f"pk_{name}")),
    )


def _district(column: str) -> sa.Column[str]:
    kind = sa.Enum(*DISTRICTS, name=column, native_enum=False, create_constraint=True, length=32)
    return sa.Column(column, kind, nullable=False)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.drop_table("presence_history")
    for table in MOVING:
        op.get_bind().exec_driver_sql(f"DROP TRIGGER {table}_district ON {table}")
        op.drop_table(f"{table}_district_history")
    op.get_bind().exec_driver_sql("DROP FUNCTION keep_district")
    op.drop_column("breakfast_voucher", "entitled_by")
