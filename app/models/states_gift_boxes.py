"""Enumerations of gift boxes: orders, how they reach their people, and what became of a unit."""

from enum import StrEnum


class OrderState(StrEnum):
    """Of an order. `placed`: its units are held until `pay_before`. A lapsed one is `cancelled`,
    with its cause. `closed`: its people have it, and nothing is left to do. `refunded`: all of
    it was given back."""

    PLACED = "placed"
    PAID = "paid"
    PACKED = "packed"
    SHIPPED = "shipped"
    PICKED_UP = "picked_up"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class OrderKind(StrEnum):
    """`free`: nothing is paid for it; its units come from the free boxes' own pool."""

    SOLD = "sold"
    FREE = "free"


class DeliveryMode(StrEnum):
    PICKUP = "pickup"
    DELIVERY = "delivery"


class CancelCause(StrEnum):
    """Why an order is cancelled. `asked`: the member did. `lapsed`: nobody paid in time.
    `not_fetched`: a free box that nobody came for."""

    ASKED = "asked"
    LAPSED = "lapsed"
    NOT_FETCHED = "not_fetched"


class UnitState(StrEnum):
    """Of one unit of stock that an order took. `scrapped`: it was refunded, and can be sold to
    nobody else."""

    HELD = "held"
    RETURNED = "returned"
    SCRAPPED = "scrapped"


class StockFate(StrEnum):
    """What becomes of the units of a refund: somebody else's, or nobody's."""

    RETURN = "return"
    SCRAP = "scrap"
