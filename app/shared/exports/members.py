"""Members as an export: masked, and every member can see who had them in a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Member, MemberCategory
from app.models.states import District, Role
from app.platform.crypto import Sealer
from app.platform.db import AnySelect
from app.platform.errors import Words
from app.platform.pages import Keyset
from app.shared.exports.columns import Column, Kind
from app.shared.exports.listing import Filters, Listing, Making
from app.shared.identity.callers import Districts
from app.shared.identity.districts import within
from app.shared.identity.seals import NAME, PHONE
from app.shared.personal_data import AccessKind, log_access

EXPORT = AccessKind(
    "export",
    Words(
        "您出现在一份导出的会员名单中：会员号，打码的姓名与手机号，区市，类别。",
        "You were in a list of members that was exported: your member number, your name and "
        "phone, masked, your district and your categories.",
    ),
)


@dataclass(frozen=True, slots=True)
class ExportedMember:
    """`categories` joined by `|`, as in the members' file."""

    id: UUID
    member_no: str
    name: str
    phone: str
    district: District
    categories: str
    created_at: datetime


_COLUMNS: tuple[Column[ExportedMember], ...] = (
    Column("会员号", "Member no.", lambda row: row.member_no),
    Column("姓名（掩码）", "Name, masked", lambda row: row.name),
    Column("手机号（掩码）", "Phone, masked", lambda row: row.phone),
    Column("区", "District", lambda row: row.district),
    Column("类别", "Categories", lambda row: row.categories),
    Column("登记时间", "Registered at", lambda row: row.created_at, Kind.TIME),
)


def members_listing(sealer: Sealer) -> Listing[ExportedMember]:
    """All members by number, or those of a district, or of a category."""

    def shape(row: Sequence[Any]) -> ExportedMember:
        member_id, member_no, name, phone, district, categories, created_at = row[:7]
        return ExportedMember(
            member_id,
            member_no,
            NAME.show(sealer, name),
            PHONE.show(sealer, phone),
            district,
            categories or "",
            created_at,
        )

    return Listing(
        name="identity.members",
        title=Words("会员", "Members"),
        columns=_COLUMNS,
        keyset=Keyset(Member.member_no),
        select=_select,
        shape=shape,
        takes=frozenset({"district", "category"}),
        roles=frozenset({Role.CAMPAIGN_MANAGER, Role.PRIVACY_OFFICER}),
        log_access=_log_access,
    )


def _select(filters: Filters, districts: Districts) -> AnySelect:
    category = MemberCategory.category
    held = (
        select(func.string_agg(cast(category, Text), aggregate_order_by(literal("|"), category)))
        .where(MemberCategory.member_id == Member.id)
        .scalar_subquery()
    )
    statement: AnySelect = select(
        Member.id,
        Member.member_no,
        Member.name_sealed,
        Member.phone_sealed,
        Member.district,
        held,
        Member.created_at,
    ).where(within(districts, Member.district))
    if filters.district is not None:
        statement = statement.where(Member.district == filters.district)
    if filters.category is not None:
        of_category = select(MemberCategory.member_id).where(category == filters.category)
        statement = statement.where(Member.id.in_(of_category))
    return statement


async def _log_access(
    session: AsyncSession, making: Making, rows: Sequence[ExportedMember]
) -> None:
    """A row a member and export, however often the making of it was begun anew."""
    await log_access(
        session,
        making.clock,
        EXPORT,
        staff_id=making.staff_id,
        roles=making.roles,
        member_ids=[row.id for row in rows],
        undertaking=making.export_id,
    )
