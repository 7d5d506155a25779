"""What staff have seen of a volunteer: age, training, health; for wishes that need it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.models.identity import Member as MemberRow
from app.models.states import District
from app.models.wishes import WishVolunteer
from app.packs.wishes.rules import Suitability
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, Words
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.identity.callers import Actor, StaffMember
from app.shared.identity.districts import within
from app.shared.ledger import Act, write
from app.shared.personal_data import AccessKind, log_access

RECORD = AccessKind(
    "wishes.record_volunteer",
    Words(
        "登记了您作为志愿者的年龄、培训和健康情况。",
        "Your age, training and health as a volunteer were recorded.",
    ),
)


LOOK = AccessKind(
    "wishes.list_volunteers",
    Words(
        "查看了您作为志愿者登记的年龄、培训和健康情况。",
        "What was recorded of your age, training and health as a volunteer was looked at.",
    ),
)
_NEWEST_FIRST = Keyset(WishVolunteer.recorded_at, WishVolunteer.member_id, descending=True)


@dataclass(frozen=True, slots=True)
class RecordedVolunteer:
    member_id: UUID
    suitability: Suitability
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ListedVolunteer:
    """With whom staff know them by, and who recorded it."""

    member_id: UUID
    member_no: str
    district: District
    suitability: Suitability
    recorded_by: str
    recorded_at: datetime


async def record_volunteer(
    sessions: Sessions,
    clock: Clock,
    *,
    staff: StaffMember,
    actor: Actor,
    member_id: UUID,
    suitability: Suitability,
    reason: str,
) -> RecordedVolunteer:
    """The newest record counts; a volunteer of the caller's districts. Raises `NotFound`."""
    now = clock.now()
    values = {
        "is_adult": suitability.is_adult,
        "is_trained": suitability.is_trained,
        "is_healthy": suitability.is_healthy,
        "recorded_by": actor.name,
        "recorded_at": now,
    }
    async with sessions.begin() as session:
        # Held until the row is there, so that no erasure passes in between.
        found = await session.scalar(
            select(MemberRow.id)
            .where(
                MemberRow.id == member_id,
                MemberRow.erased_at.is_(None),
                within(staff.districts, MemberRow.district),
            )
            .with_for_update(read=True)
        )
        if found is None:
            raise NotFound()
        await session.execute(
            insert(WishVolunteer)
            .values(member_id=member_id, **values)
            .on_conflict_do_update(index_elements=[WishVolunteer.member_id], set_=values)
        )
        await log_access(
            session, clock, RECORD, staff_id=staff.id, roles=staff.roles, member_ids=[member_id]
        )
        changes = {"suits": (None, suitability.suits)}
        verb = "wishes.volunteer.record"
        await write(
            session, [Act(actor, verb, "member", member_id, changes, at=now, reason=reason)]
        )
    return RecordedVolunteer(member_id, suitability, now)


async def list_volunteers(
    sessions: Sessions,
    clock: Clock,
    *,
    staff: StaffMember,
    actor: Actor,
    page: PageRequest,
    member_no: str | None = None,
) -> Page[ListedVolunteer]:
    """Volunteers of the caller's districts of whom something was recorded, the newest first. The
    members can see that it was looked at."""
    statement = (
        select(
            WishVolunteer.member_id,
            MemberRow.member_no,
            MemberRow.district,
            WishVolunteer.is_adult,
            WishVolunteer.is_trained,
            WishVolunteer.is_healthy,
            WishVolunteer.recorded_by,
            WishVolunteer.recorded_at,
        )
        .join(MemberRow, MemberRow.id == WishVolunteer.member_id)
        .where(within(staff.districts, MemberRow.district))
    )
    if member_no is not None:
        statement = statement.where(MemberRow.member_no == member_no)
    async with sessions.begin() as session:
        rows = await _NEWEST_FIRST.page(session, statement, page)
        ids = [row[0] for row in rows.items]
        await log_access(session, clock, LOOK, staff_id=staff.id, roles=staff.roles, member_ids=ids)
        verb = "wishes.volunteer.list"
        await write(session, [Act(actor, verb, "member", each, at=clock.now()) for each in ids])
    return rows.map(_listed)


def _listed(row: Sequence[Any]) -> ListedVolunteer:
    """A row of the list; whatever was added comes behind."""
    member_id, member_no, district, *seen = row[:6]
    return ListedVolunteer(member_id, member_no, district, Suitability(*seen), row[6], row[7])
