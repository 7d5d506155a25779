"""What couplets keep about a member.

An erasure cancels what is live, whose pair goes to the next; recipients, codes and reasons go;
rows stay, because figures are counted from them, and lead to nobody.
"""

from typing import Any

from sqlalchemy import select

from app.models.couplets import (
    CoupletsAsk,
    CoupletsDispute,
    CoupletsEvent,
    CoupletsPickup,
    CoupletsReservation,
    CoupletsReservationHistory,
    CoupletsSite,
    CoupletsVariant,
    CoupletsWait,
)
from app.models.draws import DrawEntry
from app.models.waiting import WaitingEntry
from app.packs.couplets.erasing import erase_asks, erase_reservations, erase_waits
from app.packs.couplets.seals import PROXY_CODE, REASON, RECIPIENT_NAME, RECIPIENT_PHONE
from app.platform.crypto import Sealer
from app.platform.db import AnyRow, AnySelect
from app.platform.errors import Words
from app.shared.personal_data import DataKind, Fate, Outcome, Subject, always, as_it_is

COUNTED = Words(
    "有效预约已取消，代领信息与原因已删除；不含个人信息的记录留作数字依据，不再能关联到您。",
    "Live reservations are cancelled; recipients, codes and reasons are gone. What tells nothing "
    "of you stays, because figures are counted from it, and leads to nobody.",
)
_DETACHED = always(Fate(Outcome.DETACHED, COUNTED))


def _asks(subject: Subject) -> AnySelect:
    return (
        select(
            CoupletsAsk.entry_id,
            CoupletsEvent.title.label("event"),
            CoupletsVariant.title.label("variant"),
            CoupletsSite.name.label("site"),
        )
        .join(DrawEntry, DrawEntry.id == CoupletsAsk.entry_id)
        .join(CoupletsEvent, CoupletsEvent.id == CoupletsAsk.event_id)
        .join(CoupletsVariant, CoupletsVariant.id == CoupletsAsk.variant_id)
        .join(CoupletsSite, CoupletsSite.id == CoupletsAsk.site_id)
        .where(DrawEntry.member_id == subject.member_id)
        .order_by(DrawEntry.entered_at.desc(), DrawEntry.id.desc())
    )


def _waits(subject: Subject) -> AnySelect:
    return (
        select(
            CoupletsWait.entry_id,
            CoupletsEvent.title.label("event"),
            CoupletsVariant.title.label("variant"),
            CoupletsSite.name.label("site"),
        )
        .join(WaitingEntry, WaitingEntry.id == CoupletsWait.entry_id)
        .join(CoupletsEvent, CoupletsEvent.id == CoupletsWait.event_id)
        .join(CoupletsVariant, CoupletsVariant.id == CoupletsWait.variant_id)
        .join(CoupletsSite, CoupletsSite.id == CoupletsWait.site_id)
        .where(WaitingEntry.member_id == subject.member_id)
        .order_by(WaitingEntry.joined_at.desc(), WaitingEntry.id.desc())
    )


def _reservations(subject: Subject) -> AnySelect:
    return (
        select(
            CoupletsReservation.id,
            CoupletsEvent.title.label("event"),
            CoupletsVariant.title.label("variant"),
            CoupletsSite.name.label("site"),
            CoupletsReservation.state,
            CoupletsReservation.reserved_at,
            CoupletsReservation.closed_at,
            CoupletsReservation.recipient_name_sealed,
            CoupletsReservation.recipient_phone_sealed,
            CoupletsReservation.proxy_code_sealed,
            CoupletsReservation.proxy_used_at,
        )
        .join(CoupletsEvent, CoupletsEvent.id == CoupletsReservation.event_id)
        .join(CoupletsVariant, CoupletsVariant.id == CoupletsReservation.variant_id)
        .join(CoupletsSite, CoupletsSite.id == CoupletsReservation.site_id)
        .where(
            CoupletsReservation.member_id == subject.member_id,
            CoupletsReservation.erased_at.is_(None),
        )
        .order_by(CoupletsReservation.reserved_at.desc(), CoupletsReservation.id.desc())
    )


