"""Gift boxes: what is sold, where it is had, orders with lines and units, refunds, rules."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261126_1000"
down_revision: str | Sequence[str] | None = "20261126_0910"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    "gift_boxes_refund_line",
    "gift_boxes_unit",
    "gift_boxes_refund",
    "gift_boxes_order_history",
    "gift_boxes_line",
    "gift_boxes_content",
    "gift_boxes_box_site",
    "gift_boxes_order",
    "gift_boxes_box",
    "gift_boxes_site",
    "gift_boxes_rules",
)


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "gift_boxes_rules",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("hold_min", sa.Integer(), server_default=sa.text("15"), nullable=False),
        sa.Column("offer_valid_min", sa.Integer(), server_default=sa.text("120"), nullable=False),
        sa.Column("offer_lead_min", sa.Integer(), server_default=sa.text("30"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "hold_min BETWEEN 2 AND 1440", name=op.f("ck_gift_boxes_rules_hold_range")
        ),
        sa.CheckConstraint(
            "offer_lead_min BETWEEN 0 AND 10080", name=op.f("ck_gift_boxes_rules_offer_lead_range")
        ),
        sa.CheckConstraint(
            "offer_valid_min BETWEEN 1 AND 10080",
            name=op.f("ck_gift_boxes_rules_offer_valid_range"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_gift_boxes_rules_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_gift_boxes_rules")),
    )
    op.create_table(
        "gift_boxes_site",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "opens_at < closes_at", name=op.f("ck_gift_boxes_site_open_for_some_time")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_gift_boxes_site_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_boxes_site")),
        sa.UniqueConstraint(
            "campaign_id",
            "name",
            "address",
            "opens_at",
            "closes_at",
            name=op.f("uq_gift_boxes_site_campaign_id_name_address_opens_at_closes_at"),
        ),
    )
    op.create_table(
        "gift_boxes_box",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("list_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("list_price_source", sa.String(), nullable=True),
        sa.Column("list_price_on", sa.Date(), nullable=True),
        sa.Column("member_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("per_person", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_delivered", sa.Boolean(), nullable=False),
        sa.Column("sold_pool_id", sa.Uuid(), nullable=False),
        sa.Column("free_pool_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "member_price_fen <= list_price_fen",
            name=op.f("ck_gift_boxes_box_member_price_no_dearer"),
        ),
        sa.CheckConstraint(
            "member_price_fen > 0", name=op.f("ck_gift_boxes_box_member_price_positive")
        ),
        sa.CheckConstraint(
            "opens_at < closes_at", name=op.f("ck_gift_boxes_box_open_for_some_time")
        ),
        sa.CheckConstraint("per_person > 0", name=op.f("ck_gift_boxes_box_per_person_positive")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_gift_boxes_box_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["free_pool_id"],
            ["stock_pool.id"],
            name=op.f("fk_gift_boxes_box_free_pool_id_stock_pool"),
        ),
        sa.ForeignKeyConstraint(
            ["sold_pool_id"],
            ["stock_pool.id"],
            name=op.f("fk_gift_boxes_box_sold_pool_id_stock_pool"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_boxes_box")),
        sa.UniqueConstraint("free_pool_id", name=op.f("uq_gift_boxes_box_free_pool_id")),
        sa.UniqueConstraint("sold_pool_id", name=op.f("uq_gift_boxes_box_sold_pool_id")),
    )
    op.create_index(
        op.f("ix_gift_boxes_box_campaign_id_opens_at"),
        "gift_boxes_box",
        ["campaign_id", "opens_at"],
        unique=False,
    )
    op.create_table(
        "gift_boxes_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "sold", "free", name="kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "placed",
                "paid",
                "packed",
                "shipped",
                "picked_up",
                "closed",
                "cancelled",
                "refunded",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pay_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "cancel_cause",
            sa.Enum(
                "asked",
                "lapsed",
                "not_fetched",
                name="cancel_cause",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
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
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'free') = (amount_fen = 0)",
            name=op.f("ck_gift_boxes_order_free_costs_nothing"),
        ),
        sa.CheckConstraint(
            "(kind = 'sold') = (pay_before IS NOT NULL)",
            name=op.f("ck_gift_boxes_order_sold_is_held"),
        ),
        sa.CheckConstraint(
            "(mode = 'pickup') = (site_id IS NOT NULL)",
            name=op.f("ck_gift_boxes_order_pickup_at_a_site"),
        ),
        sa.CheckConstraint(
            "(recipient_sealed IS NULL) = (phone_sealed IS NULL) AND (recipient_sealed IS NULL) = (address_sealed IS NULL) AND (mode = 'delivery' OR address_sealed IS NULL)",
            name=op.f("ck_gift_boxes_order_address_whole"),
        ),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancel_cause IS NOT NULL)",
            name=op.f("ck_gift_boxes_order_cancelled_with_cause"),
        ),
        sa.CheckConstraint(
            "CASE kind WHEN 'free' THEN paid_at IS NULL AND state <> 'placed' ELSE (paid_at IS NOT NULL) = (state NOT IN ('placed', 'cancelled')) END",
            name=op.f("ck_gift_boxes_order_paid_whole"),
        ),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_gift_boxes_order_amount_not_negative")),
        sa.CheckConstraint(
            "placed_at < pay_before", name=op.f("ck_gift_boxes_order_held_for_some_time")
        ),
        sa.CheckConstraint(
            "refunded_fen = 0 OR paid_at IS NOT NULL",
            name=op.f("ck_gift_boxes_order_refunded_was_paid"),
        ),
        sa.CheckConstraint(
            "refunded_fen >= 0 AND refunded_fen <= amount_fen",
            name=op.f("ck_gift_boxes_order_refunded_no_more_than_paid"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_gift_boxes_order_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_gift_boxes_order_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["gift_boxes_site.id"],
            name=op.f("fk_gift_boxes_order_site_id_gift_boxes_site"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_boxes_order")),
    )
    op.create_index(
        op.f("ix_gift_boxes_order_campaign_id_placed_at"),
        "gift_boxes_order",
        ["campaign_id", "placed_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_gift_boxes_order_member_id_placed_at"),
        "gift_boxes_order",
        ["member_id", "placed_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_gift_boxes_order_site_id_state"),
        "gift_boxes_order",
        ["site_id", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_gift_boxes_order_state_placed_at"),
        "gift_boxes_order",
        ["state", "placed_at"],
        unique=False,
    )
    op.create_table(
        "gift_boxes_box_site",
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["box_id"],
            ["gift_boxes_box.id"],
            name=op.f("fk_gift_boxes_box_site_box_id_gift_boxes_box"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["gift_boxes_site.id"],
            name=op.f("fk_gift_boxes_box_site_site_id_gift_boxes_site"),
        ),
        sa.PrimaryKeyConstraint("box_id", "site_id", name=op.f("pk_gift_boxes_box_site")),
        sa.UniqueConstraint("box_id", "number", name=op.f("uq_gift_boxes_box_site_box_id_number")),
    )
    op.create_table(
        "gift_boxes_content",
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_gift_boxes_content_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["box_id"],
            ["gift_boxes_box.id"],
            name=op.f("fk_gift_boxes_content_box_id_gift_boxes_box"),
        ),
        sa.PrimaryKeyConstraint("box_id", "number", name=op.f("pk_gift_boxes_content")),
    )
    op.create_table(
        "gift_boxes_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("price_fen >= 0", name=op.f("ck_gift_boxes_line_price_not_negative")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_gift_boxes_line_quantity_positive")),
        sa.CheckConstraint(
            "refunded_count >= 0 AND refunded_count <= quantity",
            name=op.f("ck_gift_boxes_line_refunded_no_more_than_all"),
        ),
        sa.ForeignKeyConstraint(
            ["box_id"], ["gift_boxes_box.id"], name=op.f("fk_gift_boxes_line_box_id_gift_boxes_box")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["gift_boxes_order.id"],
            name=op.f("fk_gift_boxes_line_order_id_gift_boxes_order"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_boxes_line")),
        sa.UniqueConstraint("order_id", "box_id", name=op.f("uq_gift_boxes_line_order_id_box_id")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_gift_boxes_line_order_id_number")),
    )
    op.create_index(op.f("ix_gift_boxes_line_box_id"), "gift_boxes_line", ["box_id"], unique=False)
    op.create_table(
        "gift_boxes_order_history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["gift_boxes_order.id"],
            name=op.f("fk_gift_boxes_order_history_order_id_gift_boxes_order"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_boxes_order_history")),
        sa.UniqueConstraint(
            "order_id", "number", name=op.f("uq_gift_boxes_order_history_order_id_number")
        ),
    )
    op.create_table(
        "gift_boxes_refund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "stock",
            sa.Enum(
                "return",
                "scrap",
                name="stock",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_gift_boxes_refund_amount_positive")),
        sa.ForeignKeyConstraint(["id"], ["refund.id"], name=op.f("fk_gift_boxes_refund_id_refund")),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["gift_boxes_order.id"],
            name=op.f("fk_gift_boxes_refund_order_id_gift_boxes_order"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_boxes_refund")),
    )
    op.create_index(
        op.f("ix_gift_boxes_refund_order_id_asked_at"),
        "gift_boxes_refund",
        ["order_id", "asked_at"],
        unique=False,
    )
    op.create_table(
        "gift_boxes_unit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "returned",
                "scrapped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'held') = (ended_at IS NULL)",
            name=op.f("ck_gift_boxes_unit_ended_when_not_held"),
        ),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["gift_boxes_line.id"],
            name=op.f("fk_gift_boxes_unit_line_id_gift_boxes_line"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["stock_pool.id"], name=op.f("fk_gift_boxes_unit_pool_id_stock_pool")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_boxes_unit")),
    )
    op.create_index(
        op.f("ix_gift_boxes_unit_line_id_state"),
        "gift_boxes_unit",
        ["line_id", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_gift_boxes_unit_pool_id_state"),
        "gift_boxes_unit",
        ["pool_id", "state"],
        unique=False,
    )
    op.create_table(
        "gift_boxes_refund_line",
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "quantity > 0", name=op.f("ck_gift_boxes_refund_line_quantity_positive")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["gift_boxes_line.id"],
            name=op.f("fk_gift_boxes_refund_line_line_id_gift_boxes_line"),
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"],
            ["gift_boxes_refund.id"],
            name=op.f("fk_gift_boxes_refund_line_refund_id_gift_boxes_refund"),
        ),
        sa.PrimaryKeyConstraint("refund_id", "line_id", name=op.f("pk_gift_boxes_refund_line")),
    )
    op.create_index(
        op.f("ix_gift_boxes_refund_line_line_id"),
        "gift_boxes_refund_line",
        ["line_id"],
        unique=False,
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        op.drop_table(table)
