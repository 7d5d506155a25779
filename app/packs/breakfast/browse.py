"""A member's own vouchers."""

from uuid import UUID

from app.models.breakfast import Voucher
from app.packs.breakfast import queries
from app.packs.breakfast.voucher_records import VoucherRecords, VoucherRow
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.platform.pages import Page, PageRequest
from app.shared.identity.callers import Member


async def list_vouchers(
    sessions: Sessions, records: VoucherRecords, *, member: Member, page: PageRequest
) -> Page[VoucherRow]:
    """The member's own, newest first."""
    statement = records.select_all().where(Voucher.member_id == member.id)
    async with sessions() as session:
        rows = await queries.VOUCHERS_NEWEST_FIRST.page(session, statement, page)
    return rows.map(records.row)


async def find_voucher(
    sessions: Sessions, records: VoucherRecords, *, member: Member, voucher_id: UUID
) -> VoucherRow:
    """One of the member's own. Raises `NotFound`."""
    statement = records.select_all().where(Voucher.id == voucher_id, Voucher.member_id == member.id)
    async with sessions() as session:
        row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound()
    return records.row(row)
