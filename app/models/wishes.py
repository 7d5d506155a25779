"""Wishes: their kinds, who took them on, and what became of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import ClaimState, DispatchState, District, Rater, Urgency, WishState

LIVE = "state IN ('claimed', 'in_progress', 'submitted')"


class WishKind(Base):
    """A kind of wish, as a campaign's staff have it. A claim lapses that is not started in time.
    One that is off takes no new wishes."""

    __tablename__ = "wish_kind"
    __table_args__ = (
        CheckConstraint("start_within_h BETWEEN 1 AND 720", name="start_within_range"),
        UniqueConstraint("campaign_id", "code"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    code: Mapped[str]
    title: Mapped[str]
    title_en: Mapped[str]
    start_within_h: Mapped[int] = mapped_column(server_default=text("72"))
    sort: Mapped[int]
    is_on: Mapped[bool] = mapped_column(server_default=text("true"))
    version: Mapped[int] = mapped_column(server_default=text("1"))


class WishLimits(Base):
    """How many wishes and claims a person of this campaign may have open, how long a volunteer
    waits for what was given back, how far back wishes are compared. The defaults are the
    edition's."""

    __tablename__ = "wish_limits"
    __table_args__ = (
        CheckConstraint("open_claims BETWEEN 1 AND 100", name="open_claims_range"),
        CheckConstraint("open_wishes BETWEEN 1 AND 100", name="open_wishes_range"),
        CheckConstraint("cooldown_h BETWEEN 0 AND 720", name="cooldown_range"),
        CheckConstraint("similar_days BETWEEN 0 AND 366", name="similar_range"),
    )

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    open_claims: Mapped[int] = mapped_column(server_default=text("3"))
    open_wishes: Mapped[int] = mapped_column(server_default=text("2"))
    cooldown_h: Mapped[int] = mapped_column(server_default=text("24"))
    similar_days: Mapped[int] = mapped_column(server_default=text("30"))
    version: Mapped[int] = mapped_column(server_default=text("1"))


