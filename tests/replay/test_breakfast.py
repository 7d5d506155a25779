"""The breakfast campaign played on a real service: every figure is reached, and nothing is
left behind."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.embedded.identity_provider import IdentityProvider
from app.embedded.seed import seed_edition
from app.platform.settings import Settings
from app.replay.breakfast import play
from app.replay.breakfast.drops import list_batches
from app.replay.breakfast.stores import STORES
from app.routers.rooms import Rooms
from app.schemas.seed_ids import FIRST_BATCH_ID
from tests.replay.stages import Nobody, stage
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

SCALE = "0.002"


async def test_where_the_editions_drops_are_begun_a_new_series_reaches_every_figure(
    rooms: Rooms, settings: Settings, identity_provider: IdentityProvider
) -> None:
    await seed_edition(settings)
    watcher, moments = Nobody(), list[datetime]()
    async with stage(rooms, identity_provider, scale=SCALE, watched_by=watcher) as small:
        [first, *_] = await list_batches(small)
        await small.move_clock(first.closes_at - timedelta(hours=1))
        claims = f"/v1/breakfast/batches/{FIRST_BATCH_ID}/claims"
        token = small.member_token("M00000001")
        assert (await small.wire.send("POST", claims, token=token, key="k")).status == 201

        async def move_clock(moment: datetime) -> None:
            moments.append(moment)
            await small.move_clock(moment)

        figures = await play(replace(small, move_clock=move_clock))

        batches = {batch.id: batch for batch in await list_batches(small)}
        stores = await small.read_all(STORES, small.staff["store_manager"])
        devices = [
            device
            for store in stores[:20]
            for device in await small.read_all(
                f"{STORES}/{store['id']}/devices", small.staff["store_manager"]
            )
        ]
    assert not small.surprises.seen
    assert {figure.name: figure.reached for figure in figures} == {
        "stores": 10,
        "vouchers_issued": 40,
        "participants": 3,
        "page_views": 200,
        "redeemed": 36,
        "reversed": 3,
        "expired": 4,
        "not_eligible": 1,
        "redeemed_offline": 10,
        "disputes_first_stands": 1,
        "disputes_second_stands": 1,
        "disputes_both_paid": 1,
        "refused_as_redeemed": 2,
        "refused_as_suspended": 1,
    }
    assert all(figure.is_reached for figure in figures)
    edition = batches.pop(FIRST_BATCH_ID)
    assert (edition.issued, edition.total) == (1, 1_000)
    assert sorted(batch.issued for batch in batches.values()) == [0] * 19 + [2] * 20
    assert moments == sorted(moments)
    assert moments[0] > first.closes_at
    assert {store["state"] for store in stores} == {"active"}
    assert devices
    assert all(device["revoked_at"] for device in devices)
    assert watcher.taken == watcher.steps
    await assert_books_are_right(rooms)
