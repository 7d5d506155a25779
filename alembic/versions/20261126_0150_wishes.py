"""Wishes: kinds, wishes, claims, dispatches, ratings, and what was shown of whom."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261126_0150"
down_revision: str | Sequence[str] | None = "20261126_0130"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# The edition's kinds, for campaigns that are there already; a new one is seeded with its own.
KINDS = """
    INSERT INTO wish_kind (id, campaign_id, code, title, title_en, sort)
    SELECT gen_random_uuid(), campaign.id, kind.code, kind.title, kind.title_en, kind.sort
      FROM campaign
     CROSS JOIN (VALUES ('elderly_care', '敬老关爱', 'Care for the elderly', 1),
                        ('hardship_help', '困难帮扶', 'Help in hardship', 2),
                        ('holiday_greeting', '节日慰问', 'Holiday greetings', 3),
                        ('return_home', '返乡帮助', 'Help to get home', 4))
           AS kind (code, title, title_en, sort)
"""
TABLES = (
    "wish_volunteer",
    "wish_contact_showing",
    "wish_rating",
    "wish_dispatch",
    "wish_evidence_file",
    "wish_claim",
    "wish_history",
    "wish",
    "wish_kind",
)


def upgrade() -> None:
    # A migration that waits for a lock must not make the whole service wait behind it.
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "wish_kind",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("start_within_h", sa.Integer(), server_default=sa.text("72"), nullable=False),
        sa.Column("sort", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "start_within_h BETWEEN 1 AND 720", name=op.f("ck_wish_kind_start_within_range")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_wish_kind_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish_kind")),
        sa.UniqueConstraint("campaign_id", "code", name=op.f("uq_wish_kind_campaign_id_code")),
    )
    op.create_table(
        "wish",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("original_sealed", sa.LargeBinary(), nullable=False),
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
        sa.Column(
            "urgency",
            sa.Enum(
                "within_2_days",
                "within_5_days",
                "within_a_week",
                "anytime",
                name="urgency",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("needed_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contact_phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("show_contact", sa.Boolean(), nullable=False),
        sa.Column("posted_by", sa.Uuid(), nullable=True),
        sa.Column("proxy_sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "pending_review",
                "open",
                "claimed",
                "in_progress",
                "submitted",
                "fulfilled",
                "rejected",
                "withdrawn",
                "expired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("flags", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("endorsed_by", sa.Uuid(), nullable=True),
        sa.Column("endorsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NOT NULL) = (state IN ('fulfilled', 'rejected', 'withdrawn', 'expired'))",
            name=op.f("ck_wish_closed_when_ended"),
        ),
        sa.CheckConstraint(
            "flags <@ ARRAY['minors', 'home_visit', 'lives_alone']::text[]",
            name=op.f("ck_wish_flags_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('claimed', 'in_progress', 'submitted')",
            name=op.f("ck_wish_claims_say_the_rest"),
        ),
        sa.CheckConstraint(
            "(endorsed_by IS NULL) = (endorsed_at IS NULL)", name=op.f("ck_wish_endorsed_whole")
        ),
        sa.CheckConstraint(
            "(posted_by IS NULL) = (proxy_sealed IS NULL)",
            name=op.f("ck_wish_on_behalf_with_a_proxy"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "kind"],
            ["wish_kind.campaign_id", "wish_kind.code"],
            name=op.f("fk_wish_campaign_id_kind_wish_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["endorsed_by"], ["staff.id"], name=op.f("fk_wish_endorsed_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_wish_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["stock_pool.id"], name=op.f("fk_wish_pool_id_stock_pool")
        ),
        sa.ForeignKeyConstraint(["posted_by"], ["staff.id"], name=op.f("fk_wish_posted_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish")),
        sa.UniqueConstraint("pool_id", name=op.f("uq_wish_pool_id")),
    )
    op.create_index(op.f("ix_wish_campaign_id_kind"), "wish", ["campaign_id", "kind"])
    op.create_index(op.f("ix_wish_member_id_posted_at"), "wish", ["member_id", "posted_at"])
    op.create_index(op.f("ix_wish_state_needed_by"), "wish", ["state", "needed_by"])
    op.create_table(
        "wish_history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wish_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["wish_id"], ["wish.id"], name=op.f("fk_wish_history_wish_id_wish")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish_history")),
        sa.UniqueConstraint("wish_id", "number", name=op.f("uq_wish_history_wish_id_number")),
    )
    op.create_index(op.f("ix_wish_history_act_at"), "wish_history", ["act", "at"])
    op.create_table(
        "wish_claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wish_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "claimed",
                "in_progress",
                "submitted",
                "fulfilled",
                "released",
                "lapsed",
                "not_done",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("evidence_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("verified_by", sa.String(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (state IN ('claimed', 'in_progress', 'submitted'))",
            name=op.f("ck_wish_claim_closed_when_not_live"),
        ),
        sa.CheckConstraint(
            "(state = 'fulfilled') = (verified_by IS NOT NULL)",
            name=op.f("ck_wish_claim_verified_when_fulfilled"),
        ),
        sa.CheckConstraint(
            "(submitted_at IS NOT NULL) = (minutes IS NOT NULL) AND (submitted_at IS NOT NULL) = (evidence_sealed IS NOT NULL)",
            name=op.f("ck_wish_claim_submitted_whole"),
        ),
        sa.CheckConstraint("minutes BETWEEN 1 AND 6000", name=op.f("ck_wish_claim_minutes_range")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_wish_claim_member_id_member")
        ),
        sa.ForeignKeyConstraint(["wish_id"], ["wish.id"], name=op.f("fk_wish_claim_wish_id_wish")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish_claim")),
    )
    op.create_index(
        op.f("ix_wish_claim_member_id_claimed_at"), "wish_claim", ["member_id", "claimed_at"]
    )
    op.create_index(op.f("ix_wish_claim_wish_id"), "wish_claim", ["wish_id"])
    op.create_index(
        "uq_wish_claim_live",
        "wish_claim",
        ["wish_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('claimed', 'in_progress', 'submitted')"),
    )
    op.create_table(
        "wish_evidence_file",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["wish_claim.id"], name=op.f("fk_wish_evidence_file_claim_id_wish_claim")
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_wish_evidence_file")),
    )
    op.create_index(op.f("ix_wish_evidence_file_claim_id"), "wish_evidence_file", ["claim_id"])
    op.create_table(
        "wish_dispatch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wish_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "offered",
                "accepted",
                "refused",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_by", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(state = 'accepted') = (claim_id IS NOT NULL)",
            name=op.f("ck_wish_dispatch_accepted_by_claim"),
        ),
        sa.CheckConstraint(
            "(state = 'offered') = (answered_at IS NULL)",
            name=op.f("ck_wish_dispatch_answered_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_wish_dispatch_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["wish_id"], ["wish.id"], name=op.f("fk_wish_dispatch_wish_id_wish")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish_dispatch")),
    )
    op.create_index(op.f("ix_wish_dispatch_member_id"), "wish_dispatch", ["member_id"])
    op.create_index(
        "uq_wish_dispatch_offered",
        "wish_dispatch",
        ["wish_id", "member_id"],
        unique=True,
        postgresql_where=sa.text("state = 'offered'"),
    )
    op.create_table(
        "wish_rating",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "rater",
            sa.Enum(
                "wisher",
                "volunteer",
                name="rater",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("comment_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_wish_rating_stars_range")),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["wish_claim.id"], name=op.f("fk_wish_rating_claim_id_wish_claim")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_wish_rating_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish_rating")),
        sa.UniqueConstraint("claim_id", "rater", name=op.f("uq_wish_rating_claim_id_rater")),
    )
    op.create_index(op.f("ix_wish_rating_member_id"), "wish_rating", ["member_id"])
    op.create_table(
        "wish_contact_showing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wish_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["wish_claim.id"],
            name=op.f("fk_wish_contact_showing_claim_id_wish_claim"),
        ),
        sa.ForeignKeyConstraint(
            ["wish_id"], ["wish.id"], name=op.f("fk_wish_contact_showing_wish_id_wish")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish_contact_showing")),
    )
    op.create_index(
        op.f("ix_wish_contact_showing_wish_id_at"), "wish_contact_showing", ["wish_id", "at"]
    )
    op.create_table(
        "wish_volunteer",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("is_adult", sa.Boolean(), nullable=False),
        sa.Column("is_trained", sa.Boolean(), nullable=False),
        sa.Column("is_healthy", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_wish_volunteer_member_id_member")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_wish_volunteer")),
    )

    op.drop_constraint(op.f("ck_consent_channel"), "consent", type_="check")
    op.create_check_constraint(op.f("ck_consent_channel"), "consent", "channel IN ('app', 'staff')")
    op.get_bind().exec_driver_sql(KINDS)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("ck_consent_channel"), "consent", type_="check")
    # Older processes know one way alone; what staff wrote down was said all the same.
    op.get_bind().exec_driver_sql("UPDATE consent SET channel = 'app' WHERE channel = 'staff'")
    op.create_check_constraint(op.f("ck_consent_channel"), "consent", "channel IN ('app')")
    for table in TABLES:
        op.drop_table(table)
