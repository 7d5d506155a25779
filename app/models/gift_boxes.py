"""Gift boxes: what is sold or given, where it is had, orders with their lines and units, refunds.

Prices and amounts are fen. Whoever changes an order locks its row first, then stock.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import Opening
from app.models.states_gift_boxes import (
    CancelCause,
    DeliveryMode,
    OrderKind,
    OrderState,
    StockFate,
    UnitState,
)


class GiftBoxesRules(Base):
    """A campaign's rules of the sale. `hold_min`: so long an order is held unpaid.
    `offer_valid_min`: how long an offer to the waiting list stands; `offer_lead_min`: so shortly
    before a box's sale ends nothing is offered any more."""

    __tablename__ = "gift_boxes_rules"
    __table_args__ = (
        CheckConstraint("hold_min BETWEEN 2 AND 1440", name="hold_range"),
        CheckConstraint("offer_valid_min BETWEEN 1 AND 10080", name="offer_valid_range"),
        CheckConstraint("offer_lead_min BETWEEN 0 AND 10080", name="offer_lead_range"),
    )

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    hold_min: Mapped[int] = mapped_column(server_default=text("15"))
    offer_valid_min: Mapped[int] = mapped_column(server_default=text("120"))
    offer_lead_min: Mapped[int] = mapped_column(server_default=text("30"))
    version: Mapped[int] = mapped_column(server_default=text("1"))


class GiftBoxesBox(Base):
    """One kind of box. `list_price_fen` is what `list_price_source` asked on `list_price_on`.

    Two pools, never mixed: boxes that are sold, and free ones for members in hardship.

    `opening` is the free ones'. `opening_window_min`, `draw_id`: by a fair draw, for how long one
    may ask, and the draw that puts those in order. `ordered_at`: when all had had their turn.
    """

    __tablename__ = "gift_boxes_box"
    __table_args__ = (
        CheckConstraint("member_price_fen > 0", name="member_price_positive"),
        CheckConstraint("member_price_fen <= list_price_fen", name="member_price_no_dearer"),
        CheckConstraint("per_person > 0", name="per_person_positive"),
        CheckConstraint("opens_at < closes_at", name="open_for_some_time"),
        CheckConstraint("opening_window_min BETWEEN 1 AND 10080", name="opening_window_range"),
        CheckConstraint(
            "(opening = 'fair_draw') = (draw_id IS NOT NULL) "
            "AND (draw_id IS NULL) = (opening_window_min IS NULL) "
            "AND (ordered_at IS NULL OR draw_id IS NOT NULL)",
            name="fair_whole",
        ),
        Index(None, "campaign_id", "opens_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    name: Mapped[str]
    list_price_fen: Mapped[int] = mapped_column(BigInteger)
    list_price_source: Mapped[str | None]
    list_price_on: Mapped[date | None]
    member_price_fen: Mapped[int] = mapped_column(BigInteger)
    per_person: Mapped[int]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    # Whether it may be sent to an address; at its sites it can be had in any case.
    is_delivered: Mapped[bool]
    sold_pool_id: Mapped[UUID] = mapped_column(ForeignKey("stock_pool.id"), unique=True)
    free_pool_id: Mapped[UUID] = mapped_column(ForeignKey("stock_pool.id"), unique=True)
    opening: Mapped[Opening] = mapped_column(
        enum_column(Opening, "opening"), server_default=text("'first_come'")
    )
    opening_window_min: Mapped[int | None]
    draw_id: Mapped[UUID | None] = mapped_column(ForeignKey("draw.id"), unique=True)
    ordered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]


class GiftBoxesContent(Base):
    """What is in a box, in the order in which it is read."""

    __tablename__ = "gift_boxes_content"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)

    box_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_box.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    quantity: Mapped[int]


class GiftBoxesPicture(Base):
    """What a box looks like, in the order in which it is seen; `alt` for whoever does not."""

    __tablename__ = "gift_boxes_picture"

    box_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_box.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("file.id"))
    alt: Mapped[str]
    alt_en: Mapped[str]


class GiftBoxesSite(Base):
    """Where boxes are picked up, within `[opens_at, closes_at)`. One that is called, placed and
    open alike is the same for every box of a campaign."""

    __tablename__ = "gift_boxes_site"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at", name="open_for_some_time"),
        UniqueConstraint("campaign_id", "name", "address", "opens_at", "closes_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    name: Mapped[str]
    address: Mapped[str]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]


class GiftBoxesBoxSite(Base):
    """Where a box can be had, in the order in which it is read."""

    __tablename__ = "gift_boxes_box_site"
    __table_args__ = (UniqueConstraint("box_id", "number"),)

    box_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_box.id"), primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_site.id"), primary_key=True)
    number: Mapped[int]


