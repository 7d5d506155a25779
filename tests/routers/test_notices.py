"""A member's inbox and notice settings over HTTP."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.packs.breakfast.notices import VOUCHER_EXPIRING
from app.platform.ids import new_id
from app.routers.rooms import Rooms
from app.shared.identity.callers import Member
from app.shared.notices import Notices
from tests.factories import Factory, auth, tell

pytestmark = pytest.mark.anyio

NOTICES, SETTINGS = "/v1/me/notices", "/v1/me/notice-settings"


class Phone:
    """A member with the app in hand."""

    def __init__(self, client: httpx.AsyncClient, make: Factory, member: Member) -> None:
        self.client, self.make, self.member = client, make, member
        self.headers = auth(make.token(member))

    async def told(self, count: int) -> list[str]:
        """The ids of new notices, the oldest first."""
        keys = [f"test:{new_id()}" for _ in range(count)]
        return [str(await tell(self.make, self.member, key=key)) for key in keys]

    async def inbox(self, **more: Any) -> dict[str, Any]:
        answer = await self.client.get(NOTICES, headers=self.headers, **more)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    async def read(self, notice_id: object) -> httpx.Response:
        return await self.client.post(f"{NOTICES}/{notice_id}/read", headers=self.headers)

    async def choose(self, *kinds: str) -> httpx.Response:
        return await self.client.put(
            SETTINGS, headers=self.headers, json={"opted_out": list(kinds)}
        )

    async def turned_off(self) -> set[str]:
        answer = await self.client.get(SETTINGS, headers=self.headers)
        return {each["kind"] for each in answer.json()["items"] if each["opted_out"]}


@pytest.fixture
async def phone(client: httpx.AsyncClient, make: Factory) -> Phone:
    return Phone(client, make, await make.member())


async def test_the_inbox_shows_what_i_was_told_the_newest_first(phone: Phone) -> None:
    ids = await phone.told(3)
    page = await phone.inbox()
    assert [notice["id"] for notice in page["items"]] == ids[::-1]
    assert (page["unread_count"], page["next_cursor"]) == (3, None)
    newest = page["items"][0]
    assert newest["title"] == "早餐券即将到期"
    assert newest["body"] == (
        "您有一张 10 元 的早餐券，1月15日当天结束后失效。市南区可用门店：120 家。"
    )
    assert (newest["kind"], newest["read_at"]) == (VOUCHER_EXPIRING, None)
    assert newest["created_at"].endswith("+08:00")


async def test_it_speaks_english_to_those_who_ask(phone: Phone) -> None:
    await phone.told(1)
    answer = await phone.client.get(NOTICES, headers=phone.headers | {"Accept-Language": "en"})
    assert answer.headers["Content-Language"] == "en"
    assert answer.json()["items"][0]["body"] == (
        "Your breakfast voucher of 10 yuan is good until the end of 15 January. "
        "Stores that redeem it in Shinan: 120."
    )


async def test_pages_follow_each_other_while_notices_come_in(phone: Phone) -> None:
    ids = await phone.told(5)
    first = await phone.inbox(params={"limit": 3})
    await phone.told(1)
    second = await phone.inbox(params={"limit": 3, "cursor": first["next_cursor"]})
    assert [n["id"] for n in [*first["items"], *second["items"]]] == ids[::-1]
    assert second["next_cursor"] is None
    # Of all pages together.
    assert (first["unread_count"], second["unread_count"]) == (5, 6)


async def test_what_i_have_read_stays_read_from_the_first_time(phone: Phone) -> None:
    [notice_id, _] = await phone.told(2)
    first = await phone.read(notice_id)
    await phone.make.move_clock(timedelta(hours=1))
    again = await phone.read(notice_id)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert first.json()["read_at"] is not None
    assert (await phone.inbox())["unread_count"] == 1


async def test_anothers_notice_is_not_there(phone: Phone, make: Factory) -> None:
    await phone.told(1)
    [own] = (await phone.inbox())["items"]
    stranger = Phone(phone.client, make, await make.member())
    answer = await stranger.read(own["id"])
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await stranger.inbox())["items"] == []
    assert (await phone.inbox())["unread_count"] == 1


async def test_a_kind_can_be_kept_in_the_inbox_alone_and_taken_back(phone: Phone) -> None:
    assert await phone.turned_off() == set()
    answer = await phone.choose(VOUCHER_EXPIRING, VOUCHER_EXPIRING)
    assert answer.status_code == 200
    [shown] = [each for each in answer.json()["items"] if each["kind"] == VOUCHER_EXPIRING]
    assert (shown["opted_out"], shown["optional"], shown["channels"]) == (True, True, ["push"])
    assert shown["name"] == "早餐券即将到期"
    assert await phone.turned_off() == {VOUCHER_EXPIRING}
    assert (await phone.choose()).status_code == 200
    assert await phone.turned_off() == set()


async def test_one_members_choice_is_nobody_elses(phone: Phone, make: Factory) -> None:
    await phone.choose(VOUCHER_EXPIRING)
    other = Phone(phone.client, make, await make.member())
    assert await other.turned_off() == set()


async def test_a_kind_that_is_not_there_is_named_and_nothing_changes(phone: Phone) -> None:
    answer = await phone.choose(VOUCHER_EXPIRING, "wishes.unheard_of")
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [
        ("#/opted_out/1", "kind_unknown")
    ]
    assert await phone.turned_off() == set()


async def test_a_kind_that_everybody_must_get_cannot_be_turned_off(
    app: FastAPI, rooms: Rooms, phone: Phone
) -> None:
    must = {name: replace(kind, optional=False) for name, kind in rooms.notices.kinds.items()}
    app.state.rooms = replace(rooms, notices=Notices(must, rooms.sealer, rooms.clock))
    answer = await phone.choose(VOUCHER_EXPIRING)
    assert answer.status_code == 422
    assert [each["code"] for each in answer.json()["errors"]] == ["kind_not_optional"]
