"""What handing over keeps about a member: parcels, hand-outs, what entitled to a free box."""

from typing import Any

from sqlalchemy import delete, select

from app.models.draws import DrawEntry
from app.models.gift_boxes import GiftBoxesBox, GiftBoxesOrder, GiftBoxesSite
from app.models.gift_boxes_fulfilment import (
    GiftBoxesAsk,
    GiftBoxesFreeClaim,
    GiftBoxesPickup,
    GiftBoxesShipment,
)
from app.packs.gift_boxes.erasing import COUNTED, fate
from app.packs.gift_boxes.seals import ASK_ADDRESS, ASK_PHONE, ASK_RECIPIENT
from app.platform.crypto import Sealer
from app.platform.db import AnyRow, AnySelect
from app.platform.errors import Words
from app.shared.personal_data import DataKind, Erasing, Fate, Outcome, Subject, always, as_it_is

_DETACHED = always(Fate(Outcome.DETACHED, COUNTED))


def _shipments(subject: Subject) -> AnySelect:
    return (
        select(
            GiftBoxesShipment.order_id,
            GiftBoxesShipment.carrier,
            GiftBoxesShipment.number,
            GiftBoxesShipment.shipped_at,
        )
        .join(GiftBoxesOrder, GiftBoxesOrder.id == GiftBoxesShipment.order_id)
        .where(GiftBoxesOrder.member_id == subject.member_id)
        .order_by(GiftBoxesShipment.shipped_at.desc(), GiftBoxesShipment.order_id.desc())
    )


async def _erase_shipments(erasing: Erasing) -> None:
    mine = select(GiftBoxesOrder.id).where(GiftBoxesOrder.member_id == erasing.subject.member_id)
    await erasing.session.execute(
        delete(GiftBoxesShipment).where(GiftBoxesShipment.order_id.in_(mine))
    )


def _pickups(subject: Subject) -> AnySelect:
    return (
        select(
            GiftBoxesPickup.order_id,
            GiftBoxesSite.name.label("site"),
            GiftBoxesPickup.input,
            GiftBoxesPickup.state,
            GiftBoxesPickup.collected_at,
            GiftBoxesPickup.reversed_at,
            GiftBoxesPickup.reversal_reason,
        )
        .join(GiftBoxesOrder, GiftBoxesOrder.id == GiftBoxesPickup.order_id)
        .join(GiftBoxesSite, GiftBoxesSite.id == GiftBoxesPickup.site_id)
        .where(GiftBoxesOrder.member_id == subject.member_id)
        .order_by(GiftBoxesPickup.collected_at.desc(), GiftBoxesPickup.id.desc())
    )


def _free_claims(subject: Subject) -> AnySelect:
    return (
        select(
            GiftBoxesFreeClaim.order_id,
            GiftBoxesBox.name.label("box"),
            GiftBoxesFreeClaim.category,
            GiftBoxesFreeClaim.source,
            GiftBoxesFreeClaim.valid_until,
            GiftBoxesFreeClaim.claimed_at,
        )
        .join(GiftBoxesOrder, GiftBoxesOrder.id == GiftBoxesFreeClaim.order_id)
        .join(GiftBoxesBox, GiftBoxesBox.id == GiftBoxesFreeClaim.box_id)
        .where(GiftBoxesOrder.member_id == subject.member_id)
        .order_by(GiftBoxesFreeClaim.claimed_at.desc(), GiftBoxesFreeClaim.order_id.desc())
    )


def _asks(subject: Subject) -> AnySelect:
    return (
        select(
            GiftBoxesAsk.entry_id,
            GiftBoxesBox.name.label("box"),
            GiftBoxesAsk.mode,
            GiftBoxesSite.name.label("site"),
            GiftBoxesAsk.recipient_sealed,
            GiftBoxesAsk.phone_sealed,
            GiftBoxesAsk.address_sealed,
            GiftBoxesAsk.given_up_at,
        )
        .join(DrawEntry, DrawEntry.id == GiftBoxesAsk.entry_id)
        .join(GiftBoxesBox, GiftBoxesBox.id == GiftBoxesAsk.box_id)
        .outerjoin(GiftBoxesSite, GiftBoxesSite.id == GiftBoxesAsk.site_id)
        .where(DrawEntry.member_id == subject.member_id)
        .order_by(DrawEntry.entered_at.desc(), DrawEntry.id.desc())
    )


def _show_ask(sealer: Sealer, row: AnyRow) -> dict[str, Any]:
    shown = dict(row._mapping)
    return {
        "recipient": ASK_RECIPIENT.open_if_any(sealer, shown.pop("recipient_sealed")),
        "phone": ASK_PHONE.open_if_any(sealer, shown.pop("phone_sealed")),
        "address": ASK_ADDRESS.open_if_any(sealer, shown.pop("address_sealed")),
        **shown,
    }


async def _erase_asks(erasing: Erasing) -> None:
    """The ticket stays on its list; when it is its turn, there is nothing that it asks for."""
    mine = select(DrawEntry.id).where(DrawEntry.member_id == erasing.subject.member_id)
    await erasing.session.execute(delete(GiftBoxesAsk).where(GiftBoxesAsk.entry_id.in_(mine)))


FULFILMENT_KINDS = (
    DataKind(
        "gift_boxes_asks",
        Words("免费礼盒抽签申请", "Free boxes that you asked for in a fair opening"),
        _asks,
        _show_ask,
        always(Fate(Outcome.ERASED)),
        _erase_asks,
    ),
    DataKind(
        "gift_boxes_shipments",
        Words("年货运单", "Parcels of your orders"),
        _shipments,
        as_it_is,
        # With the address, or not yet: who waits for a parcel can still find it.
        fate,
        _erase_shipments,
    ),
    DataKind(
        "gift_boxes_pickups",
        Words("年货自提记录", "Boxes that were handed out to you"),
        _pickups,
        as_it_is,
        _DETACHED,
    ),
    DataKind(
        "gift_boxes_free_claims",
        Words("免费礼盒的领取依据", "What entitled you to a free box"),
        _free_claims,
        as_it_is,
        _DETACHED,
    ),
)
