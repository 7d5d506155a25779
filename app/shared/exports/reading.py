"""A list's rows, page by page on one snapshot, so that memory does not grow with them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.db import AnySelect, Sessions
from app.platform.pages import PageRequest
from app.shared.exports.listing import Listing

PAGE_ROWS = 1_000


@asynccontextmanager
async def snapshot(
    sessions: Sessions, *, patience_ms: int | None = None
) -> AsyncIterator[AsyncSession]:
    """A transaction that sees the books as they are at its first question, and changes nothing.

    `patience_ms` takes the place of the time limits of a statement and of a pause.
    """
    async with sessions.begin() as session:
        await session.connection(
            execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        if patience_ms is not None:
            for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
                await session.execute(text(f"SET LOCAL {limit} = {patience_ms}"))
        yield session


async def count_rows(session: AsyncSession, statement: AnySelect) -> int:
    rows = select(func.count()).select_from(statement.subquery())
    return (await session.execute(rows)).scalar_one()


async def read_pages(
    session: AsyncSession, listing: Listing[Any], statement: AnySelect
) -> AsyncIterator[list[Any]]:
    """Every row of the list's statement once, in the list's order. An empty list has one page,
    without rows."""
    cursor = None
    while True:
        page = await listing.keyset.page(session, statement, PageRequest(PAGE_ROWS, cursor))
        yield [listing.shape(row) for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return
