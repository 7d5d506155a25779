"""My vouchers: a crowd that looks at once asks the books a few times; each sees their own, newest
first, and pages go on from there."""

import asyncio

import httpx
import pytest

from app.platform.pages import USUAL_PAGE
from app.routers.rooms import Rooms
from app.shared.identity.callers import Member
from tests.factories import Factory, auth
from tests.tills import Counter

pytestmark = pytest.mark.anyio

VOUCHERS = "/v1/breakfast/vouchers"
LOOKS = 10


async def test_a_crowd_is_shown_each_their_own_with_a_few_questions(
    rooms: Rooms, make: Factory, counter: Counter
) -> None:
    one, two, nobody = [await make.member() for _ in range(3)]
    batch = await make.batch(total=9, per_person_per_day=9)
    own = {
        each: [(await counter.voucher(batch=batch, member=each)).id for _ in range(count)]
        for each, count in ((one, 1), (two, 3), (nobody, 0))
    }

    async def look(member: Member) -> bool:
        page = await rooms.wallet.look(member, USUAL_PAGE)
        assert page.next_cursor is None
        return [each.id for each in page.items] == own[member][::-1]

    async with counter.statements() as sent:
        seen = await asyncio.gather(*(look(each) for each in [one, two, nobody] * LOOKS))
    assert seen == [True] * 3 * LOOKS
    assert len([each for each in sent if "FROM breakfast_voucher" in each]) <= 2


async def test_more_than_a_page_is_told_page_by_page(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    member, count = await make.member(), USUAL_PAGE.limit + 1
    batch = await make.batch(total=count, per_person_per_day=count)
    claimed = [str((await counter.voucher(batch=batch, member=member)).id) for _ in range(count)]
    headers = auth(make.token(member))
    first = (await client.get(VOUCHERS, headers=headers)).json()
    onwards = f"{VOUCHERS}?cursor={first['next_cursor']}"
    rest = (await client.get(onwards, headers=headers)).json()
    assert rest["next_cursor"] is None
    shown = [each["id"] for each in first["items"] + rest["items"]]
    assert (len(first["items"]), shown) == (USUAL_PAGE.limit, claimed[::-1])
