"""Pictures that members sent."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_2320"
down_revision: str | Sequence[str] | None = "20261125_2310"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

UNATTACHED = "attached_at IS NULL AND removing_at IS NULL"


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "media_type",
            sa.Enum(
                "image/jpeg",
                "image/png",
                "image/webp",
                name="media_type",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removing_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "attached_at IS NULL OR stored_at IS NOT NULL",
            name=op.f("ck_file_stored_before_attached"),
        ),
        sa.CheckConstraint(
            "size_bytes > 0 AND width > 0 AND height > 0", name=op.f("ck_file_not_empty")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_file_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
    )
    op.create_index(op.f("ix_file_member_id"), "file", ["member_id"])
    op.create_index(
        "ix_file_unattached", "file", ["created_at"], postgresql_where=sa.text(UNATTACHED)
    )
    op.create_index(
        "ix_file_removing",
        "file",
        ["removing_at"],
        postgresql_where=sa.text("removing_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.drop_table("file")
