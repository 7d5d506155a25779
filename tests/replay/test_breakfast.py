"""The breakfast campaign played on a real service: the figures, and what is noticed."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from app.embedded.identity_provider import IdentityProvider
from app.embedded.seed import seed_edition
from app.platform.settings import Settings
from app.replay.breakfast import play
from app.replay.breakfast.count import Count
from app.replay.breakfast.drops import find_drops, list_batches
from app.replay.breakfast.morning import Mornings
from app.replay.breakfast.opening import Opening
from app.replay.breakfast.plan import Course, Visit
from app.replay.breakfast.stores import choose_stores, connect_tills
from app.replay.stage import NotPlayable, Stage
from app.routers.rooms import Rooms
from app.schemas.seed_ids import FIRST_BATCH_ID
from tests.replay.stages import Nobody, stage
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

SCALE = "0.002"


@pytest.fixture
async def small(
    rooms: Rooms, settings: Settings, identity_provider: IdentityProvider
) -> AsyncIterator[Stage]:
    await seed_edition(settings)
    async with stage(rooms, identity_provider, scale=SCALE) as found:
        yield found


async def test_where_the_editions_drops_are_begun_a_new_series_reaches_every_figure(
    rooms: Rooms, settings: Settings, identity_provider: IdentityProvider
) -> None:
    await seed_edition(settings)
    watcher = Nobody()
    async with stage(rooms, identity_provider, scale=SCALE, watched_by=watcher) as small:
        claims = f"/v1/breakfast/batches/{FIRST_BATCH_ID}/claims"
        token = small.member_token("M00000001")
        assert (await small.wire.send("POST", claims, token=token, key="k")).status == 201

        figures = await play(small)

        batches = {batch.id: batch for batch in await list_batches(small)}
    assert {figure.name: figure.reached for figure in figures} == {
        "stores": 10,
        "vouchers_issued": 40,
        "participants": 3,
        "page_views": 200,
        "redeemed": 36,
        "reversed": 2,
        "expired": 4,
    }
    assert all(figure.is_reached for figure in figures)
    assert not small.surprises.seen
    edition = batches.pop(FIRST_BATCH_ID)
    assert (edition.issued, edition.total) == (1, 1_000)
    assert sorted(batch.issued for batch in batches.values()) == [0] * 19 + [2] * 20
    assert watcher.taken == watcher.steps
    await assert_books_are_right(rooms)


async def test_the_fewest_stores_stand_in_ten_districts(small: Stage) -> None:
    stores = await choose_stores(small, 10)
    assert len({store.district for store in stores}) == 10


async def test_more_stores_than_there_are_is_said_in_words(small: Stage) -> None:
    with pytest.raises(NotPlayable, match="1001 stores are needed, and 1000 serve breakfast"):
        await choose_stores(small, 1_001)


async def test_what_goes_otherwise_than_planned_is_noticed(small: Stage) -> None:
    drops = await find_drops(small, 2)
    await small.move_clock(drops[0].opens_at)
    tokens = {worker: small.member_token(worker) for worker in ("M00000001", "M00000002")}
    won = await Opening(small, drops[0], tokens).play(list(tokens), set(tokens))
    [till] = await connect_tills(small, await choose_stores(small, 1))
    suspension = await small.wire.send(
        "POST",
        f"/v1/admin/stores/{till.store.id}/suspend",
        token=small.staff["store_manager"],
        body={"reason": "盘点"},
    )
    assert suspension.status == 200
    await small.move_clock(drops[0].opens_at + timedelta(hours=8))

    mornings = Mornings(small, [till], tokens, "00000000")
    await mornings.play([Visit(1, Course.REDEEMED, 0, 0, by_pass=False)], dict(enumerate(won)))
    count = Count(small, drops)
    issued = await count.issued(seen=3)
    held = await count.vouchers(tokens, won[:1])

    assert issued == 2
    assert await count.stores([till], mornings, drops[0].opens_at.date()) == 0
    assert sum(mine.total() for mine in held.values()) == 2
    assert set(small.surprises.seen) == {
        "redeeming a voucher: store_suspended instead of 201",
        "3 vouchers were answered, and 2 issued",
        "a voucher that was answered is not in its list",
    }
