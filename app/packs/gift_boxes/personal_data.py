"""What gift boxes keep about a member: orders with their lines, moves and refunds."""

from typing import Any

from sqlalchemy import ScalarSelect, func, select

from app.models.gift_boxes import (
    GiftBoxesBox,
    GiftBoxesLine,
    GiftBoxesOrder,
    GiftBoxesOrderHistory,
    GiftBoxesRefund,
    GiftBoxesSite,
)
from app.packs.gift_boxes.erasing import COUNTED, erase_orders, fate
from app.packs.gift_boxes.fulfilment_personal_data import FULFILMENT_KINDS
from app.packs.gift_boxes.seals import ADDRESS, PHONE, REASON, RECIPIENT
from app.platform.crypto import Sealer
from app.platform.db import AnyRow, AnySelect
from app.platform.errors import Words
from app.shared.personal_data import DataKind, Fate, Outcome, Subject, always, as_it_is

_DETACHED = always(Fate(Outcome.DETACHED, COUNTED))


def _lines() -> ScalarSelect[Any]:
    """What was ordered, as one value of its order's row."""
    line = func.jsonb_build_object(
        "box",
        GiftBoxesBox.name,
        "quantity",
        GiftBoxesLine.quantity,
        "price_fen",
        GiftBoxesLine.price_fen,
        "refunded",
        GiftBoxesLine.refunded_count,
    )
    return (
        select(func.jsonb_agg(line))
        .select_from(GiftBoxesLine)
        .join(GiftBoxesBox, GiftBoxesBox.id == GiftBoxesLine.box_id)
        .where(GiftBoxesLine.order_id == GiftBoxesOrder.id)
        .scalar_subquery()
    )


def _orders(subject: Subject) -> AnySelect:
    return (
        select(
            GiftBoxesOrder.id,
            GiftBoxesOrder.kind,
            GiftBoxesOrder.state,
            GiftBoxesOrder.cancel_cause,
            GiftBoxesOrder.amount_fen,
            GiftBoxesOrder.refunded_fen,
            GiftBoxesOrder.placed_at,
            GiftBoxesOrder.paid_at,
            _lines().label("lines"),
            GiftBoxesOrder.mode,
            GiftBoxesSite.name.label("site"),
            GiftBoxesOrder.recipient_sealed,
            GiftBoxesOrder.phone_sealed,
            GiftBoxesOrder.address_sealed,
        )
        .outerjoin(GiftBoxesSite, GiftBoxesSite.id == GiftBoxesOrder.site_id)
        .where(GiftBoxesOrder.member_id == subject.member_id, GiftBoxesOrder.erased_at.is_(None))
        .order_by(GiftBoxesOrder.placed_at.desc(), GiftBoxesOrder.id.desc())
    )


def _show_order(sealer: Sealer, row: AnyRow) -> dict[str, Any]:
    shown = dict(row._mapping)
    return {
        "recipient": RECIPIENT.open_if_any(sealer, shown.pop("recipient_sealed")),
        "phone": PHONE.open_if_any(sealer, shown.pop("phone_sealed")),
        "address": ADDRESS.open_if_any(sealer, shown.pop("address_sealed")),
        **shown,
    }


def _moves(subject: Subject) -> AnySelect:
    history = GiftBoxesOrderHistory
    return (
        select(
            history.order_id,
            history.at,
            history.act,
            history.from_state,
            history.to_state,
            history.reason_sealed,
        )
        .join(GiftBoxesOrder, GiftBoxesOrder.id == history.order_id)
        .where(GiftBoxesOrder.member_id == subject.member_id)
        .order_by(history.at.desc(), history.number.desc())
    )


def _show_move(sealer: Sealer, row: AnyRow) -> dict[str, Any]:
    shown = dict(row._mapping)
    reason = REASON.open_if_any(sealer, shown.pop("reason_sealed"))
    return {**shown, "reason": reason}


def _refunds(subject: Subject) -> AnySelect:
    return (
        select(
            GiftBoxesRefund.order_id,
            GiftBoxesRefund.amount_fen,
            GiftBoxesRefund.asked_at,
            GiftBoxesRefund.returned_at,
        )
        .join(GiftBoxesOrder, GiftBoxesOrder.id == GiftBoxesRefund.order_id)
        .where(GiftBoxesOrder.member_id == subject.member_id)
        .order_by(GiftBoxesRefund.asked_at.desc(), GiftBoxesRefund.id.desc())
    )


# Moves first: they are told of as they were when the erasure began.
DATA_KINDS = (
    *FULFILMENT_KINDS,
    DataKind(
        "gift_boxes_moves",
        Words("年货订单经过", "What became of your orders"),
        _moves,
        _show_move,
        _DETACHED,
    ),
    DataKind(
        "gift_boxes_refunds",
        Words("年货退款", "Refunds of your orders"),
        _refunds,
        as_it_is,
        _DETACHED,
    ),
    DataKind(
        "gift_boxes_orders",
        Words("年货订单", "Orders of gift boxes"),
        _orders,
        _show_order,
        fate,
        erase_orders,
    ),
)
