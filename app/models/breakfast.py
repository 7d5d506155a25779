"""Breakfast: batches, vouchers, redemptions."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import (
    DisputeDecision,
    DisputeState,
    RedemptionInput,
    RedemptionState,
    VoucherState,
)


class Batch(Base):
    """One drop of vouchers. Its quantity, window, state and limits are its pool's.

    `test`: nothing of it is handed out, paid or counted. What only a test may have
    (docs/adr/0012-test-codes.md): `opens` and `closes`, hours in place of the store's, and
    `test_of`, the test batch whose codes this one completes.
    """

    __tablename__ = "breakfast_batch"
    __table_args__ = (
        CheckConstraint("valid_days BETWEEN 1 AND 366", name="valid_days_range"),
        CheckConstraint("face_value_fen > 0", name="face_value_positive"),
        CheckConstraint("(opens IS NULL) = (closes IS NULL)", name="hours_whole"),
        CheckConstraint("test OR (opens IS NULL AND test_of IS NULL)", name="only_tests_differ"),
        Index(None, "campaign_id"),
        Index(None, "series_id"),
        Index(None, "test_of"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    pool_id: Mapped[UUID] = mapped_column(ForeignKey("stock_pool.id"), unique=True)
    series_id: Mapped[UUID]
    series_day: Mapped[int] = mapped_column(server_default=text("0"))
    name: Mapped[str]
    limit_group: Mapped[str]
    face_value_fen: Mapped[int]
    valid_days: Mapped[int]
    valid_from: Mapped[datetime | None]
    eligible_categories: Mapped[list[str]] = mapped_column(ARRAY(Text))
    store_districts: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    store_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    test: Mapped[bool] = mapped_column(server_default=text("false"))
    test_of: Mapped[UUID | None] = mapped_column(ForeignKey("breakfast_batch.id"))
    opens: Mapped[int | None]
    closes: Mapped[int | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]


class BatchHistory(Base):
    """Every move of a batch: who, when, from, to, why; who asked for it, if somebody else did."""

    __tablename__ = "breakfast_batch_history"
    __table_args__ = (Index(None, "batch_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("breakfast_batch.id"))
    at: Mapped[datetime]
    act: Mapped[str]
    actor: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    reason: Mapped[str | None]
    asked_by: Mapped[str | None]


class Voucher(Base):
    """What a worker holds; its id is the claim's. An issued one past `valid_until` has expired.

    `entitled_by`: which of the batch's categories the holder had at the press, joined by `|`;
    NULL where it was not written down yet.
    """

    __tablename__ = "breakfast_voucher"
    __table_args__ = (
        CheckConstraint("state <> 'expired'", name="expiry_is_read_not_written"),
        CheckConstraint("valid_from < valid_until", name="valid_from_before_until"),
        Index(None, "member_id", "issued_at"),
        Index(None, "batch_id"),
        Index(
            "ix_breakfast_voucher_revoked",
            "valid_until",
            postgresql_where=text("state = 'void'"),
        ),
        # Those that run out next, for whoever tells their holders.
        Index(
            "ix_breakfast_voucher_issued",
            "valid_until",
            postgresql_where=text("state = 'issued'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("breakfast_batch.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    code_digest: Mapped[bytes] = mapped_column(unique=True)
    code_sealed: Mapped[bytes]
    face_value_fen: Mapped[int]
    state: Mapped[VoucherState] = mapped_column(
        enum_column(VoucherState, "state"), server_default=text("'issued'")
    )
    reversals_count: Mapped[int] = mapped_column(server_default=text("0"))
    entitled_by: Mapped[str | None]
    issued_at: Mapped[datetime]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]


class VoucherHistory(Base):
    """Every move of a voucher after its issue."""

    __tablename__ = "breakfast_voucher_history"
    __table_args__ = (Index(None, "voucher_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("breakfast_voucher.id"))
    at: Mapped[datetime]
    act: Mapped[str]
    actor: Mapped[str]
    from_state: Mapped[str]
    to_state: Mapped[str]
    reason: Mapped[str | None]


class Redemption(Base):
    """A store's act under its own number. A voucher has one that is not reversed, at most.

    `redeemed_at` is the time it counts for, `received_at` its arrival; `device_at` what the
    till's clock said. `sent_at` and `device_seq` are there when it was uploaded later.
    """

    __tablename__ = "breakfast_redemption"
    __table_args__ = (
        UniqueConstraint("store_id", "redemption_no"),
        CheckConstraint(
            "(state = 'reversed') = (reversed_at IS NOT NULL) "
            "AND (state = 'reversed') = (reversal_reason IS NOT NULL) "
            "AND (state = 'reversed') = (reversed_by IS NOT NULL)",
            name="reversed_whole",
        ),
        Index(
            "uq_breakfast_redemption_live",
            "voucher_id",
            unique=True,
            postgresql_where=text("state = 'redeemed'"),
        ),
        Index(None, "voucher_id"),
        Index(None, "store_id", "redeemed_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    store_id: Mapped[UUID] = mapped_column(ForeignKey("store.id"))
    redemption_no: Mapped[str]
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("breakfast_voucher.id"))
    device_id: Mapped[UUID] = mapped_column(ForeignKey("store_device.id"))
    face_value_fen: Mapped[int]
    input: Mapped[RedemptionInput] = mapped_column(enum_column(RedemptionInput, "input"))
    state: Mapped[RedemptionState] = mapped_column(
        enum_column(RedemptionState, "state"), server_default=text("'redeemed'")
    )
    redeemed_at: Mapped[datetime]
    redeemed_on: Mapped[date]
    received_at: Mapped[datetime]
    device_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    device_seq: Mapped[int | None] = mapped_column(BigInteger)
    reversed_at: Mapped[datetime | None]
    reversal_reason: Mapped[str | None]
    reversed_by: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RefusedRedemption(Base):
    """A redemption that was refused: who tried, when, and why not. Never what was typed.

    The same refusal of the same number again is the same row, counted.
    """

    __tablename__ = "breakfast_refused_redemption"
    __table_args__ = (
        UniqueConstraint(
            "device_id",
            "store_id",
            "redemption_no",
            "code",
            name="uq_breakfast_refused_redemption_attempt",
        ),
        Index(None, "store_id", "received_at"),
        Index(None, "received_at"),
        Index(None, "voucher_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    store_id: Mapped[UUID] = mapped_column(ForeignKey("store.id"))
    device_id: Mapped[UUID] = mapped_column(ForeignKey("store_device.id"))
    redemption_no: Mapped[str]
    code: Mapped[str]
    voucher_id: Mapped[UUID | None] = mapped_column(ForeignKey("breakfast_voucher.id"))
    input: Mapped[RedemptionInput] = mapped_column(enum_column(RedemptionInput, "input"))
    redeemed_at: Mapped[datetime]
    device_at: Mapped[datetime | None]
    device_seq: Mapped[int | None] = mapped_column(BigInteger)
    received_at: Mapped[datetime]
    last_at: Mapped[datetime]
    attempts_count: Mapped[int] = mapped_column(server_default=text("1"))


class Dispute(Base):
    """A voucher that a till took offline after another had redeemed it: the second scan, kept.

    Which of the two is the redemption is decided by staff.
    """

    __tablename__ = "breakfast_dispute"
    __table_args__ = (
        UniqueConstraint("store_id", "redemption_no"),
        CheckConstraint(
            "(state = 'decided') = (decision IS NOT NULL) "
            "AND (state = 'decided') = (decided_at IS NOT NULL) "
            "AND (state = 'decided') = (decided_by IS NOT NULL) "
            "AND (state = 'decided') = (reason IS NOT NULL)",
            name="decided_whole",
        ),
        CheckConstraint(
            "(compensation_fen > 0) = (decision IS NOT NULL AND decision = 'both_paid')",
            name="compensated_when_both_paid",
        ),
        Index(None, "voucher_id"),
        Index(None, "first_redemption_id"),
        Index(None, "second_redemption_id"),
        Index(None, "state", "received_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("breakfast_voucher.id"))
    first_redemption_id: Mapped[UUID] = mapped_column(ForeignKey("breakfast_redemption.id"))
    store_id: Mapped[UUID] = mapped_column(ForeignKey("store.id"))
    device_id: Mapped[UUID] = mapped_column(ForeignKey("store_device.id"))
    redemption_no: Mapped[str]
    input: Mapped[RedemptionInput] = mapped_column(enum_column(RedemptionInput, "input"))
    redeemed_at: Mapped[datetime]
    received_at: Mapped[datetime]
    device_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    device_seq: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[DisputeState] = mapped_column(
        enum_column(DisputeState, "state"), server_default=text("'open'")
    )
    decision: Mapped[DisputeDecision | None] = mapped_column(
        enum_column(DisputeDecision, "decision")
    )
    compensation_fen: Mapped[int] = mapped_column(server_default=text("0"))
    reason: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    second_redemption_id: Mapped[UUID | None] = mapped_column(ForeignKey("breakfast_redemption.id"))
