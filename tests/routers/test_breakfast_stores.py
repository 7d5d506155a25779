"""Where a member can have breakfast: nearest first, open or not, page by page."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from app.models import identity
from app.models.states import District
from app.platform.clock import SHANGHAI
from tests.factories import Factory, auth
from tests.tills import Counter

pytestmark = pytest.mark.anyio

STORES = "/v1/breakfast/stores"
# The May Fourth Square; a thousandth of a degree of latitude is 111 metres.
HERE = {"lat": 36.0620, "lng": 120.3845}


class Street:
    """Stores to the north, so many thousandths of a degree away."""

    def __init__(self, client: httpx.AsyncClient, make: Factory) -> None:
        self.client, self.make = client, make

    async def open(self, name: str, steps: int, **store: Any) -> UUID:
        store_id = await self.make.store(name=name, **store)
        async with self.make.rooms.sessions.begin() as session:
            await session.execute(
                update(identity.Store)
                .where(identity.Store.id == store_id)
                .values(lat=HERE["lat"] + steps / 1000, lng=HERE["lng"])
            )
        return store_id

    async def walk(self) -> "Street":
        self.token = auth(self.make.token(await self.make.member()))
        return self

    async def ask(self, **query: Any) -> dict[str, Any]:
        answer = await self.client.get(STORES, headers=self.token, params=query)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def names(self, **query: Any) -> list[str]:
        return [each["name"] for each in (await self.ask(**query))["items"]]


@pytest.fixture
async def street(client: httpx.AsyncClient, make: Factory) -> Street:
    return await Street(client, make).walk()


async def test_the_nearest_comes_first_with_its_distance(street: Street) -> None:
    for name, steps in (("远", 9), ("近", 1), ("中", 5)):
        await street.open(name, steps)
    found = (await street.ask(**HERE))["items"]
    assert [each["name"] for each in found] == ["近", "中", "远"]
    assert [each["distance_m"] for each in found] == [111, 556, 1001]


async def test_a_radius_and_a_district_narrow_the_list(street: Street) -> None:
    await street.open("近", 1)
    await street.open("中", 5, district=District.LICANG)
    await street.open("远", 9, district=District.LICANG)
    assert await street.names(**HERE, radius_m=600) == ["近", "中"]
    assert await street.names(**HERE, radius_m=600, district="licang") == ["中"]
    assert await street.names(district="licang") == ["中", "远"]


async def test_without_a_place_the_list_is_by_number_and_tells_no_distance(street: Street) -> None:
    await street.open("乙", 1, store_no="B-2")
    await street.open("甲", 9, store_no="A-1")
    found = (await street.ask())["items"]
    assert [(each["store_no"], each["distance_m"]) for each in found] == [
        ("A-1", None),
        ("B-2", None),
    ]


async def test_a_list_goes_on_where_the_page_before_ended_also_at_equal_distances(
    street: Street,
) -> None:
    for place in range(7):
        await street.open(f"店{place}", place // 3)
    names: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await street.ask(**HERE, limit=2, **cursor)
        names += [each["name"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert sorted(names) == [f"店{place}" for place in range(7)]


async def test_open_now_is_told_past_midnight_too(street: Street) -> None:
    now = street.make.rooms.clock.now().astimezone(SHANGHAI)
    minute = now.hour * 60 + now.minute
    earlier = (minute - 120) % 1440
    await street.open("开", 1, opens=earlier, closes=earlier + 240)
    await street.open("关", 2, opens=(minute + 120) % 1440, closes=(minute + 120) % 1440 + 60)
    shown = {each["name"]: each["open_now"] for each in (await street.ask(**HERE))["items"]}
    assert shown == {"开": True, "关": False}


async def test_a_suspended_store_is_not_shown(street: Street, counter: Counter) -> None:
    store = await street.open("停", 1)
    await street.open("开", 2)
    await counter.suspend(await counter.till(store))
    assert await street.names(**HERE) == ["开"]


async def test_only_stores_of_a_batch_are_shown_when_asked_for(
    street: Street, make: Factory
) -> None:
    await street.open("市南", 1)
    await street.open("李沧", 2, district=District.LICANG)
    await street.open("单列", 3, store_no="LISTED-1", district=District.JIMO)
    some = await make.batch(store_districts=[District.LICANG], store_nos=["LISTED-1"])
    everywhere = await make.batch()
    assert await street.names(**HERE, batch_id=str(some.id)) == ["李沧", "单列"]
    assert await street.names(**HERE, batch_id=str(everywhere.id)) == ["市南", "李沧", "单列"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"lat": 36}, "/query/lng"),
        ({"lng": 120}, "/query/lat"),
        ({"radius_m": 500}, "/query/lat"),
        ({"lat": 91, "lng": 120}, "/query/lat"),
        ({"lat": "nan", "lng": 120}, "/query/lat"),
        ({"lat": 36, "lng": 120, "radius_m": 0}, "/query/radius_m"),
        ({"district": "beijing"}, "/query/district"),
    ],
)
async def test_a_bad_question_is_pointed_at(
    street: Street, query: dict[str, Any], pointer: str
) -> None:
    answer = await street.client.get(STORES, headers=street.token, params=query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_an_unknown_batch_is_not_found(street: Street) -> None:
    unknown = "01855a2c-1c00-7000-8000-0000000000ff"
    answer = await street.client.get(STORES, headers=street.token, params={"batch_id": unknown})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_stores_of_a_draft_are_nobodys_business_yet(
    street: Street, make: Factory
) -> None:
    draft = await make.batch(started=False)
    query = {"batch_id": str(draft.id)}
    answer = await street.client.get(STORES, headers=street.token, params=query)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_test_batch_is_in_no_members_list(street: Street, make: Factory) -> None:
    shown = await make.batch(name="早餐")
    hidden = await make.batch(name="联调", test=True)
    listed = await street.client.get("/v1/breakfast/batches", headers=street.token)
    assert [each["id"] for each in listed.json()["items"]] == [str(shown.id)]
    claimed = await street.client.post(
        f"/v1/breakfast/batches/{hidden.id}/claims",
        headers={**street.token, "Idempotency-Key": '"k"'},
    )
    assert claimed.status_code == 201
