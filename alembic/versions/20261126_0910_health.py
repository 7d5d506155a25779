"""The health pack's quiz: bank with versions, attempts, answers, corrected keys."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261126_0910"
down_revision: str | Sequence[str] | None = "20261126_0900"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    "health_key_correction",
    "health_answer",
    "health_attempt",
    "health_question_version",
    "health_question",
    "health_quiz",
)


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "health_quiz",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("intro", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "open",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("question_count", sa.Integer(), nullable=False),
        sa.Column("time_limit_s", sa.Integer(), nullable=False),
        sa.Column("grace_s", sa.Integer(), nullable=False),
        sa.Column("attempts_per_person", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "attempts_per_person BETWEEN 1 AND 100", name=op.f("ck_health_quiz_attempts_range")
        ),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_health_quiz_closes_after_opens")),
        sa.CheckConstraint("grace_s BETWEEN 0 AND 600", name=op.f("ck_health_quiz_grace_range")),
        sa.CheckConstraint(
            "question_count BETWEEN 1 AND 100", name=op.f("ck_health_quiz_question_count_range")
        ),
        sa.CheckConstraint(
            "time_limit_s BETWEEN 30 AND 14400", name=op.f("ck_health_quiz_time_limit_range")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_health_quiz_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_quiz")),
    )
    op.create_index(
        op.f("ix_health_quiz_campaign_id"), "health_quiz", ["campaign_id"], unique=False
    )
    op.create_table(
        "health_question",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quiz_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("is_retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["quiz_id"], ["health_quiz.id"], name=op.f("fk_health_question_quiz_id_health_quiz")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_question")),
        sa.UniqueConstraint("quiz_id", "code", name=op.f("uq_health_question_quiz_id_code")),
    )
    op.create_table(
        "health_question_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "single",
                "multiple",
                "true_false",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answer_key", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("explanation", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind = 'multiple' OR cardinality(answer_key) = 1",
            name=op.f("ck_health_question_version_one_right_unless_multiple"),
        ),
        sa.CheckConstraint(
            "cardinality(answer_key) > 0", name=op.f("ck_health_question_version_has_a_key")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["health_question.id"],
            name=op.f("fk_health_question_version_question_id_health_question"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_question_version")),
        sa.UniqueConstraint(
            "question_id", "number", name=op.f("uq_health_question_version_question_id_number")
        ),
    )
    op.create_table(
        "health_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quiz_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "in_progress",
                "overdue",
                "finished",
                "abandoned",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("abandon_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("full_score", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'finished') = (finished_at IS NOT NULL) AND (state = 'finished') = (score IS NOT NULL)",
            name=op.f("ck_health_attempt_finished_whole"),
        ),
        sa.CheckConstraint("state <> 'overdue'", name=op.f("ck_health_attempt_overdue_is_read")),
        sa.CheckConstraint("number > 0", name=op.f("ck_health_attempt_number_positive")),
        sa.CheckConstraint(
            "score BETWEEN 0 AND full_score", name=op.f("ck_health_attempt_score_range")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_health_attempt_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_health_attempt_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["quiz_id"], ["health_quiz.id"], name=op.f("fk_health_attempt_quiz_id_health_quiz")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_attempt")),
        sa.UniqueConstraint(
            "quiz_id",
            "person_id",
            "number",
            name=op.f("uq_health_attempt_quiz_id_person_id_number"),
        ),
    )
    op.create_index(
        op.f("ix_health_attempt_member_id_started_at"),
        "health_attempt",
        ["member_id", "started_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_health_attempt_quiz_id_score"),
        "health_attempt",
        ["quiz_id", "score"],
        unique=False,
    )
    op.create_index(
        "uq_health_attempt_live",
        "health_attempt",
        ["quiz_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("state = 'in_progress'"),
    )
    op.create_table(
        "health_answer",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("shuffled", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("chosen", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["health_attempt.id"],
            name=op.f("fk_health_answer_attempt_id_health_attempt"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["health_question_version.id"],
            name=op.f("fk_health_answer_version_id_health_question_version"),
        ),
        sa.PrimaryKeyConstraint("attempt_id", "place", name=op.f("pk_health_answer")),
        sa.UniqueConstraint(
            "attempt_id", "version_id", name=op.f("uq_health_answer_attempt_id_version_id")
        ),
    )
    op.create_index(
        op.f("ix_health_answer_version_id"), "health_answer", ["version_id"], unique=False
    )
    op.create_table(
        "health_key_correction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("before", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("after", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("regraded_count", sa.Integer(), nullable=False),
        sa.Column("moved_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["health_question_version.id"],
            name=op.f("fk_health_key_correction_version_id_health_question_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_key_correction")),
    )
    op.create_index(
        op.f("ix_health_key_correction_version_id"),
        "health_key_correction",
        ["version_id"],
        unique=False,
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        op.drop_table(table)
