"""What is on offer: a crowd that looks at once asks the books a few times; each sees their own."""

import asyncio

import httpx
import pytest

from app.platform.errors import CursorInvalid
from app.platform.pages import USUAL_PAGE, PageRequest
from app.routers.rooms import Rooms
from app.schemas.breakfast import BatchList, BatchOut, VoucherList, VoucherOut
from app.shared.identity.callers import Member
from tests.factories import Factory
from tests.tills import Counter

pytestmark = pytest.mark.anyio

BATCHES = "/v1/breakfast/batches"
LOOKS = 10


async def test_a_crowd_is_shown_each_their_own_with_a_few_questions(
    rooms: Rooms, client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    one = await make.batch(total=9, per_person_per_day=1)
    other = await make.batch(total=1, per_person_per_day=1)
    holder, late = await make.member(), await make.member()
    plain = await make.member(categories=())
    await counter.voucher(batch=one, member=holder)
    await counter.voucher(batch=other, member=holder)

    async def look(member: Member) -> dict[str, tuple[int, str | None]]:
        page = await rooms.shelf.look(member, USUAL_PAGE)
        return {str(each.batch.id): (each.mine, each.reason) for each in page.items}

    async with counter.statements() as sent:
        seen = await asyncio.gather(*(look(each) for each in [holder, late, plain] * LOOKS))
    expected = [
        {str(one.id): (1, "limit_reached"), str(other.id): (1, "limit_reached")},
        {str(one.id): (0, None), str(other.id): (0, "sold_out")},
        {str(one.id): (0, "not_eligible"), str(other.id): (0, "not_eligible")},
    ]
    assert seen == expected * LOOKS
    assert len([each for each in sent if "FROM breakfast_batch" in each]) <= 2
    shown = await client.get(BATCHES, headers={"Authorization": f"Bearer {make.token(late)}"})
    found = {each["id"]: (each["mine"], each["reason"]) for each in shown.json()["items"]}
    assert found == expected[1]


async def test_what_was_begun_before_a_look_is_in_it_and_one_bad_cursor_is_its_senders(
    rooms: Rooms, make: Factory
) -> None:
    await make.campaign()
    member = await make.member()

    async def look_at_new(request: PageRequest) -> bool:
        batch = await make.batch()
        page = await rooms.shelf.look(member, request)
        return batch.id in {each.batch.id for each in page.items}

    looks = [look_at_new(each) for each in [USUAL_PAGE, PageRequest(200)] * LOOKS]
    bad = rooms.shelf.look(member, PageRequest(50, "nonsense"))
    *found, refused = await asyncio.gather(*looks, bad, return_exceptions=True)
    assert found == [True] * 2 * LOOKS
    assert isinstance(refused, CursorInvalid)


async def test_what_is_made_of_its_fields_has_all_of_them(
    rooms: Rooms, make: Factory, counter: Counter
) -> None:
    """Nobody judges it: one that was forgotten would be missing from the answer."""
    member, now = await make.member(), rooms.clock.now()
    voucher = await counter.voucher(member=member)
    [offered] = (await rooms.shelf.look(member, USUAL_PAGE)).items
    batch, mine = BatchOut.of(offered), VoucherOut.of(voucher, now)
    page = {"next_cursor": None, "server_time": now}
    for made in (
        batch,
        mine,
        BatchList.made_of(items=[batch], **page),
        VoucherList.made_of(items=[mine], **page),
    ):
        kind = type(made)
        assert made.model_fields_set == set(kind.model_fields)
        assert made == kind.model_construct(**vars(made))
        assert kind.model_validate_json(made.model_dump_json()) == made
