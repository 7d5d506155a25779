"""Members as the books have them now, however many ask."""

import asyncio
from datetime import date

import pytest
from sqlalchemy import delete, event

from app.models.identity import MemberCategory
from app.models.states import Category, District
from app.routers.rooms import Rooms
from tests.factories import Factory

pytestmark = pytest.mark.anyio

UNTIL = date(2023, 1, 31)


async def test_a_member_is_found_with_all_categories(rooms: Rooms, make: Factory) -> None:
    both = (Category.NEW_EMPLOYMENT, Category.OUTDOOR)
    member = await make.member(categories=both, valid_until=UNTIL, district=District.JIMO)
    found = await rooms.directory.find(member.member_no)
    assert found is not None
    assert (found.id, found.person_id, found.district) == (
        member.id,
        member.person_id,
        District.JIMO,
    )
    assert set(found.entitlements) == set(member.entitlements)


async def test_a_category_counts_on_its_last_day_and_not_after(rooms: Rooms, make: Factory) -> None:
    member = await make.member(valid_until=UNTIL)
    found = await rooms.directory.find(member.member_no)
    assert found is not None
    assert found.categories_on(UNTIL) == {Category.OUTDOOR}
    assert found.categories_on(date(2023, 2, 1)) == frozenset()


async def test_a_crowd_is_answered_each_their_own_with_a_few_questions(
    rooms: Rooms, make: Factory
) -> None:
    members = await make.members(20)
    plain = await make.member(categories=())
    statements: list[str] = []
    sync = rooms.engine.sync_engine

    def note(*args: object) -> None:
        statements.append(str(args[2]))

    event.listen(sync, "before_cursor_execute", note)
    try:
        numbers = [member.member_no for member in [*members, plain]] * 10
        found = await asyncio.gather(
            rooms.directory.find("nobody"), *map(rooms.directory.find, numbers)
        )
    finally:
        event.remove(sync, "before_cursor_execute", note)
    assert found[0] is None
    assert [each and each.member_no for each in found[1:]] == numbers
    assert all(each is None or len(each.entitlements) < 2 for each in found)
    assert len([each for each in statements if "FROM member" in each]) <= 3


async def test_a_withdrawn_category_is_gone_for_the_next_look(rooms: Rooms, make: Factory) -> None:
    member = await make.member()
    await rooms.directory.find(member.member_no)
    async with rooms.sessions.begin() as session:
        await session.execute(delete(MemberCategory).where(MemberCategory.member_id == member.id))
    found = await rooms.directory.find(member.member_no)
    assert found is not None
    assert found.entitlements == ()
