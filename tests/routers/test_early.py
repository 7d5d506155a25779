"""The no of a rush is said before the books are asked, and never to whom it does not belong."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.models.states import Role
from app.packs.breakfast import catalogue
from app.platform import pulse
from app.platform.ids import new_id
from app.shared.identity.callers import Member
from app.shared.limits import RATES, Rates
from app.shared.stock import turnstile
from tests.factories import Factory, auth

pytestmark = pytest.mark.anyio

LONG_WAY = {"long_way": "1"}
A_MINUTE_S = 60


class Rush:
    """One batch with one voucher, which is gone; and whoever comes too late."""

    def __init__(self, client: httpx.AsyncClient, make: Factory, batch_id: UUID) -> None:
        self.client, self.make, self.batch_id = client, make, batch_id
        self._tokens: dict[UUID, str] = {}

    def token(self, member: Member) -> str:
        """The same each time, as an app sends it."""
        return self._tokens.setdefault(member.id, self.make.token(member))

    async def press(self, member: Member, *, key: object = None, **more: Any) -> httpx.Response:
        headers = auth(self.token(member), str(key or new_id())) | more.pop("headers", {})
        path = f"/v1/breakfast/batches/{self.batch_id}/claims"
        return await self.client.post(path, headers=headers, **more)


@pytest.fixture
def long_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is believed for a second is believed for a minute, however slow the machine."""
    monkeypatch.setattr(catalogue, "RECENT_S", A_MINUTE_S)
    monkeypatch.setattr(pulse, "CURRENT_S", A_MINUTE_S)
    monkeypatch.setattr(turnstile, "TRUST_US", A_MINUTE_S * 1_000_000)


@pytest.fixture
async def rush(client: httpx.AsyncClient, make: Factory, long_memory: None) -> Rush:
    batch = await make.batch(total=1)
    return Rush(client, make, batch.id)


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def shut(rush: Rush, winner: Member, loser: Member, *, key: object = None) -> httpx.Response:
    """The only voucher goes, and the process hears that nothing is left."""
    won = await rush.press(winner, key=key)
    assert won.status_code == 201
    stock, batch = rush.make.rooms.stock, await rush.make.rooms.catalogue.find(rush.batch_id)
    directory = rush.make.rooms.directory
    # The first may come before the turnstile was told, or before the pulse has told of members
    # that were made just now, who then are forgotten once more.
    for _ in range(20):
        assert said(await rush.press(loser)) == (409, "sold_out")
        await asyncio.sleep(2 * pulse.PERIOD_S)
        if stock.turns_away(batch.pool) and directory.recent(loser.member_no):
            return won
    raise AssertionError("this process never heard that nothing is left")


async def test_who_comes_too_late_is_told_so_while_the_books_are_shut(
    rush: Rush, make: Factory
) -> None:
    winner, loser = await make.member(), await make.member()
    await shut(rush, winner, loser)
    async with make.rooms.sessions.begin() as session:
        await session.execute(text("LOCK TABLE member, breakfast_batch"))
        early = await rush.press(loser)
        other = asyncio.create_task(rush.press(loser, params=LONG_WAY))
        await asyncio.wait({other}, timeout=0.3)
        assert not other.done(), "the control waits for the books"
    late = await other
    assert said(early) == said(late) == (409, "sold_out")
    documents = [each.json() | {"request_id": ""} for each in (early, late)]
    assert documents[0] == documents[1]
    passing = {"x-request-id", "ratelimit", "content-length"}
    headers = [
        {name: value for name, value in each.headers.items() if name not in passing}
        for each in (early, late)
    ]
    assert headers[0] == headers[1]


async def test_who_has_one_is_answered_with_it_as_often_as_asked(rush: Rush, make: Factory) -> None:
    winner, loser, key = await make.member(), await make.member(), new_id()
    won = await shut(rush, winner, loser, key=key)
    again = await rush.press(winner, key=key)
    assert again.json() == won.json()


