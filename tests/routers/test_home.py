"""The app's home page over HTTP."""

import httpx
import pytest
from sqlalchemy import text

from app.models.states import Category, PackKind
from app.routers.rooms import Rooms
from tests.factories import Factory, auth

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


async def test_without_a_campaign_the_home_page_says_so(
    client: httpx.AsyncClient, make: Factory
) -> None:
    answer = await client.get("/v1/campaign", headers=auth(make.token(await make.member())))

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
    ("method", "path"), [("GET", "/v1/campaign"), ("GET", "/v1/me"), ("POST", "/v1/views")]
)
async def test_the_home_page_is_for_members(
    client: httpx.AsyncClient, make: Factory, method: str, path: str
) -> None:
    assert (await client.request(method, path)).status_code == 401
    staff = await client.request(method, path, headers=auth(await make.staff()))
    assert staff.status_code == 403
