"""Wishes' lists as files: staff's queue, and volunteers' service records; no name, no phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from app.models.identity import Member
from app.models.states import ClaimState, District, Role
from app.models.wishes import Wish, WishClaim
from app.packs.wishes import queries
from app.packs.wishes.queries import WishFacts
from app.platform.db import AnySelect
from app.platform.errors import Words
from app.platform.pages import Keyset
from app.shared.exports import Column, Filters, Listing
from app.shared.exports.columns import Kind
from app.shared.identity.callers import Districts
from app.shared.identity.districts import within

QUEUE, SERVICE_RECORDS = "wishes.queue", "wishes.service_records"
READERS = frozenset({Role.WISH_REVIEWER, Role.CAMPAIGN_MANAGER, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class ListedWish:
    wish: WishFacts
    state: str


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """What a volunteer did, as its wisher or staff have confirmed it."""

    member_no: str
    wish_id: Any
    kind: str
    district: District
    started_at: datetime
    submitted_at: datetime
    minutes: int
    verified_at: datetime
    verified_by: str


_WISH: tuple[Column[ListedWish], ...] = (
    Column("心愿", "Wish", lambda row: row.wish.id),
    Column("会员号", "Member no.", lambda row: row.wish.member_no),
    Column("类别", "Kind", lambda row: row.wish.kind),
    Column("区市", "District", lambda row: row.wish.district),
    Column("标题", "Title", lambda row: row.wish.title),
    Column("紧急程度", "Urgency", lambda row: row.wish.urgency),
    Column("状态", "State", lambda row: row.state),
    Column("发布时间", "Posted at", lambda row: row.wish.posted_at, Kind.TIME),
    Column("需要时间", "Needed by", lambda row: row.wish.needed_by, Kind.TIME),
    Column("结束时间", "Closed at", lambda row: row.wish.closed_at, Kind.TIME),
)
_SERVICE: tuple[Column[ServiceRecord], ...] = (
    Column("志愿者会员号", "Volunteer's member no.", lambda row: row.member_no),
    Column("心愿", "Wish", lambda row: row.wish_id),
    Column("类别", "Kind", lambda row: row.kind),
    Column("区市", "District", lambda row: row.district),
    Column("开始时间", "Started at", lambda row: row.started_at, Kind.TIME),
    Column("结束时间", "Ended at", lambda row: row.submitted_at, Kind.TIME),
    Column("服务分钟数", "Minutes", lambda row: row.minutes, Kind.COUNT),
    Column("确认时间", "Verified at", lambda row: row.verified_at, Kind.TIME),
    Column("确认人", "Verified by", lambda row: row.verified_by),
)
_VOLUNTEER = aliased(Member)


def _select_queue(filters: Filters, districts: Districts) -> AnySelect:
    # Read once, so that all wishes of a page are judged by one time.
    now = select(func.campaign_now(type_=Wish.needed_by.type)).scalar_subquery()
    statement = (
        queries.select_wishes()
        .add_columns(queries.state_at(now).label("state_now"))
        .where(within(districts, Wish.district), *filters.of_days(Wish.posted_at))
    )
    return statement if filters.district is None else statement.where(_in(filters.district))


def _listed(row: Sequence[Any]) -> ListedWish:
    return ListedWish(queries.wish_facts(row), row.state_now)  # type: ignore[attr-defined]


def _select_service(filters: Filters, districts: Districts) -> AnySelect:
    statement = (
        select(
            _VOLUNTEER.member_no,
            WishClaim.wish_id,
            Wish.kind,
            Wish.district,
            WishClaim.started_at,
            WishClaim.submitted_at,
            WishClaim.minutes,
            WishClaim.closed_at,
            WishClaim.verified_by,
        )
        .join(Wish, Wish.id == WishClaim.wish_id)
        .join(_VOLUNTEER, _VOLUNTEER.id == WishClaim.member_id)
        .where(
            WishClaim.state == ClaimState.FULFILLED,
            within(districts, Wish.district),
            *filters.of_days(WishClaim.submitted_at),
        )
    )
    return statement if filters.district is None else statement.where(_in(filters.district))


def _service(row: Sequence[Any]) -> ServiceRecord:
    return ServiceRecord(*row[:9])


def _in(district: District) -> ColumnElement[bool]:
    return Wish.district == district


LISTINGS: tuple[Listing[Any], ...] = (
    Listing(
        name=QUEUE,
        title=Words("心愿清单", "Wishes"),
        columns=_WISH,
        keyset=Keyset(Wish.id),
        select=_select_queue,
        shape=_listed,
        takes=frozenset({"district", "since", "until"}),
        roles=READERS,
    ),
    Listing(
        name=SERVICE_RECORDS,
        title=Words("志愿服务记录", "Service records"),
        columns=_SERVICE,
        keyset=Keyset(WishClaim.id),
        select=_select_service,
        shape=_service,
        takes=frozenset({"district", "since", "until"}),
        roles=READERS,
    ),
)
