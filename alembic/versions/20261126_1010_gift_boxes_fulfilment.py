"""Gift boxes: suppliers, parcels, hand-outs, and who may have a free one."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261126_1010"
down_revision: str | Sequence[str] | None = "20261126_1000"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    "gift_boxes_free_claim",
    "gift_boxes_free_window",
    "gift_boxes_pickup",
    "gift_boxes_shipment",
    "gift_boxes_box_supplier",
    "gift_boxes_supplier",
    "gift_boxes_fulfilment_rules",
)


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "gift_boxes_fulfilment_rules",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("close_after_days", sa.Integer(), server_default=sa.text("15"), nullable=False),
        sa.Column(
            "not_fetched_stock",
            sa.Enum(
                "return",
                "scrap",
                name="not_fetched_stock",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'return'"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "close_after_days BETWEEN 1 AND 90",
            name=op.f("ck_gift_boxes_fulfilment_rules_close_after_range"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_gift_boxes_fulfilment_rules_campaign_id_campaign"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_gift_boxes_fulfilment_rules")),
    )
    op.create_table(
        "gift_boxes_supplier",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"],
            ["merchant.id"],
            name=op.f("fk_gift_boxes_supplier_merchant_id_merchant"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
            name=op.f("fk_gift_boxes_supplier_staff_id_staff"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_gift_boxes_supplier")),
    )
    op.create_index(
        op.f("ix_gift_boxes_supplier_merchant_id"),
        "gift_boxes_supplier",
        ["merchant_id"],
        unique=False,
    )
    op.create_table(
        "gift_boxes_box_supplier",
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["box_id"],
            ["gift_boxes_box.id"],
            name=op.f("fk_gift_boxes_box_supplier_box_id_gift_boxes_box"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"],
            ["merchant.id"],
            name=op.f("fk_gift_boxes_box_supplier_merchant_id_merchant"),
        ),
        sa.PrimaryKeyConstraint("box_id", name=op.f("pk_gift_boxes_box_supplier")),
    )
    op.create_index(
        op.f("ix_gift_boxes_box_supplier_merchant_id"),
        "gift_boxes_box_supplier",
        ["merchant_id"],
        unique=False,
    )
    op.create_table(
        "gift_boxes_shipment",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["gift_boxes_order.id"],
            name=op.f("fk_gift_boxes_shipment_order_id_gift_boxes_order"),
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_gift_boxes_shipment")),
    )
    op.create_table(
        "gift_boxes_pickup",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "collected",
                "reversed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "input",
            sa.Enum(
                "pass",
                "proxy_code",
                "name",
                "member",
                "anonymous",
                name="input",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by", sa.String(), nullable=True),
        sa.Column("reversal_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'reversed') = (reversed_at IS NOT NULL) AND (state = 'reversed') = (reversed_by IS NOT NULL) AND (state = 'reversed') = (reversal_reason IS NOT NULL)",
            name=op.f("ck_gift_boxes_pickup_reversed_whole"),
        ),
        sa.CheckConstraint(
            "input IN ('pass', 'name')", name=op.f("ck_gift_boxes_pickup_input_of_a_desk")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["gift_boxes_order.id"],
            name=op.f("fk_gift_boxes_pickup_order_id_gift_boxes_order"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["gift_boxes_site.id"],
            name=op.f("fk_gift_boxes_pickup_site_id_gift_boxes_site"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_gift_boxes_pickup_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_boxes_pickup")),
    )
    op.create_index(
        op.f("ix_gift_boxes_pickup_site_id_collected_at"),
        "gift_boxes_pickup",
        ["site_id", "collected_at"],
        unique=False,
    )
    op.create_index(
        "uq_gift_boxes_pickup_live",
        "gift_boxes_pickup",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("state = 'collected'"),
    )
    op.create_table(
        "gift_boxes_free_window",
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "new_employment",
                "outdoor",
                "hardship",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["box_id"],
            ["gift_boxes_box.id"],
            name=op.f("fk_gift_boxes_free_window_box_id_gift_boxes_box"),
        ),
        sa.PrimaryKeyConstraint("box_id", "category", name=op.f("pk_gift_boxes_free_window")),
    )
    op.create_table(
        "gift_boxes_free_claim",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "new_employment",
                "outdoor",
                "hardship",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["box_id"],
            ["gift_boxes_box.id"],
            name=op.f("fk_gift_boxes_free_claim_box_id_gift_boxes_box"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["gift_boxes_order.id"],
            name=op.f("fk_gift_boxes_free_claim_order_id_gift_boxes_order"),
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_gift_boxes_free_claim")),
    )
    op.create_index(
        op.f("ix_gift_boxes_free_claim_box_id_claimed_at"),
        "gift_boxes_free_claim",
        ["box_id", "claimed_at"],
        unique=False,
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        op.drop_table(table)
