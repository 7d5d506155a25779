"""A member's own vouchers."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.models.breakfast import Voucher
from app.packs.breakfast.queries import VOUCHERS_NEWEST_FIRST
from app.packs.breakfast.voucher_records import VoucherRecords, VoucherRow
from app.platform.coalescer import Coalescer
from app.platform.db import Sessions, one_statement
from app.platform.errors import NotFound
from app.platform.pages import USUAL_PAGE, Page, PageRequest
from app.shared.identity.callers import Member


class Wallet:
    """Members' lists of their vouchers. One a process.

    All who look while others are being answered are answered together, by one statement. Nobody
    sees anything older than their question.
    """

    def __init__(self, sessions: Sessions, records: VoucherRecords) -> None:
        self._sessions = sessions
        self._records = records
        self._first_pages = VOUCHERS_NEWEST_FIRST.first_pages(
            records.select_all(), Voucher.member_id, USUAL_PAGE
        )
        self._looks: Coalescer[UUID, Page[VoucherRow]] = Coalescer(self._look)

    async def look(self, member: Member, page: PageRequest) -> Page[VoucherRow]:
        """The member's own, newest first. Raises `CursorInvalid`."""
        if page == USUAL_PAGE:
            return await self._looks.ask(member.id)
        statement = self._records.select_all().where(Voucher.member_id == member.id)
        async with self._sessions() as session:
            rows = await VOUCHERS_NEWEST_FIRST.page(session, statement, page)
        return rows.map(self._records.row)

    async def _look(self, member_ids: Sequence[UUID]) -> list[Page[VoucherRow]]:
        found: dict[UUID, list[Any]] = defaultdict(list)
        async with self._sessions() as session:
            connection = await one_statement(session)
            owners = {"owners": list(set(member_ids))}
            for row in (await connection.execute(self._first_pages, owners)).all():
                found[row[0]].append(row)
        pages = {
            member_id: VOUCHERS_NEWEST_FIRST.cut(rows, USUAL_PAGE).map(self._records.row)
            for member_id, rows in found.items()
        }
        return [pages.get(member_id, Page([], None)) for member_id in member_ids]


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
