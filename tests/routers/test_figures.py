"""Breakfast in figures: each means one thing, they add up, and test batches count nowhere."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.models.states import District, Role
from app.packs.breakfast.figures import DEFINITIONS
from app.shared.identity.callers import Till
from tests.factories import Factory, auth
from tests.tills import Counter

pytestmark = pytest.mark.anyio

FIGURES = "/v1/admin/breakfast/figures"
ADDITIVE = ("issued", "void", "redeemed", "reversed", "expired", "redeemed_fen")


class Campaign:
    """A few days of breakfast in two districts, told to staff."""

    def __init__(self, client: httpx.AsyncClient, counter: Counter) -> None:
        self.client, self.counter, self.make = client, counter, counter.make

    async def ask(self, path: str = "", **query: Any) -> dict[str, Any]:
        answer = await self.client.get(FIGURES + path, headers=self.staff, params=query)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def play(self) -> "Campaign":
        make, counter = self.make, self.counter
        self.staff = auth(await make.staff(Role.FINANCE))
        shinan = await counter.till(district=District.SHINAN)
        laixi = await counter.till(district=District.LAIXI)
        batch = await make.batch(total=20, valid_days=2, face_value_fen=800)
        await make.batch(total=500, started=False)
        one = await make.member(district=District.JIMO)
        same = await make.member(district=District.JIMO, person_id=one.person_id)
        other = await make.member(district=District.SHINAN)
        vouchers = [
            await counter.voucher(batch=batch, member=member)
            for member in (one, one, one, same, other, other)
        ]
        await counter.redeem(shinan, "NUMBER-1", vouchers[0].code)
        await self._redeem_and_reverse(laixi, vouchers[1].code)
        await counter.void(vouchers[2].id)
        await make.move_clock(timedelta(days=1))
        await counter.redeem(laixi, "NUMBER-3", vouchers[3].code)
        await make.move_clock(timedelta(days=3))
        await counter.voucher(batch=batch, member=other)
        await self._test_batch(shinan)
        await self.client.post(
            "/v1/views", headers=auth(make.token(one)), json={"pack": "breakfast"}
        )
        return self

    async def _redeem_and_reverse(self, till: Till, code: str) -> None:
        await self.counter.redeem(till, "NUMBER-2", code)
        await self.counter.reverse(till, "NUMBER-2")

    async def _test_batch(self, till: Till) -> None:
        member = await self.make.member(district=District.LAOSHAN)
        tested = await self.counter.voucher(test=True, member=member)
        await self.counter.redeem(till, "TEST-0001", tested.code)


@pytest.fixture
async def campaign(client: httpx.AsyncClient, counter: Counter) -> Campaign:
    return await Campaign(client, counter).play()


async def test_the_totals_are_what_happened(campaign: Campaign) -> None:
    totals = await campaign.ask()
    assert {name: totals[name] for name in DEFINITIONS} == {
        "budget": 20,
        "issued": 6,
        "void": 1,
        "redeemed": 2,
        "reversed": 1,
        "expired": 3,
        "open": 1,
        "participants": 2,
        "page_views": 1,
        "redeemed_fen": 1600,
    }


async def test_every_figure_is_defined_in_both_languages(campaign: Campaign) -> None:
    totals = await campaign.ask()
    numbers = set(totals) - {"as_of", "definitions"}
    assert set(totals["definitions"]) == numbers
    assert all(words["zh"] and words["en"] for words in totals["definitions"].values())


async def test_what_was_issued_is_redeemed_expired_or_still_open(campaign: Campaign) -> None:
    totals = await campaign.ask()
    assert totals["issued"] == totals["redeemed"] + totals["expired"] + totals["open"]


@pytest.mark.parametrize("path", ["/days", "/districts"])
async def test_days_and_districts_add_up_to_the_whole(campaign: Campaign, path: str) -> None:
    totals, parts = await campaign.ask(), (await campaign.ask(path))["items"]
    for name in ADDITIVE:
        assert sum(part[name] for part in parts) == totals[name], name


async def test_a_day_is_the_events_own(campaign: Campaign) -> None:
    days = (await campaign.ask("/days"))["items"]
    assert [(day["issued"], day["redeemed"], day["expired"]) for day in days] == [
        (5, 1, 0),
        (0, 1, 3),
        (1, 0, 0),
    ]
    middle = days[1]["day"]
    assert (await campaign.ask("/days", since=middle, until=middle))["items"] == [days[1]]


async def test_issued_counts_where_the_member_lives_and_redeemed_where_the_store_is(
    campaign: Campaign,
) -> None:
    districts = {each["district"]: each for each in (await campaign.ask("/districts"))["items"]}
    assert len(districts) == len(District)
    assert (districts["jimo"]["issued"], districts["jimo"]["redeemed"]) == (3, 0)
    assert (districts["shinan"]["issued"], districts["shinan"]["redeemed"]) == (3, 1)
    assert (districts["laixi"]["redeemed"], districts["laixi"]["reversed"]) == (1, 1)
    assert districts["laoshan"]["participants"] == 0


async def test_stores_are_told_page_by_page(campaign: Campaign) -> None:
    first = await campaign.ask("/stores", limit=1)
    second = await campaign.ask("/stores", limit=1, cursor=first["next_cursor"])
    rows = first["items"] + second["items"]
    assert [(row["redeemed"], row["reversed"], row["redeemed_fen"]) for row in rows] == [
        (1, 0, 800),
        (1, 1, 800),
    ]
    assert second["next_cursor"] is None


async def test_the_figures_agree_with_the_books(campaign: Campaign, make: Factory) -> None:
    totals = await campaign.ask()
    async with make.rooms.sessions() as session:
        issued = await session.scalar(
            text(
                "SELECT sum(p.issued) FROM stock_pool p JOIN breakfast_batch b ON b.pool_id = p.id"
                " WHERE NOT b.test"
            )
        )
    assert issued == totals["issued"]


async def test_without_a_campaign_there_is_nothing_to_tell(
    client: httpx.AsyncClient, make: Factory
) -> None:
    staff = auth(await make.staff(Role.FINANCE))
    for path in ("", "/days", "/districts", "/stores"):
        answer = await client.get(FIGURES + path, headers=staff)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
