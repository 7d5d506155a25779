"""How gift boxes reach their people: suppliers, parcels, hand-outs, and who may have a free one.

An order's state is its own row's (`gift_boxes.py`), under whose lock all of this is written.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import Category, PickupInput, PickupState
from app.models.states_gift_boxes import DeliveryMode, StockFate


class GiftBoxesFulfilmentRules(Base):
    """A campaign's rules of handing over. `close_after_days`: so long after it was sent or handed
    out an order that nobody confirmed is closed. `not_fetched_stock`: what becomes of boxes that
    nobody came for."""

    __tablename__ = "gift_boxes_fulfilment_rules"
    __table_args__ = (
        CheckConstraint("close_after_days BETWEEN 1 AND 90", name="close_after_range"),
    )

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    close_after_days: Mapped[int] = mapped_column(server_default=text("15"))
    not_fetched_stock: Mapped[StockFate] = mapped_column(
        enum_column(StockFate, "not_fetched_stock"), server_default=text("'return'")
    )
    version: Mapped[int] = mapped_column(server_default=text("1"))


class GiftBoxesSupplier(Base):
    """An account of staff that acts for a merchant, and sees that merchant's boxes alone."""

    __tablename__ = "gift_boxes_supplier"
    __table_args__ = (Index(None, "merchant_id"),)

    staff_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True
    )
    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchant.id"))


class GiftBoxesBoxSupplier(Base):
    """Whose a box is. Without a row it is the union's own."""

    __tablename__ = "gift_boxes_box_supplier"
    __table_args__ = (Index(None, "merchant_id"),)

    box_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_box.id"), primary_key=True)
    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchant.id"))


class GiftBoxesShipment(Base):
    """The parcel of an order: who carries it, and its number there."""

    __tablename__ = "gift_boxes_shipment"

    order_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_order.id"), primary_key=True)
    carrier: Mapped[str]
    number: Mapped[str]
    shipped_at: Mapped[datetime]


class GiftBoxesPickup(Base):
    """An order that was handed out at a site, by whom of the desk, and whether that was undone."""

    __tablename__ = "gift_boxes_pickup"
    __table_args__ = (
        CheckConstraint("input IN ('pass', 'name')", name="input_of_a_desk"),
        CheckConstraint(
            "(state = 'reversed') = (reversed_at IS NOT NULL) "
            "AND (state = 'reversed') = (reversed_by IS NOT NULL) "
            "AND (state = 'reversed') = (reversal_reason IS NOT NULL)",
            name="reversed_whole",
        ),
        Index(
            "uq_gift_boxes_pickup_live",
            "order_id",
            unique=True,
            postgresql_where=text("state = 'collected'"),
        ),
        Index(None, "site_id", "collected_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_order.id"))
    site_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_site.id"))
    state: Mapped[PickupState] = mapped_column(enum_column(PickupState, "state"))
    input: Mapped[PickupInput] = mapped_column(enum_column(PickupInput, "input"))
    collected_at: Mapped[datetime]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    reversed_at: Mapped[datetime | None]
    reversed_by: Mapped[str | None]
    reversal_reason: Mapped[str | None]


class GiftBoxesFreeWindow(Base):
    """From when members of a category may have a free one of a box. A box without any gives its
    free ones to members in hardship alone, from its opening."""

    __tablename__ = "gift_boxes_free_window"

    box_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_box.id"), primary_key=True)
    category: Mapped[Category] = mapped_column(enum_column(Category, "category"), primary_key=True)
    opens_at: Mapped[datetime]


class GiftBoxesFreeClaim(Base):
    """By what somebody was entitled to a free box when it was given: the category, by whose word
    it stood there, and until which day. The document itself is nowhere here."""

    __tablename__ = "gift_boxes_free_claim"
    __table_args__ = (Index(None, "box_id", "claimed_at"),)

    order_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_order.id"), primary_key=True)
    box_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_box.id"))
    category: Mapped[Category] = mapped_column(enum_column(Category, "category"))
    source: Mapped[str]
    valid_until: Mapped[date | None]
    claimed_at: Mapped[datetime]


class GiftBoxesAsk(Base):
    """How somebody wants to have a free box for which they asked in the window of a fair opening,
    beside their ticket. `given_up_at`: after the order was drawn they waited no longer."""

    __tablename__ = "gift_boxes_ask"
    __table_args__ = (
        CheckConstraint("(mode = 'pickup') = (site_id IS NOT NULL)", name="pickup_at_a_site"),
        CheckConstraint(
            "(recipient_sealed IS NULL) = (phone_sealed IS NULL) "
            "AND (recipient_sealed IS NULL) = (address_sealed IS NULL) "
            "AND (mode = 'delivery' OR address_sealed IS NULL)",
            name="address_whole",
        ),
    )

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("draw_entry.id"), primary_key=True)
    box_id: Mapped[UUID] = mapped_column(ForeignKey("gift_boxes_box.id"), index=True)
    mode: Mapped[DeliveryMode] = mapped_column(enum_column(DeliveryMode, "mode"))
    site_id: Mapped[UUID | None] = mapped_column(ForeignKey("gift_boxes_site.id"))
    recipient_sealed: Mapped[bytes | None]
    phone_sealed: Mapped[bytes | None]
    address_sealed: Mapped[bytes | None]
    given_up_at: Mapped[datetime | None]
