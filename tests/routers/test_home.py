"""The app's home page over HTTP."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.models.states import Category, PackKind
from app.routers.rooms import Rooms
from tests.factories import Factory, auth
from tests.tills import Counter

pytestmark = pytest.mark.anyio


async def test_a_member_sees_the_campaign_with_its_five_packs(
    client: httpx.AsyncClient, make: Factory
) -> None:
    await make.campaign()
    answer = await client.get("/v1/campaign", headers=auth(make.token(await make.member())))

    assert answer.status_code == 200, answer.text
    campaign = answer.json()
    assert campaign["name"] == "测试活动"
    assert campaign["starts_at"] < campaign["server_time"] < campaign["ends_at"]
    assert campaign["server_time"].endswith("+08:00")
    assert [(pack["kind"], pack["state"]) for pack in campaign["packs"]] == [
        (kind.value, "open") for kind in PackKind
    ]


async def test_the_campaign_speaks_english_to_those_who_ask(
    client: httpx.AsyncClient, make: Factory
) -> None:
    await make.campaign()
    headers = auth(make.token(await make.member())) | {"Accept-Language": "en"}

    answer = await client.get("/v1/campaign", headers=headers)

    assert answer.json()["name"] == "Test"
    assert answer.headers["Content-Language"] == "en"


@pytest.mark.parametrize("path", ["/v1/campaign", "/v1/me/packs"])
async def test_without_a_campaign_the_home_page_says_so(
    client: httpx.AsyncClient, make: Factory, path: str
) -> None:
    answer = await client.get(path, headers=auth(make.token(await make.member())))

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_member_sees_its_own_account_masked(
    client: httpx.AsyncClient, make: Factory
) -> None:
    member = await make.member(categories=(Category.OUTDOOR, Category.HARDSHIP))

    answer = await client.get("/v1/me", headers=auth(make.token(member)))

    assert answer.json() == {
        "member_no": member.member_no,
        "name": "王**",
        "phone": "199****1234",
        "district": "shinan",
        "categories": [
            {"category": "hardship", "valid_until": None},
            {"category": "outdoor", "valid_until": None},
        ],
    }


async def _packs(client: httpx.AsyncClient, token: str, etag: str | None = None) -> httpx.Response:
    headers = auth(token) | ({"If-None-Match": etag} if etag else {})
    return await client.get("/v1/me/packs", headers=headers)


async def _breakfast(client: httpx.AsyncClient, token: str) -> dict[str, Any]:
    answer = await _packs(client, token)
    assert answer.status_code == 200, answer.text
    [pack] = [pack for pack in answer.json()["packs"] if pack["kind"] == "breakfast"]
    return dict(pack)


async def test_the_home_page_names_what_can_be_claimed_and_what_opens_next(
    client: httpx.AsyncClient, make: Factory
) -> None:
    await make.campaign()
    now = make.rooms.clock.now()
    running = await make.batch()
    tomorrow, after = now + timedelta(days=1), now + timedelta(days=2)
    await make.batch(opens_at=after, closes_at=after + timedelta(days=1))
    next_drop = await make.batch(opens_at=tomorrow, closes_at=after)

    pack = await _breakfast(client, make.token(await make.member()))

    assert (pack["held"], pack["reason"]) == (0, None)
    assert [(act["act"], act["id"]) for act in pack["can"]] == [("claim", str(running.id))]
    assert (pack["next"]["act"], pack["next"]["id"]) == ("claim", str(next_drop.id))


async def test_a_voucher_that_i_hold_comes_first_and_the_limit_is_named(
    client: httpx.AsyncClient, make: Factory
) -> None:
    await make.campaign()
    batch = await make.batch(per_person_per_day=1)
    member = await make.member()
    token = make.token(member)
    voucher = await Counter(make).voucher(batch=batch, member=member)

    pack = await _breakfast(client, token)

    assert (pack["held"], pack["reason"]) == (1, "limit_reached")
    assert [(act["act"], act["id"]) for act in pack["can"]] == [("redeem", str(voucher.id))]


async def test_who_is_not_eligible_is_told_so_and_offered_nothing(
    client: httpx.AsyncClient, make: Factory
) -> None:
    await make.campaign()
    await make.batch()

    pack = await _breakfast(client, make.token(await make.member(categories=())))

    assert (pack["can"], pack["next"], pack["reason"]) == ([], None, "not_eligible")


async def test_members_who_look_at_the_same_moment_see_their_own_page(
    client: httpx.AsyncClient, make: Factory
) -> None:
    await make.campaign()
    batch, store = await make.batch(total=20), Counter(make)
    members = await make.members(6)
    for count, member in enumerate(members):
        for _ in range(count):
            await store.voucher(batch=batch, member=member)

    pages = await asyncio.gather(*(_breakfast(client, make.token(each)) for each in members))

    assert [page["held"] for page in pages] == list(range(6))


async def test_an_unchanged_home_page_is_not_sent_again(
    client: httpx.AsyncClient, make: Factory
) -> None:
    await make.campaign()
    batch = await make.batch()
    member = await make.member()
    token = make.token(member)
    first = await _packs(client, token)

    same = await _packs(client, token, first.headers["ETag"])
    await Counter(make).voucher(batch=batch, member=member)
    changed = await _packs(client, token, first.headers["ETag"])

    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["ETag"] == first.headers["ETag"]
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


async def test_a_page_view_is_counted(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    await make.campaign()
    headers = auth(make.token(await make.member()))

    answers = [
        await client.post("/v1/views", headers=headers, json={"pack": "breakfast"})
        for _ in range(3)
    ]

    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b"")}
    async with rooms.engine.connect() as connection:
        assert await connection.scalar(text("SELECT sum(views) FROM pack_views")) == 3


async def test_a_page_that_no_pack_has_is_refused(client: httpx.AsyncClient, make: Factory) -> None:
    headers = auth(make.token(await make.member()))

    answer = await client.post("/v1/views", headers=headers, json={"pack": "lottery"})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/pack")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/campaign"), ("GET", "/v1/me"), ("GET", "/v1/me/packs"), ("POST", "/v1/views")],
)
async def test_the_home_page_is_for_members(
    client: httpx.AsyncClient, make: Factory, method: str, path: str
) -> None:
    assert (await client.request(method, path)).status_code == 401
    staff = await client.request(method, path, headers=auth(await make.staff()))
    assert staff.status_code == 403
