"""first tables"""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision: str = "20261124_0001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


FUNCTIONS = ("campaign_now", "stock_line", "stock_flush", "stock_return")
TOPICS = ("clock", "access", "packs")


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "campaign",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_current", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_campaign_starts_before_end")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_index(
        "uq_campaign_current",
        "campaign",
        ["is_current"],
        unique=True,
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "time_offset", sa.Interval(), server_default=sa.text("'0'::interval"), nullable=False
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_clock_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    op.create_table(
        "idempotency",
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("key_digest", name=op.f("pk_idempotency")),
    )
    op.create_index(op.f("ix_idempotency_created_at"), "idempotency", ["created_at"], unique=False)
    op.create_table(
        "merchant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant")),
        sa.UniqueConstraint("name", name=op.f("uq_merchant_name")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("id_number_digest", sa.LargeBinary(), nullable=False),
        sa.Column("id_number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("id_number_digest", name=op.f("uq_person_id_number_digest")),
    )
    op.create_table(
        "pulse",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("topic", name=op.f("pk_pulse")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("password_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("name", name=op.f("uq_staff_name")),
    )
    op.create_table(
        "stock_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_group")),
        sa.UniqueConstraint("name", name=op.f("uq_stock_group_name")),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_no", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_last4_digest", sa.LargeBinary(), nullable=False),
        sa.Column(
            "district",
            sa.Enum(
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
                name="district",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("row_digest", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_member_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("member_no", name=op.f("uq_member_member_no")),
    )
    op.create_index(op.f("ix_member_person_id"), "member", ["person_id"], unique=False)
    op.create_index(
        op.f("ix_member_phone_last4_digest"), "member", ["phone_last4_digest"], unique=False
    )
    op.create_table(
        "pack",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "wishes",
                "breakfast",
                "couplets",
                "health",
                "gift_boxes",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("summary_en", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "closed", name="state", native_enum=False, create_constraint=True, length=32
            ),
            server_default=sa.text("'open'"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_pack_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack")),
        sa.UniqueConstraint("campaign_id", "kind", name=op.f("uq_pack_campaign_id_kind")),
    )
    op.create_table(
        "staff_role",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "administrator",
                "campaign_manager",
                "wish_reviewer",
                "store_manager",
                "desk",
                "quiz_manager",
                "draw_officer",
                "expert",
                "shop_manager",
                "supplier",
                "finance",
                "auditor",
                "privacy_officer",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
            name=op.f("fk_staff_role_staff_id_staff"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("staff_id", "role", name=op.f("pk_staff_role")),
    )
    op.create_table(
        "stock_pool",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("issued", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("seq", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "running",
                "paused",
                "ended",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("per_person_per_day", sa.Integer(), nullable=True),
        sa.Column("per_person_total", sa.Integer(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "0 <= issued AND issued <= total", name=op.f("ck_stock_pool_issued_within_total")
        ),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_stock_pool_opens_before_close")),
        sa.CheckConstraint(
            "per_person_per_day > 0", name=op.f("ck_stock_pool_per_person_per_day_positive")
        ),
        sa.CheckConstraint(
            "per_person_total > 0", name=op.f("ck_stock_pool_per_person_total_positive")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["stock_group.id"], name=op.f("fk_stock_pool_group_id_stock_group")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_pool")),
    )
    op.create_index(op.f("ix_stock_pool_group_id"), "stock_pool", ["group_id"], unique=False)
    op.create_index(op.f("ix_stock_pool_owner_id"), "stock_pool", ["owner_id"], unique=False)
    op.create_table(
        "stock_use",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=True),
        sa.CheckConstraint("0 <= used AND used <= cap", name=op.f("ck_stock_use_used_within_cap")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["stock_group.id"], name=op.f("fk_stock_use_group_id_stock_group")
        ),
        sa.PrimaryKeyConstraint("person_id", "group_id", "day", name=op.f("pk_stock_use")),
    )
    op.create_table(
        "store",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_no", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column(
            "district",
            sa.Enum(
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
                name="district",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lng", sa.Double(), nullable=False),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.Column("closes", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "suspended",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'active'"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "closes > opens AND closes <= opens + 1440", name=op.f("ck_store_closes_after_opens")
        ),
        sa.CheckConstraint(
            "lat BETWEEN -90 AND 90 AND lng BETWEEN -180 AND 180", name=op.f("ck_store_on_earth")
        ),
        sa.CheckConstraint("opens BETWEEN 0 AND 1439", name=op.f("ck_store_opens_in_day")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_store_merchant_id_merchant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store")),
        sa.UniqueConstraint("store_no", name=op.f("uq_store_store_no")),
    )
    op.create_index(op.f("ix_store_district"), "store", ["district"], unique=False)
    op.create_index(op.f("ix_store_merchant_id"), "store", ["merchant_id"], unique=False)
    op.create_table(
        "breakfast_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("series_day", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("limit_group", sa.String(), nullable=False),
        sa.Column("face_value_fen", sa.Integer(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("eligible_categories", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("store_districts", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("store_ids", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("test", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "face_value_fen > 0", name=op.f("ck_breakfast_batch_face_value_positive")
        ),
        sa.CheckConstraint(
            "valid_days BETWEEN 1 AND 366", name=op.f("ck_breakfast_batch_valid_days_range")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_breakfast_batch_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["stock_pool.id"], name=op.f("fk_breakfast_batch_pool_id_stock_pool")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breakfast_batch")),
        sa.UniqueConstraint("pool_id", name=op.f("uq_breakfast_batch_pool_id")),
    )
    op.create_index(
        op.f("ix_breakfast_batch_campaign_id"), "breakfast_batch", ["campaign_id"], unique=False
    )
    op.create_index(
        op.f("ix_breakfast_batch_series_id"), "breakfast_batch", ["series_id"], unique=False
    )
    op.create_table(
        "data_access",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
            name=op.f("fk_data_access_member_id_member"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_data_access_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_access")),
    )
    op.create_index(
        op.f("ix_data_access_member_id_at"), "data_access", ["member_id", "at"], unique=False
    )
    op.create_table(
        "member_category",
        sa.Column("member_id", sa.Uuid(), nullable=False),
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
        sa.Column("source", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
            name=op.f("fk_member_category_member_id_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", "category", name=op.f("pk_member_category")),
    )
    op.create_table(
        "pack_views",
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.CheckConstraint("views > 0", name=op.f("ck_pack_views_views_positive")),
        sa.ForeignKeyConstraint(["pack_id"], ["pack.id"], name=op.f("fk_pack_views_pack_id_pack")),
        sa.PrimaryKeyConstraint("pack_id", "hour", name=op.f("pk_pack_views")),
    )
    op.create_table(
        "stock_entry",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("total_after", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(quantity = 0) = (claim_id IS NULL) AND (quantity = 0) = (member_id IS NULL) AND (quantity = 0) = (person_id IS NULL) AND (quantity = 0) = (day IS NULL)",
            name=op.f("ck_stock_entry_whose"),
        ),
        sa.CheckConstraint(
            "(quantity > 0) = (fingerprint IS NOT NULL)",
            name=op.f("ck_stock_entry_fingerprint_of_grant"),
        ),
        sa.CheckConstraint("quantity BETWEEN -1 AND 1", name=op.f("ck_stock_entry_one_unit")),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["stock_pool.id"], name=op.f("fk_stock_entry_pool_id_stock_pool")
        ),
        sa.PrimaryKeyConstraint("pool_id", "seq", name=op.f("pk_stock_entry")),
    )
    op.create_index(
        "uq_stock_entry_grant",
        "stock_entry",
        ["claim_id"],
        unique=True,
        postgresql_where=sa.text("quantity > 0"),
    )
    op.create_index(
        "uq_stock_entry_return",
        "stock_entry",
        ["claim_id"],
        unique=True,
        postgresql_where=sa.text("quantity < 0"),
    )
    op.create_table(
        "store_device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=False),
        sa.Column("first_token_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(store_id IS NULL) <> (merchant_id IS NULL)", name=op.f("ck_store_device_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_store_device_merchant_id_merchant")
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["store.id"], name=op.f("fk_store_device_store_id_store")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_device")),
    )
    op.create_index(
        op.f("ix_store_device_merchant_id"), "store_device", ["merchant_id"], unique=False
    )
    op.create_index(op.f("ix_store_device_store_id"), "store_device", ["store_id"], unique=False)
    op.create_table(
        "store_history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"], ["store.id"], name=op.f("fk_store_history_store_id_store")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_history")),
    )
    op.create_index(op.f("ix_store_history_store_id"), "store_history", ["store_id"], unique=False)
    op.create_table(
        "breakfast_batch_history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["breakfast_batch.id"],
            name=op.f("fk_breakfast_batch_history_batch_id_breakfast_batch"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breakfast_batch_history")),
    )
    op.create_index(
        op.f("ix_breakfast_batch_history_batch_id"),
        "breakfast_batch_history",
        ["batch_id"],
        unique=False,
    )
    op.create_table(
        "breakfast_voucher",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("code_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("face_value_fen", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "issued",
                "redeemed",
                "expired",
                "void",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'issued'"),
            nullable=False,
        ),
        sa.Column("reversals_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state <> 'expired'", name=op.f("ck_breakfast_voucher_expiry_is_read_not_written")
        ),
        sa.CheckConstraint(
            "valid_from < valid_until", name=op.f("ck_breakfast_voucher_valid_from_before_until")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["breakfast_batch.id"],
            name=op.f("fk_breakfast_voucher_batch_id_breakfast_batch"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_breakfast_voucher_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breakfast_voucher")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_breakfast_voucher_code_digest")),
    )
    op.create_index(
        op.f("ix_breakfast_voucher_batch_id"), "breakfast_voucher", ["batch_id"], unique=False
    )
    op.create_index(
        op.f("ix_breakfast_voucher_member_id_issued_at"),
        "breakfast_voucher",
        ["member_id", "issued_at"],
        unique=False,
    )
    op.create_table(
        "onboarding_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(store_id IS NULL) <> (merchant_id IS NULL)", name=op.f("ck_onboarding_code_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["store_device.id"],
            name=op.f("fk_onboarding_code_device_id_store_device"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_onboarding_code_merchant_id_merchant")
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["store.id"], name=op.f("fk_onboarding_code_store_id_store")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_onboarding_code")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_onboarding_code_code_digest")),
    )
    op.create_table(
        "breakfast_redemption",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("redemption_no", sa.String(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("face_value_fen", sa.Integer(), nullable=False),
        sa.Column(
            "input",
            sa.Enum(
                "pass", "code", name="input", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "redeemed",
                "reversed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'redeemed'"),
            nullable=False,
        ),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("redeemed_on", sa.Date(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversal_reason", sa.String(), nullable=True),
        sa.Column("reversed_by", sa.String(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'reversed') = (reversed_at IS NOT NULL) AND (state = 'reversed') = (reversal_reason IS NOT NULL) AND (state = 'reversed') = (reversed_by IS NOT NULL)",
            name=op.f("ck_breakfast_redemption_reversed_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["store_device.id"],
            name=op.f("fk_breakfast_redemption_device_id_store_device"),
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["store.id"], name=op.f("fk_breakfast_redemption_store_id_store")
        ),
        sa.ForeignKeyConstraint(
            ["voucher_id"],
            ["breakfast_voucher.id"],
            name=op.f("fk_breakfast_redemption_voucher_id_breakfast_voucher"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breakfast_redemption")),
        sa.UniqueConstraint(
            "store_id", "redemption_no", name=op.f("uq_breakfast_redemption_store_id_redemption_no")
        ),
    )
    op.create_index(
        op.f("ix_breakfast_redemption_store_id_redeemed_on"),
        "breakfast_redemption",
        ["store_id", "redeemed_on"],
        unique=False,
    )
    op.create_index(
        op.f("ix_breakfast_redemption_voucher_id"),
        "breakfast_redemption",
        ["voucher_id"],
        unique=False,
    )
    op.create_index(
        "uq_breakfast_redemption_live",
        "breakfast_redemption",
        ["voucher_id"],
        unique=True,
        postgresql_where=sa.text("state = 'redeemed'"),
    )
    op.create_table(
        "breakfast_voucher_history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["voucher_id"],
            ["breakfast_voucher.id"],
            name=op.f("fk_breakfast_voucher_history_voucher_id_breakfast_voucher"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breakfast_voucher_history")),
    )
    op.create_index(
        op.f("ix_breakfast_voucher_history_voucher_id"),
        "breakfast_voucher_history",
        ["voucher_id"],
        unique=False,
    )
    for name in FUNCTIONS:
        source = Path(__file__).parent / "sql" / f"20261124_{name}.sql"
        op.get_bind().exec_driver_sql(source.read_text())
    op.get_bind().exec_driver_sql("INSERT INTO clock (id) VALUES (1)")
    for topic in TOPICS:
        op.get_bind().exec_driver_sql(f"INSERT INTO pulse (topic) VALUES ('{topic}')")


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    for name in reversed(FUNCTIONS):
        op.get_bind().exec_driver_sql(f"DROP FUNCTION {name}")
    op.drop_index(
        op.f("ix_breakfast_voucher_history_voucher_id"), table_name="breakfast_voucher_history"
    )
    op.drop_table("breakfast_voucher_history")
    op.drop_index(
        "uq_breakfast_redemption_live",
        table_name="breakfast_redemption",
        postgresql_where=sa.text("state = 'redeemed'"),
    )
    op.drop_index(op.f("ix_breakfast_redemption_voucher_id"), table_name="breakfast_redemption")
    op.drop_index(
        op.f("ix_breakfast_redemption_store_id_redeemed_on"), table_name="breakfast_redemption"
    )
    op.drop_table("breakfast_redemption")
    op.drop_table("onboarding_code")
    op.drop_index(op.f("ix_breakfast_voucher_member_id_issued_at"), table_name="breakfast_voucher")
    op.drop_index(op.f("ix_breakfast_voucher_batch_id"), table_name="breakfast_voucher")
    op.drop_table("breakfast_voucher")
    op.drop_index(op.f("ix_breakfast_batch_history_batch_id"), table_name="breakfast_batch_history")
    op.drop_table("breakfast_batch_history")
    op.drop_index(op.f("ix_store_history_store_id"), table_name="store_history")
    op.drop_table("store_history")
    op.drop_index(op.f("ix_store_device_store_id"), table_name="store_device")
    op.drop_index(op.f("ix_store_device_merchant_id"), table_name="store_device")
    op.drop_table("store_device")
    op.drop_index(
        "uq_stock_entry_return", table_name="stock_entry", postgresql_where=sa.text("quantity < 0")
    )
    op.drop_index(
        "uq_stock_entry_grant", table_name="stock_entry", postgresql_where=sa.text("quantity > 0")
    )
    op.drop_table("stock_entry")
    op.drop_table("pack_views")
    op.drop_table("member_category")
    op.drop_index(op.f("ix_data_access_member_id_at"), table_name="data_access")
    op.drop_table("data_access")
    op.drop_index(op.f("ix_breakfast_batch_series_id"), table_name="breakfast_batch")
    op.drop_index(op.f("ix_breakfast_batch_campaign_id"), table_name="breakfast_batch")
    op.drop_table("breakfast_batch")
    op.drop_index(op.f("ix_store_merchant_id"), table_name="store")
    op.drop_index(op.f("ix_store_district"), table_name="store")
    op.drop_table("store")
    op.drop_table("stock_use")
    op.drop_index(op.f("ix_stock_pool_owner_id"), table_name="stock_pool")
    op.drop_index(op.f("ix_stock_pool_group_id"), table_name="stock_pool")
    op.drop_table("stock_pool")
    op.drop_table("staff_role")
    op.drop_table("pack")
    op.drop_index(op.f("ix_member_phone_last4_digest"), table_name="member")
    op.drop_index(op.f("ix_member_person_id"), table_name="member")
    op.drop_table("member")
    op.drop_table("stock_group")
    op.drop_table("staff")
    op.drop_table("pulse")
    op.drop_table("person")
    op.drop_table("merchant")
    op.drop_index(op.f("ix_idempotency_created_at"), table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_table("clock")
    op.drop_index(
        "uq_campaign_current", table_name="campaign", postgresql_where=sa.text("is_current")
    )
    op.drop_table("campaign")
