"""Who takes part: people and their accounts, stores and their devices, staff."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import Category, District, Role, StoreState


class Person(Base):
    """The unique human behind accounts, found by the keyed digest of the identity number.

    `number_erased_at`: the last account was erased, and the number with it.
    """

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    id_number_digest: Mapped[bytes] = mapped_column(unique=True)
    id_number_sealed: Mapped[bytes]
    number_erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Member(Base):
    """An account of the union's app. Erased, its row stays for what points to it, and is nobody."""

    __tablename__ = "member"
    __table_args__ = (
        Index(None, "person_id"),
        # As a search shows them: of a city hundreds share four digits.
        Index(None, "phone_last4_digest", "member_no"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_no: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    name_sealed: Mapped[bytes]
    phone_sealed: Mapped[bytes]
    phone_last4_digest: Mapped[bytes]
    district: Mapped[District] = mapped_column(enum_column(District, "district"))
    # The keyed digest of the file row that wrote this account, so that the same file again
    # is seen to change nothing without opening a sealed value. None: no file did.
    row_digest: Mapped[bytes | None]
    erased_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MemberCategory(Base):
    """An entitlement, by whose word, and until which Shanghai day (inclusive)."""

    __tablename__ = "member_category"

    member_id: Mapped[UUID] = mapped_column(
        ForeignKey("member.id", ondelete="CASCADE"), primary_key=True
    )
    category: Mapped[Category] = mapped_column(enum_column(Category, "category"), primary_key=True)
    source: Mapped[str] = mapped_column(server_default=text("''"))
    valid_until: Mapped[date | None]


class Merchant(Base):
    """The legal company behind stores. An import knows its name only; the rest is filled in."""

    __tablename__ = "merchant"
    __table_args__ = (
        CheckConstraint("credit_code ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'", name="credit_code_form"),
        CheckConstraint("(bank IS NULL) = (bank_account_sealed IS NULL)", name="bank_whole"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    legal_name: Mapped[str | None]
    credit_code: Mapped[str | None] = mapped_column(unique=True)
    bank: Mapped[str | None]
    bank_account_sealed: Mapped[bytes | None]
    contact_name_sealed: Mapped[bytes | None]
    contact_phone_sealed: Mapped[bytes | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MerchantHistory(Base):
    """Every change of a merchant: who, when, which fields, why. Never their values."""

    __tablename__ = "merchant_history"
    __table_args__ = (Index(None, "merchant_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchant.id"))
    at: Mapped[datetime]
    act: Mapped[str]
    actor: Mapped[str]
    # Who asked, where `actor` approved it.
    asked_by: Mapped[str | None]
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reason: Mapped[str | None]


class Store(Base):
    """A partner convenience store.

    Hours are minutes of the Shanghai day; `closes` may pass 1440.
    """

    __tablename__ = "store"
    __table_args__ = (
        CheckConstraint("opens BETWEEN 0 AND 1439", name="opens_in_day"),
        CheckConstraint("closes > opens AND closes <= opens + 1440", name="closes_after_opens"),
        CheckConstraint("lat BETWEEN -90 AND 90 AND lng BETWEEN -180 AND 180", name="on_earth"),
        Index(None, "merchant_id"),
        Index(None, "district"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    store_no: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchant.id"))
    district: Mapped[District] = mapped_column(enum_column(District, "district"))
    address: Mapped[str]
    lat: Mapped[float]
    lng: Mapped[float]
    opens: Mapped[int]
    closes: Mapped[int]
    state: Mapped[StoreState] = mapped_column(
        enum_column(StoreState, "state"), server_default=text("'active'")
    )
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StoreHistory(Base):
    """Every move of a store: who, when, from, to, why."""

    __tablename__ = "store_history"
    __table_args__ = (Index(None, "store_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    store_id: Mapped[UUID] = mapped_column(ForeignKey("store.id"))
    at: Mapped[datetime]
    act: Mapped[str]
    actor: Mapped[str]
    from_state: Mapped[str]
    to_state: Mapped[str]
    reason: Mapped[str]


class StoreDevice(Base):
    """An OAuth client: a till of one store, or the system of a merchant with all its stores."""

    __tablename__ = "store_device"
    __table_args__ = (
        CheckConstraint("(store_id IS NULL) <> (merchant_id IS NULL)", name="one_owner"),
        Index(None, "store_id"),
        Index(None, "merchant_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    store_id: Mapped[UUID | None] = mapped_column(ForeignKey("store.id"))
    merchant_id: Mapped[UUID | None] = mapped_column(ForeignKey("merchant.id"))
    name: Mapped[str] = mapped_column(server_default=text("''"))
    secret_digest: Mapped[bytes]
    # A secret that was rolled but not yet used, and the one before until its overlap ends.
    next_secret_digest: Mapped[bytes | None]
    previous_secret_digest: Mapped[bytes | None]
    previous_secret_until: Mapped[datetime | None]
    first_token_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class OnboardingCode(Base):
    """A one-use code that turns into a device."""

    __tablename__ = "onboarding_code"
    __table_args__ = (
        CheckConstraint("(store_id IS NULL) <> (merchant_id IS NULL)", name="one_owner"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code_digest: Mapped[bytes] = mapped_column(unique=True)
    # Kept, sealed, for its QR, as long as it has not been used.
    code_sealed: Mapped[bytes | None]
    store_id: Mapped[UUID | None] = mapped_column(ForeignKey("store.id"))
    merchant_id: Mapped[UUID | None] = mapped_column(ForeignKey("merchant.id"))
    expires_at: Mapped[datetime]
    first_used_at: Mapped[datetime | None]
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("store_device.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


_DISTRICTS = ", ".join(f"'{district}'" for district in District)


class Staff(Base):
    """A member of the union's staff. `districts`: where alone the account may act; NULL is
    the whole city, so that a list that lost its entries cannot be taken for it."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint(
            f"cardinality(districts) > 0 AND districts <@ ARRAY[{_DISTRICTS}]::text[]",
            name="districts",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    # Raised with each new password: who signs in meanwhile with the old one finds another.
    password_version: Mapped[int] = mapped_column(server_default=text("1"))
    districts: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    disabled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StaffRole(Base):
    __tablename__ = "staff_role"

    staff_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[Role] = mapped_column(enum_column(Role, "role"), primary_key=True)


class SecondFactor(Base):
    """A TOTP secret of an account (RFC 6238), from its first showing to its removal.

    `confirmed_at` NULL: nobody has shown a code yet. `last_step`: the newest step of thirty
    seconds whose code was accepted; no code of that step or an older one is good again.
    A removed one keeps who took it away and why, and no secret.
    """

    __tablename__ = "second_factor"
    __table_args__ = (
        CheckConstraint("(removed_at IS NULL) = (secret_sealed IS NOT NULL)", name="secret"),
        Index(
            "uq_second_factor_live",
            "staff_id",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    secret_sealed: Mapped[bytes | None]
    last_step: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str | None]
    removal_reason: Mapped[str | None]


class StaffSession(Base):
    """A sign-in of staff: each of their tokens names its row.

    `token_until` is real time, as tokens are; the others are campaign time.
    """

    __tablename__ = "staff_session"
    __table_args__ = (
        Index(None, "staff_id", "address"),
        # What the access list reads: few, and the newest alone.
        Index(
            "ix_staff_session_ended",
            "token_until",
            postgresql_where=text("ended_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    address: Mapped[str]
    agent: Mapped[str]
    signed_in_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    token_until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
