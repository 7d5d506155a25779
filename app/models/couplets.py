"""Couplets: events with their live session, sites and variants; reservations and pick-ups."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import Opening, PickupInput, PickupState, ReservationState


class CoupletsEvent(Base):
    """An afternoon of writing: the live session, when one may reserve, and the event's rules.

    `release_before_min`: so long before a site closes, what was not collected there goes to
    whoever stands at the door. `offer_valid_min`: how long an offer stands; `offer_lead_min`:
    so shortly before the end nothing is offered any more.

    `opening_window_min`, `draw_id`: of an event that opens by a fair draw, for how long one may
    ask, and the draw that puts those in order. `ordered_at`: when all had had their turn.
    """

    __tablename__ = "couplets_event"
    __table_args__ = (
        CheckConstraint("live_from < live_to", name="live_has_length"),
        CheckConstraint("reserve_opens_at < reserve_closes_at", name="reserve_has_length"),
        CheckConstraint("release_before_min BETWEEN 0 AND 1440", name="release_before_range"),
        CheckConstraint("offer_valid_min BETWEEN 1 AND 10080", name="offer_valid_range"),
        CheckConstraint("offer_lead_min BETWEEN 0 AND 10080", name="offer_lead_range"),
        CheckConstraint("opening_window_min BETWEEN 1 AND 10080", name="opening_window_range"),
        CheckConstraint(
            "(opening = 'fair_draw') = (draw_id IS NOT NULL) "
            "AND (draw_id IS NULL) = (opening_window_min IS NULL) "
            "AND (ordered_at IS NULL OR draw_id IS NOT NULL)",
            name="fair_whole",
        ),
        Index(None, "campaign_id", "live_from"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    title: Mapped[str]
    stream_url: Mapped[str | None]
    replay_url: Mapped[str | None]
    live_from: Mapped[datetime]
    live_to: Mapped[datetime]
    reserve_opens_at: Mapped[datetime]
    reserve_closes_at: Mapped[datetime]
    opening: Mapped[Opening] = mapped_column(enum_column(Opening, "opening"))
    release_before_min: Mapped[int]
    offer_valid_min: Mapped[int]
    offer_lead_min: Mapped[int]
    opening_window_min: Mapped[int | None]
    draw_id: Mapped[UUID | None] = mapped_column(ForeignKey("draw.id"), unique=True)
    ordered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]


class CoupletsVariant(Base):
    """One text that is written, and how many pairs the paper makes: `paper` is what both pools
    hold together, whichever way pairs move between them. `planned_reserved`: how many of them
    staff meant for reserving, which is what next year's edition takes over (None: of a time before
    that was kept)."""

    __tablename__ = "couplets_variant"
    __table_args__ = (
        CheckConstraint("paper >= 0", name="paper_not_negative"),
        UniqueConstraint("event_id", "number"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_event.id"))
    number: Mapped[int]
    title: Mapped[str]
    wording: Mapped[str | None]
    size: Mapped[str | None]
    paper: Mapped[int]
    planned_reserved: Mapped[int | None]
    reserved_pool_id: Mapped[UUID] = mapped_column(ForeignKey("stock_pool.id"), unique=True)
    walk_in_pool_id: Mapped[UUID] = mapped_column(ForeignKey("stock_pool.id"), unique=True)


class CoupletsSite(Base):
    """Where pairs are picked up, within `[opens_at, closes_at)`. `released_at`: when what nobody
    had collected went to the door; that happens once."""

    __tablename__ = "couplets_site"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at", name="open_for_some_time"),
        UniqueConstraint("event_id", "number"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_event.id"))
    number: Mapped[int]
    name: Mapped[str]
    address: Mapped[str]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    released_at: Mapped[datetime | None]


class CoupletsReservation(Base):
    """A member's pair. `unit_id` is the books' grant that it holds, or held last, of
    `unit_pool_id`; the id is the first such grant's.

    `recipient_*`: who collects it, if not the member; `proxy_*`: the one-time code that
    somebody else may collect it by, until it was used.
    """

    __tablename__ = "couplets_reservation"
    __table_args__ = (
        CheckConstraint(
            "(closed_at IS NOT NULL) = (state IN ('cancelled', 'no_show'))",
            name="closed_when_ended",
        ),
        CheckConstraint(
            "(recipient_name_sealed IS NULL) = (recipient_phone_sealed IS NULL) "
            "AND (recipient_name_sealed IS NULL) = (recipient_last4_digest IS NULL)",
            name="recipient_whole",
        ),
        CheckConstraint(
            "(proxy_code_sealed IS NULL) = (proxy_code_digest IS NULL)", name="proxy_whole"
        ),
        # Whatever else fails, an account has one pair reserved in an event.
        Index(
            "uq_couplets_reservation_live",
            "event_id",
            "member_id",
            unique=True,
            postgresql_where=text("state = 'reserved'"),
        ),
        Index(None, "event_id", "site_id", "state"),
        Index(None, "member_id"),
        Index(None, "recipient_last4_digest"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_event.id"))
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_variant.id"))
    site_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_site.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    state: Mapped[ReservationState] = mapped_column(enum_column(ReservationState, "state"))
    unit_id: Mapped[UUID] = mapped_column(unique=True)
    unit_pool_id: Mapped[UUID] = mapped_column(ForeignKey("stock_pool.id"))
    was_offered: Mapped[bool]
    reserved_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    recipient_name_sealed: Mapped[bytes | None]
    recipient_phone_sealed: Mapped[bytes | None]
    recipient_last4_digest: Mapped[bytes | None]
    proxy_code_sealed: Mapped[bytes | None]
    proxy_code_digest: Mapped[bytes | None] = mapped_column(unique=True)
    proxy_used_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class CoupletsReservationHistory(Base):
    """Every move of a reservation, numbered: who, when, from, to, why."""

    __tablename__ = "couplets_reservation_history"
    __table_args__ = (UniqueConstraint("reservation_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reservation_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_reservation.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    act: Mapped[str]
    actor: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    reason_sealed: Mapped[bytes | None]


class CoupletsPickup(Base):
    """A pair that was handed out, for a reservation or (`reservation_id` is none) at the door:
    then its id is the books' grant's. A member at the door may be nobody known.

    `pickup_no`: the desk's own number of what was written down without a network.
    """

    __tablename__ = "couplets_pickup"
    __table_args__ = (
        CheckConstraint(
            "(reservation_id IS NULL) = (input IN ('member', 'anonymous'))", name="walk_in_input"
        ),
        CheckConstraint("(input = 'anonymous') <= (member_id IS NULL)", name="anonymous_is_nobody"),
        CheckConstraint(
            "(state = 'reversed') = (reversed_at IS NOT NULL) "
            "AND (state = 'reversed') = (reversed_by IS NOT NULL)",
            name="reversed_whole",
        ),
        UniqueConstraint("event_id", "staff_id", "pickup_no"),
        Index(
            "uq_couplets_pickup_live",
            "reservation_id",
            unique=True,
            postgresql_where=text("state = 'collected'"),
        ),
        Index(None, "event_id", "site_id", "collected_at"),
        Index(None, "member_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_event.id"))
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_variant.id"))
    site_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_site.id"))
    reservation_id: Mapped[UUID | None] = mapped_column(ForeignKey("couplets_reservation.id"))
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("member.id"))
    state: Mapped[PickupState] = mapped_column(enum_column(PickupState, "state"))
    input: Mapped[PickupInput] = mapped_column(enum_column(PickupInput, "input"))
    collected_at: Mapped[datetime]
    received_at: Mapped[datetime]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    pickup_no: Mapped[str | None]
    device_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    device_seq: Mapped[int | None] = mapped_column(BigInteger)
    reversed_at: Mapped[datetime | None]
    reversed_by: Mapped[str | None]
    reversal_reason: Mapped[str | None]


class CoupletsDispute(Base):
    """A pair that two desks handed out, the second without a network: its scan, beside the
    pick-up that stands. Nothing is paid for it, so nothing is to be decided; the paper is
    missed."""

    __tablename__ = "couplets_dispute"
    __table_args__ = (
        UniqueConstraint("event_id", "staff_id", "pickup_no"),
        Index(None, "reservation_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_event.id"))
    reservation_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_reservation.id"))
    first_pickup_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_pickup.id"))
    site_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_site.id"))
    input: Mapped[PickupInput] = mapped_column(enum_column(PickupInput, "input"))
    collected_at: Mapped[datetime]
    received_at: Mapped[datetime]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    pickup_no: Mapped[str]
    device_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    device_seq: Mapped[int | None] = mapped_column(BigInteger)


class CoupletsWait(Base):
    """What a place on the waiting list is for, beside its pool."""

    __tablename__ = "couplets_wait"

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("waiting_entry.id"), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_event.id"), index=True)
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_variant.id"))
    site_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_site.id"))


class CoupletsAsk(Base):
    """What somebody asked for in the window of a fair opening, beside their ticket."""

    __tablename__ = "couplets_ask"

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("draw_entry.id"), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_event.id"), index=True)
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_variant.id"))
    site_id: Mapped[UUID] = mapped_column(ForeignKey("couplets_site.id"))