async def test_what_is_put_on_sale_again_goes_to_the_next_who_presses(
    rush: Rush, make: Factory, client: httpx.AsyncClient
) -> None:
    winner, loser = await make.member(), await make.member()
    await shut(rush, winner, loser)
    staff = auth(await make.staff(Role.CAMPAIGN_MANAGER), str(new_id()))
    path = f"/v1/admin/breakfast/batches/{rush.batch_id}/budget"
    body = {"expected_total": 1, "total": 2, "reason": "追加"}
    more = await client.post(path, headers=staff, json=body)
    assert more.status_code == 200, more.text
    assert (await rush.press(loser)).status_code == 201


async def test_the_usual_refusals_go_before_it(
    app: FastAPI, rush: Rush, make: Factory, client: httpx.AsyncClient
) -> None:
    winner, loser = await make.member(), await make.member()
    await shut(rush, winner, loser)
    stranger = await make.member(categories=[])
    assert said(await rush.press(stranger)) == (403, "not_eligible")
    path = f"/v1/breakfast/batches/{rush.batch_id}/claims"
    token = rush.token(loser)
    wrong_key = {"Idempotency-Key": "two words"}
    assert said(await client.post(path, headers=auth(token) | wrong_key)) == (
        400,
        "idempotency_key_malformed",
    )
    assert said(await client.post(path, headers=auth(token))) == (400, "idempotency_key_missing")
    assert said(await client.post(path, headers=auth("x.y.z", str(new_id())))) == (
        401,
        "unauthenticated",
    )
    broken = await rush.press(loser, content=b"{", headers={"Content-Type": "application/json"})
    assert said(broken) == (400, "body_malformed")
    nowhere = f"/v1/breakfast/batches/{new_id()}/claims"
    assert said(await client.post(nowhere, headers=auth(token, str(new_id())))) == (
        404,
        "not_found",
    )


async def test_it_is_counted_once_and_ends_with_the_quota(
    app: FastAPI, rush: Rush, make: Factory
) -> None:
    winner, loser = await make.member(), await make.member()
    await shut(rush, winner, loser)
    (claims,) = (each for each in RATES if each.name == "claim")
    # Over a day, so that nothing of the quota comes back meanwhile.
    app.state.rates = Rates([replace(each, window_s=86_400) for each in RATES])
    answers = [await rush.press(loser) for _ in range(claims.quota + 1)]
    left = [int(each.headers["ratelimit"].split("r=")[1].split(";")[0]) for each in answers]
    assert left[:3] == [claims.quota - 1, claims.quota - 2, claims.quota - 3]
    assert said(answers[-1]) == (429, "quota_exceeded")


async def test_a_member_who_was_changed_is_looked_up_again_by_every_process(
    rush: Rush, make: Factory, client: httpx.AsyncClient
) -> None:
    winner, loser = await make.member(), await make.member()
    await shut(rush, winner, loser)
    assert make.rooms.directory.recent(loser.member_no) == loser
    staff = auth(await make.staff(Role.CAMPAIGN_MANAGER), str(new_id()))
    changed = await client.put(
        f"/v1/admin/members/{loser.id}/categories", headers=staff, json={"categories": []}
    )
    assert changed.status_code == 200, changed.text
    async with asyncio.timeout(10):
        while make.rooms.directory.recent(loser.member_no) is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert said(await rush.press(loser)) == (403, "not_eligible")


async def test_what_was_read_before_a_change_is_not_remembered_after_it(make: Factory) -> None:
    directory, member = make.rooms.directory, await make.member()
    async with make.rooms.sessions.begin() as session:
        await session.execute(text("LOCK TABLE member_category"))
        reading = asyncio.create_task(directory.find(member.member_no))
        await asyncio.sleep(0.05)
        async with make.rooms.engine.connect() as connection:
            await directory.forget(connection)
    assert await reading == member
    assert directory.recent(member.member_no) is None
    await directory.find(member.member_no)
    assert directory.recent(member.member_no) == member


async def test_nothing_is_believed_when_the_pulse_is_silent(
    make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = await make.member()
    await make.rooms.directory.find(member.member_no)
    monkeypatch.setattr(pulse, "CURRENT_S", -1.0)
    assert make.rooms.directory.recent(member.member_no) is None
