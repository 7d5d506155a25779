"""Talks and places at them; experts' plans, slots and appointments."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261126_1030"
down_revision: str | Sequence[str] | None = "20261126_1020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    "health_appointment_history",
    "health_appointment",
    "health_slot",
    "health_plan",
    "health_registration",
    "health_talk",
)


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    # An id and a range of time in one index. Trusted: whoever owns the database may have it.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "health_talk",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("intro", sa.String(), nullable=False),
        sa.Column("speaker", sa.String(), nullable=False),
        sa.Column("expert_id", sa.Uuid(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("stream_url", sa.String(), nullable=True),
        sa.Column("replay_url", sa.String(), nullable=True),
        sa.Column(
            "replay_for",
            sa.Enum(
                "registered",
                "everybody",
                name="replay_for",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "place IS NOT NULL OR stream_url IS NOT NULL", name=op.f("ck_health_talk_is_somewhere")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_health_talk_has_length")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_health_talk_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["expert_id"], ["health_expert.id"], name=op.f("fk_health_talk_expert_id_health_expert")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["stock_pool.id"], name=op.f("fk_health_talk_pool_id_stock_pool")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_talk")),
        sa.UniqueConstraint("pool_id", name=op.f("uq_health_talk_pool_id")),
    )
    op.create_index(
        op.f("ix_health_talk_campaign_id_starts_at"),
        "health_talk",
        ["campaign_id", "starts_at"],
        unique=False,
    )
    op.create_table(
        "health_registration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("talk_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "registered",
                "attended",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'attended') = (attended_at IS NOT NULL) AND (state = 'attended') = (attended_by IS NOT NULL)",
            name=op.f("ck_health_registration_attended_whole"),
        ),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)",
            name=op.f("ck_health_registration_cancelled_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["attended_by"], ["staff.id"], name=op.f("fk_health_registration_attended_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_health_registration_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_health_registration_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["talk_id"], ["health_talk.id"], name=op.f("fk_health_registration_talk_id_health_talk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_registration")),
    )
    op.create_index(
        op.f("ix_health_registration_member_id_registered_at"),
        "health_registration",
        ["member_id", "registered_at"],
        unique=False,
    )
    op.create_index(
        "uq_health_registration_live",
        "health_registration",
        ["talk_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_table(
        "health_plan",
        sa.Column("expert_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("slot_min", sa.Integer(), nullable=False),
        sa.Column("hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("breaks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("exceptions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "slot_min BETWEEN 5 AND 240", name=op.f("ck_health_plan_slot_min_range")
        ),
        sa.ForeignKeyConstraint(
            ["expert_id"], ["health_expert.id"], name=op.f("fk_health_plan_expert_id_health_expert")
        ),
        sa.PrimaryKeyConstraint("expert_id", name=op.f("pk_health_plan")),
    )
    op.create_table(
        "health_slot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("expert_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_offered", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("expert_id"), "="),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            where=sa.text("is_offered"),
            using="gist",
            name="ex_health_slot_no_two_at_once",
        ),
        sa.CheckConstraint(
            "is_offered OR pool_id IS NOT NULL", name=op.f("ck_health_slot_was_wanted")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_health_slot_has_length")),
        sa.ForeignKeyConstraint(
            ["expert_id"], ["health_expert.id"], name=op.f("fk_health_slot_expert_id_health_expert")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["stock_pool.id"], name=op.f("fk_health_slot_pool_id_stock_pool")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_slot")),
        sa.UniqueConstraint("pool_id", name=op.f("uq_health_slot_pool_id")),
    )
    op.create_index(
        op.f("ix_health_slot_expert_id_starts_at"),
        "health_slot",
        ["expert_id", "starts_at"],
        unique=False,
    )
    op.create_index(op.f("ix_health_slot_starts_at"), "health_slot", ["starts_at"], unique=False)
    op.create_table(
        "health_appointment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "booked",
                "checked_in",
                "fulfilled",
                "no_show",
                "cancelled",
                "entered_in_error",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("person_id"), "="),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            where=sa.text("state NOT IN ('cancelled', 'entered_in_error')"),
            using="gist",
            name="ex_health_appointment_no_two_at_once",
        ),
        sa.CheckConstraint(
            "(closed_at IS NOT NULL) = (state IN ('fulfilled', 'no_show', 'cancelled', 'entered_in_error'))",
            name=op.f("ck_health_appointment_closed_when_ended"),
        ),
        sa.CheckConstraint(
            "(state = 'pending') <= (hold_until IS NOT NULL)",
            name=op.f("ck_health_appointment_held_until_when"),
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_health_appointment_has_length")),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_health_appointment_campaign_id_campaign"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_health_appointment_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_health_appointment_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["health_slot.id"], name=op.f("fk_health_appointment_slot_id_health_slot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_appointment")),
        sa.UniqueConstraint("unit_id", name=op.f("uq_health_appointment_unit_id")),
    )
    op.create_index(
        op.f("ix_health_appointment_member_id_starts_at"),
        "health_appointment",
        ["member_id", "starts_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_health_appointment_starts_at"), "health_appointment", ["starts_at"], unique=False
    )
    op.create_index(
        "uq_health_appointment_holding",
        "health_appointment",
        ["slot_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('cancelled', 'entered_in_error')"),
    )
    op.create_table(
        "health_appointment_history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column(
            "from_state",
            sa.Enum(
                "pending",
                "booked",
                "checked_in",
                "fulfilled",
                "no_show",
                "cancelled",
                "entered_in_error",
                name="from_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "to_state",
            sa.Enum(
                "pending",
                "booked",
                "checked_in",
                "fulfilled",
                "no_show",
                "cancelled",
                "entered_in_error",
                name="to_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["health_appointment.id"],
            name=op.f("fk_health_appointment_history_appointment_id_health_appointment"),
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"],
            ["health_slot.id"],
            name=op.f("fk_health_appointment_history_slot_id_health_slot"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_appointment_history")),
        sa.UniqueConstraint(
            "appointment_id",
            "number",
            name=op.f("uq_health_appointment_history_appointment_id_number"),
        ),
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        op.drop_table(table)
    # btree_gist stays: it may have been there before.