class GiftBoxesOrder(Base):
    """Boxes that somebody ordered, or was given. `amount_fen` was due, by the prices shown;
    `refunded_fen` of it is given back, or on its way.

    `pay_before`: until then the units are held. `paid_at`: since when it counts as paid.
    """

    __tablename__ = "gift_boxes_order"
    __table_args__ = (
        CheckConstraint("(kind = 'free') = (amount_fen = 0)", name="free_costs_nothing"),
        CheckConstraint("amount_fen >= 0", name="amount_not_negative"),
        CheckConstraint(
            "refunded_fen >= 0 AND refunded_fen <= amount_fen", name="refunded_no_more_than_paid"
        ),
        CheckConstraint("refunded_fen = 0 OR paid_at IS NOT NULL", name="refunded_was_paid"),
        CheckConstraint(
            "CASE kind WHEN 'free' THEN paid_at IS NULL AND state <> 'placed' "
            "ELSE (paid_at IS NOT NULL) = (state NOT IN ('placed', 'cancelled')) END",
            name="paid_whole",
        ),
        CheckConstraint("(kind = 'sold') = (pay_before IS NOT NULL)", name="sold_is_held"),
        CheckConstraint("placed_at < pay_before", name="held_for_some_time"),
        CheckConstraint(
            "(state = 'cancelled') = (cancel_cause IS NOT NULL)", name="cancelled_with_cause"
        ),
        CheckConstraint("(mode = 'pickup') = (site_id IS NOT NULL)", name="pickup_at_a_site"),
        CheckConstraint(
            "(recipient_sealed IS NULL) = (phone_sealed IS NULL) "
            "AND (recipient_sealed IS NULL) = (address_sealed IS NULL) "
            "AND (mode = 'delivery' OR address_sealed IS NULL)",
            name="address_whole",
        ),
        Index(None, "member_id", "placed_at"),
        Index(None, "campaign_id", "placed_at"),
        Index(None, "state", "placed_at"),
        Index(None, "site_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    kind: Mapped[OrderKind] = mapped_column(enum_column(OrderKind, "kind"))
    state: Mapped[OrderState] = mapped_column(enum_column(OrderState, "state"))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    refunded_fen: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    placed_at: Mapped[datetime]
    pay_before: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    cancel_cause: Mapped[CancelCause | None] = mapped_column(
        enum_column(CancelCause, "cancel_cause")
    )
    # When it came into the state in which it is.
    moved_at: Mapped[datetime]
    mode: Mapped[DeliveryMode] = mapped_column(enum_column(DeliveryMode, "mode"))
    site_id: Mapped[UUID | None] = mapped_column(ForeignKey("gift_boxes_site.id"))
    recipient_sealed: Mapped[bytes | None]
    phone_sealed: Mapped[bytes | None]
    address_sealed: Mapped[bytes | None]
    erased_at: Mapped[datetime | None]


class GiftBoxesLine(Base):
    """So many of one box in an order, at the price shown. `refunded_count` of them are given
    back, in money."""

    __tablename__ = "gift_boxes_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("price_fen >= 0", name="price_not_negative"),
        CheckConstraint(
            "refunded_count >= 0 AND refunded_count <= quantity", name="refunded_no_more_than_all"
        ),
        UniqueConstraint("order_id", "box_id"),
        UniqueConstraint("order_id", "number"),
        Index(None, "box_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_order.id"))
    number: Mapped[int]
    box_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_box.id"))
    quantity: Mapped[int]
    price_fen: Mapped[int] = mapped_column(BigInteger)
    refunded_count: Mapped[int] = mapped_column(server_default=text("0"))


class GiftBoxesUnit(Base):
    """One unit that a line took of the books; its id is the grant's. A line that lapsed and was
    paid for all the same has taken units twice, of which it holds the later ones."""

    __tablename__ = "gift_boxes_unit"
    __table_args__ = (
        CheckConstraint("(state = 'held') = (ended_at IS NULL)", name="ended_when_not_held"),
        Index(None, "line_id", "state"),
        Index(None, "pool_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    line_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_line.id"))
    pool_id: Mapped[UUID] = mapped_column(ForeignKey("stock_pool.id"))
    state: Mapped[UnitState] = mapped_column(enum_column(UnitState, "state"))
    taken_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class GiftBoxesOrderHistory(Base):
    """Every move of an order, numbered: who, when, from, to, why."""

    __tablename__ = "gift_boxes_order_history"
    __table_args__ = (UniqueConstraint("order_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_order.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    act: Mapped[str]
    actor: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    reason_sealed: Mapped[bytes | None]


class GiftBoxesRefund(Base):
    """Money of an order that goes back, for lines of it; its id is the refund's at the payments
    room. `stock`: what became of the units. Without one it was money alone, given back by staff
    from the payment. `returned_at`: the provider has done it."""

    __tablename__ = "gift_boxes_refund"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        Index(None, "order_id", "asked_at"),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("refund.id"), primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_order.id"))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    stock: Mapped[StockFate | None] = mapped_column(enum_column(StockFate, "stock"))
    asked_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]


class GiftBoxesRefundLine(Base):
    """So many of a line that a refund is for."""

    __tablename__ = "gift_boxes_refund_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index(None, "line_id"),
    )

    refund_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_refund.id"), primary_key=True)
    line_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_line.id"), primary_key=True)
    quantity: Mapped[int]
