"""Free boxes that open by a fair draw: how a box opens, how somebody wants what they asked for.
Pictures of boxes. What goes back of an order's money is what goes back of its payment."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261126_1090"
down_revision: str | Sequence[str] | None = "20261126_1070"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    _widen_boxes()
    _create_asks()
    _create_pictures()
    _count_refunds()


def _widen_boxes() -> None:
    opening = sa.Enum(
        "first_come",
        "fair_draw",
        name="opening",
        native_enum=False,
        create_constraint=False,
        length=32,
    )
    op.add_column(
        "gift_boxes_box",
        sa.Column("opening", opening, server_default=sa.text("'first_come'"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_gift_boxes_box_opening"),
        "gift_boxes_box",
        "opening IN ('first_come', 'fair_draw')",
    )
    op.add_column("gift_boxes_box", sa.Column("opening_window_min", sa.Integer(), nullable=True))
    op.add_column("gift_boxes_box", sa.Column("draw_id", sa.Uuid(), nullable=True))
    op.add_column(
        "gift_boxes_box", sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_foreign_key(
        op.f("fk_gift_boxes_box_draw_id_draw"), "gift_boxes_box", "draw", ["draw_id"], ["id"]
    )
    op.create_unique_constraint(op.f("uq_gift_boxes_box_draw_id"), "gift_boxes_box", ["draw_id"])
    op.create_check_constraint(
        op.f("ck_gift_boxes_box_opening_window_range"),
        "gift_boxes_box",
        "opening_window_min BETWEEN 1 AND 10080",
    )
    op.create_check_constraint(
        op.f("ck_gift_boxes_box_fair_whole"),
        "gift_boxes_box",
        "(opening = 'fair_draw') = (draw_id IS NOT NULL) AND (draw_id IS NULL) = (opening_window_min IS NULL) AND (ordered_at IS NULL OR draw_id IS NOT NULL)",
    )


def _create_asks() -> None:
    op.create_table(
        "gift_boxes_ask",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "pickup",
                "delivery",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("recipient_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(mode = 'pickup') = (site_id IS NOT NULL)",
            name=op.f("ck_gift_boxes_ask_pickup_at_a_site"),
        ),
        sa.CheckConstraint(
            "(recipient_sealed IS NULL) = (phone_sealed IS NULL) AND (recipient_sealed IS NULL) = (address_sealed IS NULL) AND (mode = 'delivery' OR address_sealed IS NULL)",
            name=op.f("ck_gift_boxes_ask_address_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["box_id"], ["gift_boxes_box.id"], name=op.f("fk_gift_boxes_ask_box_id_gift_boxes_box")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["draw_entry.id"], name=op.f("fk_gift_boxes_ask_entry_id_draw_entry")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["gift_boxes_site.id"],
            name=op.f("fk_gift_boxes_ask_site_id_gift_boxes_site"),
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_gift_boxes_ask")),
    )
    op.create_index(op.f("ix_gift_boxes_ask_box_id"), "gift_boxes_ask", ["box_id"], unique=False)


def _create_pictures() -> None:
    op.create_table(
        "gift_boxes_picture",
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("alt", sa.String(), nullable=False),
        sa.Column("alt_en", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["box_id"],
            ["gift_boxes_box.id"],
            name=op.f("fk_gift_boxes_picture_box_id_gift_boxes_box"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["file.id"], name=op.f("fk_gift_boxes_picture_file_id_file")
        ),
        sa.PrimaryKeyConstraint("box_id", "number", name=op.f("pk_gift_boxes_picture")),
    )


def _count_refunds() -> None:
    """An order counted what staff gave back of its payment alone only once that had arrived, and
    went on counting what the provider had given up."""
    op.execute(
        """
        UPDATE gift_boxes_order o SET refunded_fen = p.refunded_fen
          FROM payment p
         WHERE p.payable_kind = 'gift_boxes.order' AND p.payable_id = o.id AND p.state = 'paid'
           AND o.refunded_fen <> p.refunded_fen"""
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.drop_table("gift_boxes_picture")
    op.drop_table("gift_boxes_ask")
    op.drop_constraint(op.f("ck_gift_boxes_box_fair_whole"), "gift_boxes_box", type_="check")
    for column in ("ordered_at", "draw_id", "opening_window_min", "opening"):
        op.drop_column("gift_boxes_box", column)
