"""Advice in confidence: experts, consultations; how long records are kept."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261126_1020"
down_revision: str | Sequence[str] | None = "20261126_1010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    "retention_run",
    "retention_period",
    "health_alert",
    "health_consultation_move",
    "health_picture",
    "health_message",
    "health_consultation",
    "health_expert",
)


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "health_expert",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("licence_no", sa.String(), nullable=False),
        sa.Column("hospital", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("topics", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("is_reviewer", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("cardinality(topics) > 0", name=op.f("ck_health_expert_has_a_topic")),
        sa.CheckConstraint(
            "NOT is_reviewer OR (is_active AND staff_id IS NOT NULL)",
            name=op.f("ck_health_expert_reviewer_can_read"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_health_expert_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_expert")),
        sa.UniqueConstraint("licence_no", name=op.f("uq_health_expert_licence_no")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_health_expert_staff_id")),
    )
    op.create_index(
        "uq_health_expert_reviewer",
        "health_expert",
        ["is_reviewer"],
        unique=True,
        postgresql_where=sa.text("is_reviewer"),
    )
    op.create_table(
        "health_consultation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "topic",
            sa.Enum(
                "general",
                "respiratory",
                "chronic",
                "mother_and_child",
                "nutrition",
                "psychological",
                name="topic",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("pseudonym", sa.String(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "taken",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("expert_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "closed_by",
            sa.Enum(
                "member",
                "expert",
                "withdrawal",
                name="closed_by",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_no", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("member_read_no", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("expert_read_no", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL) AND (state = 'closed') = (closed_by IS NOT NULL)",
            name=op.f("ck_health_consultation_closed_whole"),
        ),
        sa.CheckConstraint(
            "(state = 'taken') = (expert_id IS NOT NULL)",
            name=op.f("ck_health_consultation_taken_by_somebody"),
        ),
        sa.CheckConstraint(
            "state <> 'waiting' OR waiting_from IS NOT NULL",
            name=op.f("ck_health_consultation_waits_since"),
        ),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR state = 'closed'",
            name=op.f("ck_health_consultation_withdrawn_is_closed"),
        ),
        sa.CheckConstraint(
            "lifted_at IS NULL OR pseudonym IS NOT NULL",
            name=op.f("ck_health_consultation_lifted_pseudonym"),
        ),
        sa.CheckConstraint(
            "member_read_no BETWEEN 0 AND last_no AND expert_read_no BETWEEN 0 AND last_no",
            name=op.f("ck_health_consultation_read_what_is_there"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_health_consultation_campaign_id_campaign"),
        ),
        sa.ForeignKeyConstraint(
            ["expert_id"],
            ["health_expert.id"],
            name=op.f("fk_health_consultation_expert_id_health_expert"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_health_consultation_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_consultation")),
    )
    op.create_index(
        op.f("ix_health_consultation_campaign_id"),
        "health_consultation",
        ["campaign_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_health_consultation_member_id_opened_at"),
        "health_consultation",
        ["member_id", "opened_at"],
        unique=False,
    )
    op.create_index(
        "ix_health_consultation_taken",
        "health_consultation",
        ["expert_id", "opened_at"],
        unique=False,
        postgresql_where=sa.text("state = 'taken'"),
    )
    op.create_index(
        "ix_health_consultation_waiting",
        "health_consultation",
        ["waiting_from", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_health_consultation_withdrawn",
        "health_consultation",
        ["withdrawn_at"],
        unique=False,
        postgresql_where=sa.text("withdrawn_at IS NOT NULL"),
    )
    op.create_index(
        "uq_health_consultation_open",
        "health_consultation",
        ["member_id", "topic"],
        unique=True,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_table(
        "health_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "author",
            sa.Enum(
                "member",
                "expert",
                name="author",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("expert_id", sa.Uuid(), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(author = 'expert') = (expert_id IS NOT NULL)",
            name=op.f("ck_health_message_an_experts_own"),
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_health_message_number_positive")),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["health_consultation.id"],
            name=op.f("fk_health_message_consultation_id_health_consultation"),
        ),
        sa.ForeignKeyConstraint(
            ["expert_id"],
            ["health_expert.id"],
            name=op.f("fk_health_message_expert_id_health_expert"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_message")),
        sa.UniqueConstraint(
            "consultation_id", "number", name=op.f("uq_health_message_consultation_id_number")
        ),
    )
    op.create_index(op.f("ix_health_message_at"), "health_message", ["at"], unique=False)
    op.create_table(
        "health_picture",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["file.id"], name=op.f("fk_health_picture_file_id_file")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["health_message.id"],
            name=op.f("fk_health_picture_message_id_health_message"),
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_health_picture")),
    )
    op.create_index(op.f("ix_health_picture_at"), "health_picture", ["at"], unique=False)
    op.create_index(
        op.f("ix_health_picture_message_id"), "health_picture", ["message_id"], unique=False
    )
    op.create_table(
        "health_consultation_move",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column(
            "from_state",
            sa.Enum(
                "waiting",
                "taken",
                "closed",
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
                "waiting",
                "taken",
                "closed",
                name="to_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["health_consultation.id"],
            name=op.f("fk_health_consultation_move_consultation_id_health_consultation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_consultation_move")),
    )
    op.create_index(
        op.f("ix_health_consultation_move_consultation_id"),
        "health_consultation_move",
        ["consultation_id"],
        unique=False,
    )
    op.create_table(
        "health_alert",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column(
            "flag",
            sa.Enum(
                "emergency",
                "self_harm",
                name="flag",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by IS NULL)",
            name=op.f("ck_health_alert_acknowledged_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["health_consultation.id"],
            name=op.f("fk_health_alert_consultation_id_health_consultation"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["health_message.id"],
            name=op.f("fk_health_alert_message_id_health_message"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_alert")),
        sa.UniqueConstraint("message_id", "flag", name=op.f("uq_health_alert_message_id_flag")),
    )
    op.create_index(
        op.f("ix_health_alert_consultation_id"), "health_alert", ["consultation_id"], unique=False
    )
    op.create_table(
        "retention_period",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "keep_days BETWEEN 0 AND 36500", name=op.f("ck_retention_period_keep_days_range")
        ),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_retention_period")),
    )
    op.create_table(
        "retention_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_rehearsal", sa.Boolean(), nullable=False),
        sa.Column("run_by", sa.String(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        op.drop_table(table)
