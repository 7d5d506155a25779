"""Couplets: events, reservations and pick-ups; waiting lists for whatever is limited."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261126_0800"
down_revision: str | Sequence[str] | None = "20261126_0720"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    "couplets_dispute",
    "couplets_reservation_history",
    "couplets_pickup",
    "waiting_offer",
    "couplets_wait",
    "couplets_reservation",
    "waiting_entry",
    "couplets_variant",
    "couplets_site",
    "couplets_event",
)


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "couplets_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("stream_url", sa.String(), nullable=True),
        sa.Column("replay_url", sa.String(), nullable=True),
        sa.Column("live_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("live_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reserve_opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reserve_closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "opening",
            sa.Enum(
                "first_come", name="opening", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("release_before_min", sa.Integer(), nullable=False),
        sa.Column("offer_valid_min", sa.Integer(), nullable=False),
        sa.Column("offer_lead_min", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("live_from < live_to", name=op.f("ck_couplets_event_live_has_length")),
        sa.CheckConstraint(
            "offer_lead_min BETWEEN 0 AND 10080", name=op.f("ck_couplets_event_offer_lead_range")
        ),
        sa.CheckConstraint(
            "offer_valid_min BETWEEN 1 AND 10080", name=op.f("ck_couplets_event_offer_valid_range")
        ),
        sa.CheckConstraint(
            "release_before_min BETWEEN 0 AND 1440",
            name=op.f("ck_couplets_event_release_before_range"),
        ),
        sa.CheckConstraint(
            "reserve_opens_at < reserve_closes_at",
            name=op.f("ck_couplets_event_reserve_has_length"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_couplets_event_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_couplets_event")),
    )
    op.create_index(
        op.f("ix_couplets_event_campaign_id_live_from"),
        "couplets_event",
        ["campaign_id", "live_from"],
        unique=False,
    )
    op.create_table(
        "couplets_site",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "opens_at < closes_at", name=op.f("ck_couplets_site_open_for_some_time")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["couplets_event.id"],
            name=op.f("fk_couplets_site_event_id_couplets_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_couplets_site")),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_couplets_site_event_id_number")),
    )
    op.create_table(
        "couplets_variant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("wording", sa.String(), nullable=True),
        sa.Column("size", sa.String(), nullable=True),
        sa.Column("paper", sa.Integer(), nullable=False),
        sa.Column("reserved_pool_id", sa.Uuid(), nullable=False),
        sa.Column("walk_in_pool_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("paper >= 0", name=op.f("ck_couplets_variant_paper_not_negative")),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["couplets_event.id"],
            name=op.f("fk_couplets_variant_event_id_couplets_event"),
        ),
        sa.ForeignKeyConstraint(
            ["reserved_pool_id"],
            ["stock_pool.id"],
            name=op.f("fk_couplets_variant_reserved_pool_id_stock_pool"),
        ),
        sa.ForeignKeyConstraint(
            ["walk_in_pool_id"],
            ["stock_pool.id"],
            name=op.f("fk_couplets_variant_walk_in_pool_id_stock_pool"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_couplets_variant")),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_couplets_variant_event_id_number")),
        sa.UniqueConstraint("reserved_pool_id", name=op.f("uq_couplets_variant_reserved_pool_id")),
        sa.UniqueConstraint("walk_in_pool_id", name=op.f("uq_couplets_variant_walk_in_pool_id")),
    )
    op.create_table(
        "waiting_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "offered",
                "accepted",
                "lapsed",
                "left",
                "passed_over",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'passed_over') <= (why IS NOT NULL)",
            name=op.f("ck_waiting_entry_passed_over_why"),
        ),
        sa.CheckConstraint(
            "(state IN ('waiting', 'offered')) = (ended_at IS NULL)",
            name=op.f("ck_waiting_entry_ended_when_not_live"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["stock_group.id"], name=op.f("fk_waiting_entry_group_id_stock_group")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_waiting_entry_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["stock_pool.id"], name=op.f("fk_waiting_entry_pool_id_stock_pool")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_entry")),
    )
    op.create_index(
        op.f("ix_waiting_entry_member_id"), "waiting_entry", ["member_id"], unique=False
    )
    op.create_index(
        op.f("ix_waiting_entry_pool_id_state_joined_at_id"),
        "waiting_entry",
        ["pool_id", "state", "joined_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_waiting_entry_live",
        "waiting_entry",
        ["group_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'offered')"),
    )
    op.create_table(
        "couplets_reservation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "reserved",
                "collected",
                "cancelled",
                "no_show",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("unit_pool_id", sa.Uuid(), nullable=False),
        sa.Column("was_offered", sa.Boolean(), nullable=False),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recipient_name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("recipient_phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("recipient_last4_digest", sa.LargeBinary(), nullable=True),
        sa.Column("proxy_code_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("proxy_code_digest", sa.LargeBinary(), nullable=True),
        sa.Column("proxy_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NOT NULL) = (state IN ('cancelled', 'no_show'))",
            name=op.f("ck_couplets_reservation_closed_when_ended"),
        ),
        sa.CheckConstraint(
            "(proxy_code_sealed IS NULL) = (proxy_code_digest IS NULL)",
            name=op.f("ck_couplets_reservation_proxy_whole"),
        ),
        sa.CheckConstraint(
            "(recipient_name_sealed IS NULL) = (recipient_phone_sealed IS NULL) AND (recipient_name_sealed IS NULL) = (recipient_last4_digest IS NULL)",
            name=op.f("ck_couplets_reservation_recipient_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["couplets_event.id"],
            name=op.f("fk_couplets_reservation_event_id_couplets_event"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_couplets_reservation_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["couplets_site.id"],
            name=op.f("fk_couplets_reservation_site_id_couplets_site"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_pool_id"],
            ["stock_pool.id"],
            name=op.f("fk_couplets_reservation_unit_pool_id_stock_pool"),
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["couplets_variant.id"],
            name=op.f("fk_couplets_reservation_variant_id_couplets_variant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_couplets_reservation")),
        sa.UniqueConstraint(
            "proxy_code_digest", name=op.f("uq_couplets_reservation_proxy_code_digest")
        ),
        sa.UniqueConstraint("unit_id", name=op.f("uq_couplets_reservation_unit_id")),
    )
    op.create_index(
        op.f("ix_couplets_reservation_event_id_site_id_state"),
        "couplets_reservation",
        ["event_id", "site_id", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_couplets_reservation_member_id"),
        "couplets_reservation",
        ["member_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_couplets_reservation_recipient_last4_digest"),
        "couplets_reservation",
        ["recipient_last4_digest"],
        unique=False,
    )
    op.create_index(
        "uq_couplets_reservation_live",
        "couplets_reservation",
        ["event_id", "member_id"],
        unique=True,
        postgresql_where=sa.text("state = 'reserved'"),
    )
    op.create_table(
        "couplets_wait",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["waiting_entry.id"], name=op.f("fk_couplets_wait_entry_id_waiting_entry")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["couplets_event.id"],
            name=op.f("fk_couplets_wait_event_id_couplets_event"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["couplets_site.id"], name=op.f("fk_couplets_wait_site_id_couplets_site")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["couplets_variant.id"],
            name=op.f("fk_couplets_wait_variant_id_couplets_variant"),
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_couplets_wait")),
    )
    op.create_index(op.f("ix_couplets_wait_event_id"), "couplets_wait", ["event_id"], unique=False)
    op.create_table(
        "waiting_offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "accepted",
                "lapsed",
                "declined",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (ended_at IS NULL)",
            name=op.f("ck_waiting_offer_ended_when_not_open"),
        ),
        sa.CheckConstraint(
            "offered_at < expires_at", name=op.f("ck_waiting_offer_offered_for_some_time")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["waiting_entry.id"], name=op.f("fk_waiting_offer_entry_id_waiting_entry")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_waiting_offer_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["stock_pool.id"], name=op.f("fk_waiting_offer_pool_id_stock_pool")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_offer")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_waiting_offer_entry_id")),
    )
    op.create_index(
        op.f("ix_waiting_offer_member_id"), "waiting_offer", ["member_id"], unique=False
    )
    op.create_index(
        op.f("ix_waiting_offer_pool_id_state_expires_at"),
        "waiting_offer",
        ["pool_id", "state", "expires_at"],
        unique=False,
    )
    op.create_table(
        "couplets_pickup",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("reservation_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
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
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("pickup_no", sa.String(), nullable=True),
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device_seq", sa.BigInteger(), nullable=True),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by", sa.String(), nullable=True),
        sa.Column("reversal_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(input = 'anonymous') <= (member_id IS NULL)",
            name=op.f("ck_couplets_pickup_anonymous_is_nobody"),
        ),
        sa.CheckConstraint(
            "(reservation_id IS NULL) = (input IN ('member', 'anonymous'))",
            name=op.f("ck_couplets_pickup_walk_in_input"),
        ),
        sa.CheckConstraint(
            "(state = 'reversed') = (reversed_at IS NOT NULL) AND (state = 'reversed') = (reversed_by IS NOT NULL)",
            name=op.f("ck_couplets_pickup_reversed_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["couplets_event.id"],
            name=op.f("fk_couplets_pickup_event_id_couplets_event"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_couplets_pickup_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"],
            ["couplets_reservation.id"],
            name=op.f("fk_couplets_pickup_reservation_id_couplets_reservation"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["couplets_site.id"], name=op.f("fk_couplets_pickup_site_id_couplets_site")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_couplets_pickup_staff_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["couplets_variant.id"],
            name=op.f("fk_couplets_pickup_variant_id_couplets_variant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_couplets_pickup")),
        sa.UniqueConstraint(
            "event_id",
            "staff_id",
            "pickup_no",
            name=op.f("uq_couplets_pickup_event_id_staff_id_pickup_no"),
        ),
    )
    op.create_index(
        op.f("ix_couplets_pickup_event_id_site_id_collected_at"),
        "couplets_pickup",
        ["event_id", "site_id", "collected_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_couplets_pickup_member_id"), "couplets_pickup", ["member_id"], unique=False
    )
    op.create_index(
        "uq_couplets_pickup_live",
        "couplets_pickup",
        ["reservation_id"],
        unique=True,
        postgresql_where=sa.text("state = 'collected'"),
    )
    op.create_table(
        "couplets_reservation_history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reservation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["reservation_id"],
            ["couplets_reservation.id"],
            name=op.f("fk_couplets_reservation_history_reservation_id_couplets_reservation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_couplets_reservation_history")),
        sa.UniqueConstraint(
            "reservation_id",
            "number",
            name=op.f("uq_couplets_reservation_history_reservation_id_number"),
        ),
    )
    op.create_table(
        "couplets_dispute",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("reservation_id", sa.Uuid(), nullable=False),
        sa.Column("first_pickup_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
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
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("pickup_no", sa.String(), nullable=False),
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_seq", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["couplets_event.id"],
            name=op.f("fk_couplets_dispute_event_id_couplets_event"),
        ),
        sa.ForeignKeyConstraint(
            ["first_pickup_id"],
            ["couplets_pickup.id"],
            name=op.f("fk_couplets_dispute_first_pickup_id_couplets_pickup"),
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"],
            ["couplets_reservation.id"],
            name=op.f("fk_couplets_dispute_reservation_id_couplets_reservation"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["couplets_site.id"],
            name=op.f("fk_couplets_dispute_site_id_couplets_site"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_couplets_dispute_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_couplets_dispute")),
        sa.UniqueConstraint(
            "event_id",
            "staff_id",
            "pickup_no",
            name=op.f("uq_couplets_dispute_event_id_staff_id_pickup_no"),
        ),
    )
    op.create_index(
        op.f("ix_couplets_dispute_reservation_id"),
        "couplets_dispute",
        ["reservation_id"],
        unique=False,
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        op.drop_table(table)
