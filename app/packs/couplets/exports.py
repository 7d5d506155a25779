"""Couplets' lists as files: reservations and what was handed out; no name, no phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.models.couplets import (
    CoupletsEvent,
    CoupletsPickup,
    CoupletsReservation,
    CoupletsSite,
    CoupletsVariant,
)
from app.models.identity import Member, Staff
from app.models.states import Role
from app.platform.db import AnySelect
from app.platform.errors import Words
from app.platform.pages import Keyset
from app.shared.exports import Column, Filters, Listing
from app.shared.exports.columns import Kind
from app.shared.identity.callers import Districts

PICKUPS, RESERVATIONS = "couplets.pickups", "couplets.reservations"
READERS = frozenset({Role.CAMPAIGN_MANAGER, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class ListedPickup:
    event: str
    variant: str
    site: str
    member_no: str | None
    input: str
    state: str
    collected_at: datetime
    received_at: datetime
    staff: str
    reversed_at: datetime | None
    reversal_reason: str | None


@dataclass(frozen=True, slots=True)
class ListedReservation:
    event: str
    variant: str
    site: str
    member_no: str
    state: str
    was_offered: bool
    reserved_at: datetime
    closed_at: datetime | None


_PICKUP: tuple[Column[ListedPickup], ...] = (
    Column("场次", "Event", lambda row: row.event),
    Column("款式", "Variant", lambda row: row.variant),
    Column("地点", "Site", lambda row: row.site),
    Column("会员号", "Member no.", lambda row: row.member_no),
    Column("方式", "By", lambda row: row.input),
    Column("状态", "State", lambda row: row.state),
    Column("领取时间", "Collected at", lambda row: row.collected_at, Kind.TIME),
    Column("登记时间", "Received at", lambda row: row.received_at, Kind.TIME),
    Column("经手人", "Handed out by", lambda row: row.staff),
    Column("撤销时间", "Reversed at", lambda row: row.reversed_at, Kind.TIME),
    Column("撤销原因", "Why reversed", lambda row: row.reversal_reason),
)
_RESERVATION: tuple[Column[ListedReservation], ...] = (
    Column("场次", "Event", lambda row: row.event),
    Column("款式", "Variant", lambda row: row.variant),
    Column("地点", "Site", lambda row: row.site),
    Column("会员号", "Member no.", lambda row: row.member_no),
    Column("状态", "State", lambda row: row.state),
    Column("来源", "Came by", lambda row: "offer" if row.was_offered else "reservation"),
    Column("预约时间", "Reserved at", lambda row: row.reserved_at, Kind.TIME),
    Column("结束时间", "Closed at", lambda row: row.closed_at, Kind.TIME),
)


def _select_pickups(filters: Filters, _: Districts) -> AnySelect:
    return (
        select(
            CoupletsEvent.title,
            CoupletsVariant.title,
            CoupletsSite.name,
            Member.member_no,
            CoupletsPickup.input,
            CoupletsPickup.state,
            CoupletsPickup.collected_at,
            CoupletsPickup.received_at,
            Staff.name,
            CoupletsPickup.reversed_at,
            CoupletsPickup.reversal_reason,
        )
        .select_from(CoupletsPickup)
        .join(CoupletsEvent, CoupletsEvent.id == CoupletsPickup.event_id)
        .join(CoupletsVariant, CoupletsVariant.id == CoupletsPickup.variant_id)
        .join(CoupletsSite, CoupletsSite.id == CoupletsPickup.site_id)
        .join(Staff, Staff.id == CoupletsPickup.staff_id)
        .outerjoin(Member, Member.id == CoupletsPickup.member_id)
        .where(*filters.of_days(CoupletsPickup.collected_at))
    )


def _select_reservations(filters: Filters, _: Districts) -> AnySelect:
    return (
        select(
            CoupletsEvent.title,
            CoupletsVariant.title,
            CoupletsSite.name,
            Member.member_no,
            CoupletsReservation.state,
            CoupletsReservation.was_offered,
            CoupletsReservation.reserved_at,
            CoupletsReservation.closed_at,
        )
        .select_from(CoupletsReservation)
        .join(CoupletsEvent, CoupletsEvent.id == CoupletsReservation.event_id)
        .join(CoupletsVariant, CoupletsVariant.id == CoupletsReservation.variant_id)
        .join(CoupletsSite, CoupletsSite.id == CoupletsReservation.site_id)
        .join(Member, Member.id == CoupletsReservation.member_id)
        .where(*filters.of_days(CoupletsReservation.reserved_at))
    )


def _pickup(row: Sequence[Any]) -> ListedPickup:
    return ListedPickup(*row[:11])


def _reservation(row: Sequence[Any]) -> ListedReservation:
    return ListedReservation(*row[:8])


LISTINGS: tuple[Listing[Any], ...] = (
    Listing(
        name=PICKUPS,
        title=Words("春联领取", "Couplets handed out"),
        columns=_PICKUP,
        keyset=Keyset(CoupletsPickup.id),
        select=_select_pickups,
        shape=_pickup,
        takes=frozenset({"since", "until"}),
        roles=READERS,
    ),
    Listing(
        name=RESERVATIONS,
        title=Words("春联预约", "Reservations of couplets"),
        columns=_RESERVATION,
        keyset=Keyset(CoupletsReservation.id),
        select=_select_reservations,
        shape=_reservation,
        takes=frozenset({"since", "until"}),
        roles=READERS,
    ),
)
