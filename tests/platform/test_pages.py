"""Lists in pages: complete, without doubles, stable while rows are added."""

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Merchant
from app.platform.errors import CursorInvalid
from app.platform.ids import new_id
from app.platform.pages import Keyset, PageRequest
from app.routers.rooms import Rooms

pytestmark = pytest.mark.anyio

BY_ID = Keyset(Merchant.id)
BY_NAME = Keyset(Merchant.name, Merchant.id, descending=True)
ALL = select(Merchant.id)


async def add(rooms: Rooms, *names: str) -> None:
    async with rooms.sessions.begin() as session:
        session.add_all(Merchant(id=new_id(), name=name) for name in names)


async def walk(session: AsyncSession, keyset: Keyset, *, limit: int) -> list[UUID]:
    """All pages from the first to the last."""
    found: list[UUID] = []
    cursor = None
    while True:
        page = await keyset.page(session, ALL, PageRequest(limit, cursor))
        assert len(page.items) <= limit
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
async def test_walking_the_pages_shows_every_row_once_in_order(rooms: Rooms, limit: int) -> None:
    await add(rooms, *"abcde")
    async with rooms.sessions() as session:
        everything = list(await session.scalars(ALL.order_by(Merchant.id)))
        assert await walk(session, BY_ID, limit=limit) == everything


async def test_equal_keys_are_told_apart_and_the_order_may_descend(rooms: Rooms) -> None:
    await add(rooms, "甲", "乙", "丙", "丁")
    async with rooms.sessions() as session:
        order = (Merchant.name.desc(), Merchant.id.desc())
        assert await walk(session, BY_NAME, limit=1) == list(
            await session.scalars(ALL.order_by(*order))
        )


async def test_the_last_page_has_no_next_and_an_empty_list_is_one_page(rooms: Rooms) -> None:
    async with rooms.sessions() as session:
        page = await BY_ID.page(session, ALL, PageRequest(10))
        assert (page.items, page.next_cursor) == ([], None)
    await add(rooms, "a", "b")
    async with rooms.sessions() as session:
        assert (await BY_ID.page(session, ALL, PageRequest(2))).next_cursor is None
        assert (await BY_ID.page(session, ALL, PageRequest(1))).next_cursor is not None


async def test_rows_that_come_or_go_between_pages_neither_repeat_nor_hide_others(
    rooms: Rooms,
) -> None:
    await add(rooms, "a", "b", "c")
    async with rooms.sessions.begin() as session:
        first = await BY_ID.page(session, ALL, PageRequest(2))
        await session.execute(delete(Merchant).where(Merchant.id == first.items[1]))
    await add(rooms, "d")
    async with rooms.sessions() as session:
        rest = await BY_ID.page(session, ALL, PageRequest(10, first.next_cursor))
        names = select(Merchant.name).where(Merchant.id.in_(rest.items))
        assert sorted(await session.scalars(names)) == ["c", "d"]


def cursor_of(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "not base64!",
        "AAAA",
        "é",
        cursor_of(),
        cursor_of("not-a-uuid"),
        cursor_of(str(UUID(int=1)), "one more"),
        cursor_of(None),
        cursor_of(["nested"]),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    ],
)
async def test_a_cursor_that_was_never_handed_out_is_refused(rooms: Rooms, cursor: str) -> None:
    async with rooms.sessions() as session:
        with pytest.raises(CursorInvalid):
            await BY_ID.page(session, ALL, PageRequest(10, cursor))


@pytest.mark.parametrize("name", ["\0", "\ud800"])
async def test_a_cursor_of_texts_holds_what_a_row_can_hold(rooms: Rooms, name: str) -> None:
    bad = cursor_of(name, str(UUID(int=1)))
    async with rooms.sessions() as session:
        with pytest.raises(CursorInvalid):
            await BY_NAME.page(session, ALL, PageRequest(10, bad))


@pytest.mark.parametrize(
    "moment",
    [
        "2023-01-05T00:00:00",
        "yesterday",
        "\0",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-08:00",
    ],
)
async def test_a_cursor_of_times_needs_their_offset(rooms: Rooms, moment: str) -> None:
    by_time = Keyset(Merchant.created_at, Merchant.id)
    async with rooms.sessions() as session:
        bad = cursor_of(moment, str(UUID(int=1)))
        with pytest.raises(CursorInvalid):
            await by_time.page(session, ALL, PageRequest(10, bad))
        earlier = datetime.now(UTC) - timedelta(days=1)
        good = cursor_of(earlier.isoformat(), str(UUID(int=1)))
        assert (await by_time.page(session, ALL, PageRequest(10, good))).items == []
