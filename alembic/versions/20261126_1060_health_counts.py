"""What figures of past times need of talks and appointments: who was seen at a talk and when that
was undone, and what was counted of what is erased by now."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261126_1060"
down_revision: str | Sequence[str] | None = "20261126_1050"
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


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "health_attendance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["health_registration.id"],
            name=op.f("fk_health_attendance_registration_id_health_registration"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_attendance")),
    )
    op.create_index(
        op.f("ix_health_attendance_registration_id"), "health_attendance", ["registration_id"]
    )
    op.create_index(
        "uq_health_attendance_live",
        "health_attendance",
        ["registration_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.get_bind().exec_driver_sql(
        "INSERT INTO health_attendance (id, registration_id, at) "
        "SELECT id, id, attended_at FROM health_registration WHERE attended_at IS NOT NULL"
    )
    _create_counts()
    # What an appointment was moved away from may be erased before the appointment itself.
    op.alter_column("health_appointment_history", "slot_id", existing_type=sa.Uuid(), nullable=True)
    op.create_index(
        op.f("ix_health_appointment_history_slot_id"), "health_appointment_history", ["slot_id"]
    )


def _create_counts() -> None:
    district = sa.Enum(
        *DISTRICTS, name="district", native_enum=False, create_constraint=True, length=32
    )
    op.create_table(
        "health_count",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("figure", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district", district, nullable=True),
        sa.CheckConstraint(
            "known_until IS NULL OR known_until >= known_from",
            name=op.f("ck_health_count_known_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_health_count_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_count")),
    )
    op.create_index(
        op.f("ix_health_count_campaign_id_figure"), "health_count", ["campaign_id", "figure"]
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.drop_index(op.f("ix_health_appointment_history_slot_id"), "health_appointment_history")
    # Nobody can say any more which slot those were about.
    op.get_bind().exec_driver_sql("DELETE FROM health_appointment_history WHERE slot_id IS NULL")
    op.alter_column(
        "health_appointment_history", "slot_id", existing_type=sa.Uuid(), nullable=False
    )
    op.drop_table("health_count")
    op.drop_table("health_attendance")
