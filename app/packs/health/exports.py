"""The pack's lists as files: who registered for talks, without names and phones. Nothing of
appointments and advice leaves by this way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.models.health_talks import HealthRegistration, HealthTalk
from app.models.identity import Member
from app.models.states import Role
from app.platform.db import AnySelect
from app.platform.errors import Words
from app.platform.pages import Keyset
from app.shared.exports import Column, Filters, Listing
from app.shared.exports.columns import Kind
from app.shared.identity.callers import Districts

REGISTRATIONS = "health.registrations"
READERS = frozenset({Role.CAMPAIGN_MANAGER, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class ListedPlace:
    talk: str
    starts_at: datetime
    member_no: str
    state: str
    registered_at: datetime
    cancelled_at: datetime | None
    attended_at: datetime | None


_PLACE: tuple[Column[ListedPlace], ...] = (
    Column("讲座", "Talk", lambda row: row.talk),
    Column("开始时间", "Starts at", lambda row: row.starts_at, Kind.TIME),
    Column("会员号", "Member no.", lambda row: row.member_no),
    Column("状态", "State", lambda row: row.state),
    Column("报名时间", "Registered at", lambda row: row.registered_at, Kind.TIME),
    Column("取消时间", "Cancelled at", lambda row: row.cancelled_at, Kind.TIME),
    Column("签到时间", "Attended at", lambda row: row.attended_at, Kind.TIME),
)


def _select_places(filters: Filters, _: Districts) -> AnySelect:
    return (
        select(
            HealthTalk.title,
            HealthTalk.starts_at,
            Member.member_no,
            HealthRegistration.state,
            HealthRegistration.registered_at,
            HealthRegistration.cancelled_at,
            HealthRegistration.attended_at,
        )
        .select_from(HealthRegistration)
        .join(HealthTalk, HealthTalk.id == HealthRegistration.talk_id)
        .join(Member, Member.id == HealthRegistration.member_id)
        .where(*filters.of_days(HealthRegistration.registered_at))
    )


def _place(row: Sequence[Any]) -> ListedPlace:
    return ListedPlace(*row[:7])


LISTINGS: tuple[Listing[Any], ...] = (
    Listing(
        name=REGISTRATIONS,
        title=Words("讲座报名", "Registrations for talks"),
        columns=_PLACE,
        keyset=Keyset(HealthRegistration.id),
        select=_select_places,
        shape=_place,
        takes=frozenset({"since", "until"}),
        roles=READERS,
    ),
)
