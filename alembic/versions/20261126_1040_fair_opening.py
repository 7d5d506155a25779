"""Fair openings: crowds in an order that anybody draws again. Pictures of the campaign's, shown
with questions. Whose a ticket was is forgotten after two years."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision: str = "20261126_1040"
down_revision: str | Sequence[str] | None = "20261126_1030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SQL = Path(__file__).parent / "sql"
GUARD = "CREATE OR REPLACE FUNCTION draw_guard()"


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    _widen_draws()
    _widen_couplets()
    _widen_files()


def _widen_draws() -> None:
    kind = sa.Enum(
        "prizes", "order", name="kind", native_enum=False, create_constraint=False, length=32
    )
    op.add_column("draw", sa.Column("kind", kind, server_default="prizes", nullable=False))
    op.create_check_constraint(op.f("ck_draw_kind"), "draw", "kind IN ('prizes', 'order')")
    op.alter_column("draw", "accept_within_h", existing_type=sa.Integer(), nullable=True)
    op.create_check_constraint(
        op.f("ck_draw_accepting_is_of_prizes"),
        "draw",
        "(kind = 'prizes') = (accept_within_h IS NOT NULL)",
    )
    for column in ("member_id", "person_id"):
        op.alter_column("draw_entry", column, existing_type=sa.Uuid(), nullable=True)
    op.create_check_constraint(
        op.f("ck_draw_entry_forgotten_whole"),
        "draw_entry",
        "(member_id IS NULL) = (person_id IS NULL)",
    )
    op.create_table(
        "draw_turn",
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "granted",
                "waiting",
                "passed",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_draw_turn_draw_id_draw")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["draw_entry.id"], name=op.f("fk_draw_turn_entry_id_draw_entry")
        ),
        sa.PrimaryKeyConstraint("draw_id", "turn", name=op.f("pk_draw_turn")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_draw_turn_entry_id")),
    )
    op.get_bind().exec_driver_sql((SQL / "20261126b_draw_guard.sql").read_text())
    op.get_bind().exec_driver_sql(
        "CREATE TRIGGER draw_turn_rows BEFORE INSERT OR UPDATE OR DELETE ON draw_turn "
        "FOR EACH ROW EXECUTE FUNCTION draw_guard()"
    )


def _widen_couplets() -> None:
    op.drop_constraint(op.f("ck_couplets_event_opening"), "couplets_event", type_="check")
    op.create_check_constraint(
        op.f("ck_couplets_event_opening"),
        "couplets_event",
        "opening IN ('first_come', 'fair_draw')",
    )
    op.add_column("couplets_event", sa.Column("opening_window_min", sa.Integer(), nullable=True))
    op.add_column("couplets_event", sa.Column("draw_id", sa.Uuid(), nullable=True))
    op.add_column(
        "couplets_event", sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_foreign_key(
        op.f("fk_couplets_event_draw_id_draw"), "couplets_event", "draw", ["draw_id"], ["id"]
    )
    op.create_unique_constraint(op.f("uq_couplets_event_draw_id"), "couplets_event", ["draw_id"])
    op.create_check_constraint(
        op.f("ck_couplets_event_opening_window_range"),
        "couplets_event",
        "opening_window_min BETWEEN 1 AND 10080",
    )
    op.create_check_constraint(
        op.f("ck_couplets_event_fair_whole"),
        "couplets_event",
        "(opening = 'fair_draw') = (draw_id IS NOT NULL) AND (draw_id IS NULL) = (opening_window_min IS NULL) AND (ordered_at IS NULL OR draw_id IS NOT NULL)",
    )
    op.create_table(
        "couplets_ask",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["draw_entry.id"], name=op.f("fk_couplets_ask_entry_id_draw_entry")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["couplets_event.id"],
            name=op.f("fk_couplets_ask_event_id_couplets_event"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["couplets_site.id"], name=op.f("fk_couplets_ask_site_id_couplets_site")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["couplets_variant.id"],
            name=op.f("fk_couplets_ask_variant_id_couplets_variant"),
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_couplets_ask")),
    )
    op.create_index(op.f("ix_couplets_ask_event_id"), "couplets_ask", ["event_id"], unique=False)


def _widen_files() -> None:
    op.alter_column("file", "member_id", existing_type=sa.Uuid(), nullable=True)
    op.add_column("file", sa.Column("staff_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_file_staff_id_staff"), "file", "staff", ["staff_id"], ["id"])
    op.create_check_constraint(
        op.f("ck_file_one_sender"), "file", "num_nonnulls(member_id, staff_id) = 1"
    )
    op.add_column("health_question_version", sa.Column("picture_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_health_question_version_picture_id_file"),
        "health_question_version",
        "file",
        ["picture_id"],
        ["id"],
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.drop_column("health_question_version", "picture_id")
    op.drop_constraint(op.f("ck_file_one_sender"), "file", type_="check")
    # Older processes know members' pictures alone.
    op.get_bind().exec_driver_sql("DELETE FROM file WHERE member_id IS NULL")
    op.drop_column("file", "staff_id")
    op.alter_column("file", "member_id", existing_type=sa.Uuid(), nullable=False)

    op.drop_table("couplets_ask")
    op.drop_constraint(op.f("ck_couplets_event_fair_whole"), "couplets_event", type_="check")
    for column in ("ordered_at", "draw_id", "opening_window_min"):
        op.drop_column("couplets_event", column)
    op.drop_constraint(op.f("ck_couplets_event_opening"), "couplets_event", type_="check")
    op.get_bind().exec_driver_sql("UPDATE couplets_event SET opening = 'first_come'")
    op.create_check_constraint(
        op.f("ck_couplets_event_opening"), "couplets_event", "opening IN ('first_come')"
    )

    op.drop_table("draw_turn")
    # What has an order is no draw of prizes to older processes: these rows go, unguarded. Where
    # tickets have been forgotten already, there is no way back: the columns below say so.
    bind = op.get_bind()
    for table in ("draw_history", "draw_entry", "draw"):
        bind.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    gone = "SELECT id FROM draw WHERE kind = 'order'"
    for table in ("draw_history", "draw_entry"):
        bind.exec_driver_sql(f"DELETE FROM {table} WHERE draw_id IN ({gone})")
    bind.exec_driver_sql("DELETE FROM draw WHERE kind = 'order'")
    for table in ("draw_history", "draw_entry", "draw"):
        bind.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    op.drop_constraint(op.f("ck_draw_entry_forgotten_whole"), "draw_entry", type_="check")
    for name in ("member_id", "person_id"):
        op.alter_column("draw_entry", name, existing_type=sa.Uuid(), nullable=False)
    op.drop_constraint(op.f("ck_draw_accepting_is_of_prizes"), "draw", type_="check")
    op.alter_column("draw", "accept_within_h", existing_type=sa.Integer(), nullable=False)
    op.drop_column("draw", "kind")
    older = (SQL / "20261126_draw_guard.sql").read_text()
    bind.exec_driver_sql(older.replace("CREATE FUNCTION draw_guard()", GUARD))
