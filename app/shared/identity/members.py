"""Members as staff see them: found by number or by a phone's last digits, masked, and logged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Member, MemberCategory
from app.models.states import Category, District
from app.platform.clock import Clock
from app.platform.crypto import Digester, Sealer
from app.platform.db import Sessions
from app.platform.errors import NotFound, VersionStale, Words
from app.platform.pages import Keyset, Page, PageRequest
from app.platform.pulse import MEMBERS, raise_topic
from app.shared.identity.callers import Actor, StaffMember
from app.shared.identity.districts import within
from app.shared.identity.seals import NAME, PHONE, PHONE_LAST4
from app.shared.ledger import Act, changed, write
from app.shared.personal_data import AccessKind, log_access

FIND = AccessKind(
    "find",
    Words(
        "按会员号或手机尾号查到了您，看到打码的姓名与手机号、区市、类别。",
        "You were looked up by number or by your phone's last digits; what was seen were your "
        "name and phone, masked, your district and your categories.",
    ),
)
SET_CATEGORIES = AccessKind(
    "set_categories",
    Words("更改了您的会员类别。", "Your categories were changed."),
)
_BY_NUMBER = Keyset(Member.member_no)
_COLUMNS = (
    Member.id,
    Member.member_no,
    Member.name_sealed,
    Member.phone_sealed,
    Member.district,
    Member.version,
    Member.created_at,
)


@dataclass(frozen=True, slots=True)
class HeldCategory:
    """An entitlement by somebody's word, to the end of a Shanghai day or for good."""

    category: Category
    source: str
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class MaskedMember:
    """A member without what would identify the person; the identity number is not there."""

    id: UUID
    member_no: str
    name: str
    phone: str
    district: District
    categories: tuple[HeldCategory, ...]
    version: int
    created_at: datetime


async def find_members(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    digester: Digester,
    *,
    staff: StaffMember,
    actor: Actor,
    page: PageRequest,
    member_no: str | None = None,
    phone_last4: str | None = None,
) -> Page[MaskedMember]:
    """Members within the caller's districts to whom everything applies that is given, by
    number. Who saw whom is logged in the same transaction: what is not logged is not shown."""
    statement = select(*_COLUMNS).where(
        within(staff.districts, Member.district), Member.erased_at.is_(None)
    )
    if member_no is not None:
        statement = statement.where(Member.member_no == member_no)
    if phone_last4 is not None:
        statement = statement.where(PHONE_LAST4.finds(digester, phone_last4))
    async with sessions.begin() as session:
        rows = await _BY_NUMBER.page(session, statement, page)
        ids = [row[0] for row in rows.items]
        held = await _categories(session, ids)
        await _log(session, clock, FIND, staff, ids)
        await write(session, [Act(actor, "member.find", "member", each) for each in ids])
    return rows.map(lambda row: _masked(row, held, sealer))


async def find_own(sessions: Sessions, sealer: Sealer, *, member_id: UUID) -> MaskedMember:
    """A member's own account; not logged, being nobody else's look. Raises `NotFound`."""
    async with sessions() as session:
        rows = await session.execute(select(*_COLUMNS).where(Member.id == member_id))
        row = rows.one_or_none()
        if row is None:
            raise NotFound()
        held = await _categories(session, [member_id])
    return _masked(row, held, sealer)


async def set_categories(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    *,
    staff: StaffMember,
    actor: Actor,
    member_id: UUID,
    categories: Iterable[HeldCategory],
    version: int | None = None,
) -> MaskedMember:
    """Exactly these categories from the next press on; logged.

    `version` is the member's as it was read, when the caller cares. Raises
    `NotFound`, `VersionStale`.
    """
    async with sessions.begin() as session:
        known = await session.scalar(
            select(Member.version)
            .where(
                Member.id == member_id,
                within(staff.districts, Member.district),
                Member.erased_at.is_(None),
            )
            .with_for_update()
        )
        if known is None:
            raise NotFound()
        if version is not None and version != known:
            raise VersionStale(version=known)
        before = (await _categories(session, [member_id])).get(member_id, ())
        await _replace(session, member_id, categories)
        await session.execute(
            update(Member)
            .where(Member.id == member_id)
            .values(version=Member.version + 1, updated_at=clock.now())
        )
        await _log(session, clock, SET_CATEGORIES, staff, [member_id])
        row = (await session.execute(select(*_COLUMNS).where(Member.id == member_id))).one()
        held = await _categories(session, [member_id])
        changes = changed(_words(before), _words(held.get(member_id, ())))
        await write(session, [Act(actor, "member.set_categories", "member", member_id, changes)])
        await raise_topic(session, MEMBERS)
    return _masked(row, held, sealer)


def _words(held: Iterable[HeldCategory]) -> dict[str, Any]:
    return {"categories": [[each.category, each.source, each.valid_until] for each in held]}


async def _replace(
    session: AsyncSession, member_id: UUID, categories: Iterable[HeldCategory]
) -> None:
    await session.execute(delete(MemberCategory).where(MemberCategory.member_id == member_id))
    rows = [
        {
            "member_id": member_id,
            "category": held.category,
            "source": held.source,
            "valid_until": held.valid_until,
        }
        for held in categories
    ]
    if rows:
        await session.execute(insert(MemberCategory), rows)


async def _log(
    session: AsyncSession,
    clock: Clock,
    kind: AccessKind,
    staff: StaffMember,
    member_ids: Sequence[UUID],
) -> None:
    await log_access(
        session, clock, kind, staff_id=staff.id, roles=staff.roles, member_ids=member_ids
    )


async def _categories(
    session: AsyncSession, member_ids: Sequence[UUID]
) -> dict[UUID, tuple[HeldCategory, ...]]:
    rows = await session.execute(
        select(
            MemberCategory.member_id,
            MemberCategory.category,
            MemberCategory.source,
            MemberCategory.valid_until,
        )
        .where(MemberCategory.member_id.in_(member_ids))
        .order_by(MemberCategory.member_id, MemberCategory.category)
    )
    held: dict[UUID, tuple[HeldCategory, ...]] = {}
    for member_id, category, source, valid_until in rows:
        known = held.get(member_id, ())
        held[member_id] = (*known, HeldCategory(category, source, valid_until))
    return held


def _masked(
    row: Sequence[Any], held: dict[UUID, tuple[HeldCategory, ...]], sealer: Sealer
) -> MaskedMember:
    member_id, member_no, name_sealed, phone_sealed, district, *rest = row[: len(_COLUMNS)]
    return MaskedMember(
        member_id,
        member_no,
        NAME.show(sealer, name_sealed),
        PHONE.show(sealer, phone_sealed),
        district,
        held.get(member_id, ()),
        *rest,
    )