def _show_reservation(sealer: Sealer, row: AnyRow) -> dict[str, Any]:
    shown = dict(row._mapping)
    return {
        "recipient_name": RECIPIENT_NAME.open_if_any(sealer, shown.pop("recipient_name_sealed")),
        "recipient_phone": RECIPIENT_PHONE.open_if_any(sealer, shown.pop("recipient_phone_sealed")),
        "proxy_code": PROXY_CODE.open_if_any(sealer, shown.pop("proxy_code_sealed")),
        **shown,
    }


def _moves(subject: Subject) -> AnySelect:
    history = CoupletsReservationHistory
    return (
        select(
            history.reservation_id,
            history.at,
            history.act,
            history.from_state,
            history.to_state,
            history.reason_sealed,
        )
        .join(CoupletsReservation, CoupletsReservation.id == history.reservation_id)
        .where(CoupletsReservation.member_id == subject.member_id)
        .order_by(history.at.desc(), history.number.desc())
    )


def _show_move(sealer: Sealer, row: AnyRow) -> dict[str, Any]:
    shown = dict(row._mapping)
    reason = REASON.open_if_any(sealer, shown.pop("reason_sealed"))
    return {**shown, "reason": reason}


def _pickups(subject: Subject) -> AnySelect:
    return (
        select(
            CoupletsPickup.reservation_id,
            CoupletsSite.name.label("site"),
            CoupletsPickup.input,
            CoupletsPickup.state,
            CoupletsPickup.collected_at,
            CoupletsPickup.reversed_at,
            CoupletsPickup.reversal_reason,
        )
        .join(CoupletsSite, CoupletsSite.id == CoupletsPickup.site_id)
        .where(CoupletsPickup.member_id == subject.member_id)
        .order_by(CoupletsPickup.received_at.desc(), CoupletsPickup.id.desc())
    )


def _disputes(subject: Subject) -> AnySelect:
    return (
        select(
            CoupletsDispute.reservation_id,
            CoupletsSite.name.label("site"),
            CoupletsDispute.input,
            CoupletsDispute.collected_at,
        )
        .join(CoupletsReservation, CoupletsReservation.id == CoupletsDispute.reservation_id)
        .join(CoupletsSite, CoupletsSite.id == CoupletsDispute.site_id)
        .where(CoupletsReservation.member_id == subject.member_id)
        .order_by(CoupletsDispute.received_at.desc(), CoupletsDispute.id.desc())
    )


# Moves first: they are told of as they were when the erasure began.
DATA_KINDS = (
    DataKind(
        "couplets_moves",
        Words("春联预约经过", "What became of your reservations"),
        _moves,
        _show_move,
        _DETACHED,
    ),
    DataKind(
        "couplets_pickups",
        Words("春联领取记录", "Couplets that were handed out to you"),
        _pickups,
        as_it_is,
        _DETACHED,
    ),
    DataKind(
        "couplets_disputes",
        Words("重复领取的登记", "Couplets that two desks handed out"),
        _disputes,
        as_it_is,
        _DETACHED,
    ),
    DataKind(
        "couplets_asks",
        Words("春联抽签申请", "Couplets that you asked for in a fair opening"),
        _asks,
        as_it_is,
        always(Fate(Outcome.ERASED)),
        erase_asks,
    ),
    DataKind(
        "couplets_waits",
        Words("春联候补", "Couplets that you waited for"),
        _waits,
        as_it_is,
        always(Fate(Outcome.ERASED)),
        erase_waits,
    ),
    DataKind(
        "couplets_reservations",
        Words("春联预约", "Reservations of couplets"),
        _reservations,
        _show_reservation,
        always(Fate(Outcome.ERASED, COUNTED)),
        erase_reservations,
    ),
)
