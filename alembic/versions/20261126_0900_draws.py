"""Draws: what is published, entries, awards, history, and what keeps all of it as it was said."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261126_0900"
down_revision: str | Sequence[str] | None = "20261126_0840"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("draw_history", "draw_award", "draw_entry", "draw_exclusion", "draw_prize", "draw")
# What comes and is changed; drafts apart, a draw itself is only moved on.
GUARDED_FROM_ITS_BEGINNING = ("draw_prize", "draw_exclusion", "draw_entry", "draw_award")
GUARDED_AFTERWARDS = ("draw", "draw_history")


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "draw",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "open",
                "frozen",
                "committed",
                "drawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("organiser", sa.String(), nullable=False),
        sa.Column("conditions", sa.String(), nullable=False),
        sa.Column("conditions_en", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("entry_rule", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accept_within_h", sa.Integer(), nullable=False),
        sa.Column("rules", sa.String(), nullable=True),
        sa.Column("listed", sa.String(), nullable=True),
        sa.Column("entrants_count", sa.Integer(), nullable=True),
        sa.Column("list_sha256", sa.String(), nullable=True),
        sa.Column(
            "method",
            sa.Enum(
                "rfc3797_md5",
                "rfc3797_sha256",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "sources", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("commitment", sa.String(), nullable=True),
        sa.Column(
            "public_numbers",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(state = 'draft') = (rules IS NULL) AND (rules IS NULL) = (published_at IS NULL)",
            name=op.f("ck_draw_published_whole"),
        ),
        sa.CheckConstraint(
            "(state = 'drawn') = (public_numbers IS NOT NULL) AND (public_numbers IS NULL) = (drawn_at IS NULL)",
            name=op.f("ck_draw_drawn_whole"),
        ),
        sa.CheckConstraint(
            "(state IN ('committed', 'drawn')) = (sources IS NOT NULL) AND (sources IS NULL) = (commitment IS NULL) AND (sources IS NULL) = (committed_at IS NULL)",
            name=op.f("ck_draw_committed_whole"),
        ),
        sa.CheckConstraint(
            "(state IN ('draft', 'open')) = (listed IS NULL) AND (listed IS NULL) = (list_sha256 IS NULL) AND (listed IS NULL) = (entrants_count IS NULL) AND (listed IS NULL) = (method IS NULL) AND (listed IS NULL) = (frozen_at IS NULL)",
            name=op.f("ck_draw_frozen_whole"),
        ),
        sa.CheckConstraint(
            "accept_within_h BETWEEN 1 AND 2160", name=op.f("ck_draw_accept_within_range")
        ),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_draw_closes_after_opens")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw")),
    )
    op.create_index(
        op.f("ix_draw_source_subject_id"), "draw", ["source", "subject_id"], unique=False
    )
    op.create_table(
        "draw_prize",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("value_fen", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "quantity BETWEEN 1 AND 100000", name=op.f("ck_draw_prize_quantity_range")
        ),
        sa.CheckConstraint(
            "value_fen BETWEEN 0 AND 5000000", name=op.f("ck_draw_prize_value_within_cap")
        ),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_draw_prize_draw_id_draw")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_prize")),
        sa.UniqueConstraint("draw_id", "place", name=op.f("uq_draw_prize_draw_id_place")),
    )
    op.create_table(
        "draw_exclusion",
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["draw.id"], name=op.f("fk_draw_exclusion_draw_id_draw")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_draw_exclusion_person_id_person")
        ),
        sa.PrimaryKeyConstraint("draw_id", "person_id", name=op.f("pk_draw_exclusion")),
    )
    op.create_table(
        "draw_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_no", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_listed", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "ticket_no ~ '^[0-9A-HJKMNP-TV-Z]{10}$'", name=op.f("ck_draw_entry_ticket_no_form")
        ),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_draw_entry_draw_id_draw")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_draw_entry_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_draw_entry_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_entry")),
        sa.UniqueConstraint("draw_id", "person_id", name=op.f("uq_draw_entry_draw_id_person_id")),
        sa.UniqueConstraint("draw_id", "ticket_no", name=op.f("uq_draw_entry_draw_id_ticket_no")),
    )
    op.create_index(op.f("ix_draw_entry_member_id"), "draw_entry", ["member_id"], unique=False)
    op.create_table(
        "draw_award",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("prize_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("ticket_no", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "awarded",
                "accepted",
                "expired",
                "disqualified",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("awarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accept_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ending", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'disqualified') = (reason IS NOT NULL)",
            name=op.f("ck_draw_award_reason_published"),
        ),
        sa.CheckConstraint(
            "(state IN ('expired', 'disqualified')) = (ending IS NOT NULL) AND (ending IS NULL) = (ended_at IS NULL)",
            name=op.f("ck_draw_award_ended_whole"),
        ),
        sa.CheckConstraint(
            "state <> 'accepted' OR accepted_at IS NOT NULL",
            name=op.f("ck_draw_award_accepted_whole"),
        ),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_draw_award_draw_id_draw")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["draw_entry.id"], name=op.f("fk_draw_award_entry_id_draw_entry")
        ),
        sa.ForeignKeyConstraint(
            ["prize_id"], ["draw_prize.id"], name=op.f("fk_draw_award_prize_id_draw_prize")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_award")),
        sa.UniqueConstraint("draw_id", "ending", name=op.f("uq_draw_award_draw_id_ending")),
        sa.UniqueConstraint("draw_id", "ticket_no", name=op.f("uq_draw_award_draw_id_ticket_no")),
        sa.UniqueConstraint("draw_id", "turn", name=op.f("uq_draw_award_draw_id_turn")),
    )
    op.create_index(op.f("ix_draw_award_entry_id"), "draw_award", ["entry_id"], unique=False)
    op.create_index(
        "uq_draw_award_standing",
        "draw_award",
        ["draw_id", "unit"],
        unique=True,
        postgresql_where=sa.text("state IN ('awarded', 'accepted')"),
    )
    op.create_table(
        "draw_history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=True),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["draw.id"], name=op.f("fk_draw_history_draw_id_draw")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_history")),
        sa.UniqueConstraint("draw_id", "number", name=op.f("uq_draw_history_draw_id_number")),
    )

    source = Path(__file__).parent / "sql" / "20261126_draw_guard.sql"
    op.get_bind().exec_driver_sql(source.read_text())
    for table in GUARDED_FROM_ITS_BEGINNING:
        _guard(table, "INSERT OR UPDATE OR DELETE")
    for table in GUARDED_AFTERWARDS:
        _guard(table, "UPDATE OR DELETE")


def _guard(table: str, events: str) -> None:
    op.get_bind().exec_driver_sql(
        f"CREATE TRIGGER {table}_rows BEFORE {events} ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION draw_guard()"
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        op.drop_table(table)
    op.get_bind().exec_driver_sql("DROP FUNCTION draw_guard")