class Wish(Base):
    """One small wish: a pool of one unit, which a claim takes (`wish_claim`).

    `state` is what was decided; that an open wish is taken, its live claim says, and that its
    time is over, `needed_by` (`app/packs/wishes/rules.py`). `title` and `detail` are the public
    face, what must not be public hidden in it; `original_sealed` what was written. `flags` want
    a second reviewer beside `endorsed_by`. Nothing here is about money, and nothing may be.
    """

    __tablename__ = "wish"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "kind"], ["wish_kind.campaign_id", "wish_kind.code"]),
        CheckConstraint(
            "state NOT IN ('claimed', 'in_progress', 'submitted')", name="claims_say_the_rest"
        ),
        CheckConstraint(
            "flags <@ ARRAY['minors', 'home_visit', 'lives_alone']::text[]", name="flags_known"
        ),
        CheckConstraint("(endorsed_by IS NULL) = (endorsed_at IS NULL)", name="endorsed_whole"),
        CheckConstraint(
            "(posted_by IS NULL) = (proxy_sealed IS NULL)", name="on_behalf_with_a_proxy"
        ),
        CheckConstraint(
            "(closed_at IS NOT NULL) = "
            "(state IN ('fulfilled', 'rejected', 'withdrawn', 'expired'))",
            name="closed_when_ended",
        ),
        Index(None, "campaign_id", "kind"),
        Index(None, "member_id", "posted_at"),
        Index(None, "state", "needed_by"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID]
    pool_id: Mapped[UUID] = mapped_column(ForeignKey("stock_pool.id"), unique=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    kind: Mapped[str]
    title: Mapped[str]
    detail: Mapped[str]
    original_sealed: Mapped[bytes]
    district: Mapped[District] = mapped_column(enum_column(District, "district"))
    urgency: Mapped[Urgency] = mapped_column(enum_column(Urgency, "urgency"))
    needed_by: Mapped[datetime]
    contact_phone_sealed: Mapped[bytes]
    show_contact: Mapped[bool]
    posted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    proxy_sealed: Mapped[bytes | None]
    state: Mapped[WishState] = mapped_column(enum_column(WishState, "state"))
    flags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    endorsed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    endorsed_at: Mapped[datetime | None]
    posted_at: Mapped[datetime]
    waiting_from: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class WishHistory(Base):
    """Every move of a wish, numbered: who, when, from, to, why. Figures are counted from these
    alone. `at` is when it was so: what time decided may be written down later.

    No row is ever changed but for its reason, which goes with the person it is about.
    """

    __tablename__ = "wish_history"
    __table_args__ = (
        UniqueConstraint("wish_id", "number"),
        Index(None, "act", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    wish_id: Mapped[UUID] = mapped_column(ForeignKey("wish.id"))
    number: Mapped[int]
    claim_id: Mapped[UUID | None]
    at: Mapped[datetime]
    act: Mapped[str]
    actor: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    reason_sealed: Mapped[bytes | None]


class WishClaim(Base):
    """A volunteer's claim; its id is that of the books' grant. One that is not started by
    `start_before` has lapsed, whoever has written that down.

    Service time is `started_at` to `submitted_at`, `minutes` as the volunteer says and
    `verified_by` confirms.
    """

    __tablename__ = "wish_claim"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 1 AND 6000", name="minutes_range"),
        CheckConstraint(
            "(submitted_at IS NOT NULL) = (minutes IS NOT NULL) "
            "AND (submitted_at IS NOT NULL) = (evidence_sealed IS NOT NULL)",
            name="submitted_whole",
        ),
        CheckConstraint(
            "(state = 'fulfilled') = (verified_by IS NOT NULL)", name="verified_when_fulfilled"
        ),
        CheckConstraint(
            "(closed_at IS NULL) = (state IN ('claimed', 'in_progress', 'submitted'))",
            name="closed_when_not_live",
        ),
        # Whatever else fails, nobody holds a wish beside somebody.
        Index("uq_wish_claim_live", "wish_id", unique=True, postgresql_where=text(LIVE)),
        Index(None, "wish_id"),
        Index(None, "member_id", "claimed_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    wish_id: Mapped[UUID] = mapped_column(ForeignKey("wish.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    state: Mapped[ClaimState] = mapped_column(enum_column(ClaimState, "state"))
    claimed_at: Mapped[datetime]
    start_before: Mapped[datetime]
    started_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    minutes: Mapped[int | None]
    evidence_sealed: Mapped[bytes | None]
    verified_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class WishEvidenceFile(Base):
    """A picture that a volunteer handed in with the evidence."""

    __tablename__ = "wish_evidence_file"

    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("wish_claim.id"), index=True)


class WishDispatch(Base):
    """Staff ask a volunteer to take a wish on. It binds nobody until it is accepted."""

    __tablename__ = "wish_dispatch"
    __table_args__ = (
        CheckConstraint("(state = 'offered') = (answered_at IS NULL)", name="answered_whole"),
        CheckConstraint("(state = 'accepted') = (claim_id IS NOT NULL)", name="accepted_by_claim"),
        Index(
            "uq_wish_dispatch_offered",
            "wish_id",
            "member_id",
            unique=True,
            postgresql_where=text("state = 'offered'"),
        ),
        Index(None, "member_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    wish_id: Mapped[UUID] = mapped_column(ForeignKey("wish.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    state: Mapped[DispatchState] = mapped_column(enum_column(DispatchState, "state"))
    offered_at: Mapped[datetime]
    offered_by: Mapped[str]
    answered_at: Mapped[datetime | None]
    claim_id: Mapped[UUID | None]
    reason_sealed: Mapped[bytes | None]


class WishRating(Base):
    """What one side of a fulfilled wish thinks of the other; staff alone read it."""

    __tablename__ = "wish_rating"
    __table_args__ = (
        UniqueConstraint("claim_id", "rater"),
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars_range"),
        Index(None, "member_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("wish_claim.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    rater: Mapped[Rater] = mapped_column(enum_column(Rater, "rater"))
    stars: Mapped[int]
    comment_sealed: Mapped[bytes | None]
    at: Mapped[datetime]


class WishContactShowing(Base):
    """The wisher's name and phone were shown to the holder of a live claim."""

    __tablename__ = "wish_contact_showing"
    __table_args__ = (Index(None, "wish_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    wish_id: Mapped[UUID] = mapped_column(ForeignKey("wish.id"))
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("wish_claim.id"))
    at: Mapped[datetime]


class WishVolunteer(Base):
    """What staff have seen of a volunteer, for wishes that need somebody suitable."""

    __tablename__ = "wish_volunteer"

    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), primary_key=True)
    is_adult: Mapped[bool]
    is_trained: Mapped[bool]
    is_healthy: Mapped[bool]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]
