"""What members do to wishes may be sent again: one effect, the first answer, and what else a key
may be told; and what a deployment without a campaign says."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import httpx
import pytest

from app.shared.identity.callers import Member
from tests.routers.test_order_of_refusals import ATTEMPTS, records_held
from tests.wishing import STAFF, WISHES, Wishing, told

pytestmark = pytest.mark.anyio


class Sent(NamedTuple):
    who: Member
    path: str
    body: dict[str, Any] | None
    other: dict[str, Any]


async def post(wishing: Wishing) -> Sent:
    await wishing.make.campaign()
    body = wishing.text()
    return Sent(await wishing.make.member(), WISHES, body, {**body, "title": "另一个"})


def of_claim(act: str, body: dict[str, Any] | None) -> Callable[[Wishing], Awaitable[Sent]]:
    async def prepare(wishing: Wishing) -> Sent:
        volunteer, wish_id = await wishing.make.member(), await wishing.opened()
        make = wishing.started if act == "submission" else wishing.claimed
        path = f"{WISHES}/{wish_id}/claims/{await make(volunteer, wish_id)}/{act}"
        return Sent(volunteer, path, body, {**(body or {}), "reason": "别的", "minutes": 5})

    return prepare


def of_wish(act: str, body: dict[str, Any]) -> Callable[[Wishing], Awaitable[Sent]]:
    async def prepare(wishing: Wishing) -> Sent:
        wisher = await wishing.make.member()
        wish_id = await wishing.opened(wisher)
        if act != "withdrawal":
            await wishing.submitted(await wishing.make.member(), wish_id)
        if act == "rating":
            await wishing.confirm(wisher, wish_id)
        other = {**body, "reason": "别的", "comment": "别的"}
        return Sent(wisher, f"{WISHES}/{wish_id}/{act}", body, other)

    return prepare


async def refusal(wishing: Wishing) -> Sent:
    volunteer = await wishing.make.member()
    dispatch_id = await wishing.dispatched(await wishing.opened(), volunteer)
    path = f"{WISHES}/dispatches/{dispatch_id}/refusal"
    return Sent(volunteer, path, {"reason": "太远了"}, {"reason": "别的"})


ACTS: dict[str, Callable[[Wishing], Awaitable[Sent]]] = {
    "post": post,
    "start": of_claim("start", None),
    "release": of_claim("release", {"reason": "来不及"}),
    "submission": of_claim("submission", {"evidence": "送到了", "minutes": 90}),
    "confirmation": of_wish("confirmation", {"done": True}),
    "withdrawal": of_wish("withdrawal", {"reason": "不需要了"}),
    "rating": of_wish("rating", {"stars": 5}),
    "refusal": refusal,
}
each_act = pytest.mark.parametrize("act", ACTS)


async def send(wishing: Wishing, sent: Sent, body: dict[str, Any] | None) -> httpx.Response:
    headers = wishing.as_member(sent.who, "once")
    return await wishing.client.post(sent.path, headers=headers, json=body)


@each_act
async def test_a_repeat_hears_the_first_answer_and_another_body_its_own(
    wishing: Wishing, act: str
) -> None:
    sent = await ACTS[act](wishing)
    first = await send(wishing, sent, sent.body)
    assert first.is_success, first.text
    again = await send(wishing, sent, sent.body)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert told(await send(wishing, sent, sent.other)) == (422, "idempotency_key_reused")


@each_act
async def test_a_repeat_of_what_is_under_way_is_told_so_at_once(wishing: Wishing, act: str) -> None:
    """As for staff: where the machine is busy the first hears "not now", and is sent again."""
    sent = await ACTS[act](wishing)
    for _ in range(ATTEMPTS):
        async with records_held(wishing.make) as until_waiting:
            first = asyncio.create_task(send(wishing, sent, sent.body))
            await until_waiting(first)
            repeat = await send(wishing, sent, sent.body)
            was_under_way = not first.done()
        done = await first
        if was_under_way and done.status_code != 503:
            break
    assert done.is_success, done.text
    assert told(repeat) == (409, "idempotency_key_in_progress")


async def test_an_acceptance_under_another_body_is_another_request(wishing: Wishing) -> None:
    volunteer = await wishing.make.member()
    dispatch_id = await wishing.dispatched(await wishing.opened(), volunteer)
    path = f"{WISHES}/dispatches/{dispatch_id}/acceptance"
    headers = wishing.as_member(volunteer, "once")
    assert (await wishing.client.post(path, headers=headers)).is_success
    other = await wishing.client.post(path, headers=headers, json={"a": 1})
    assert told(other) == (422, "idempotency_key_reused")


async def test_without_a_campaign_there_are_no_wishes(wishing: Wishing) -> None:
    member, staff = await wishing.make.member(), await wishing.reviewer()
    on_behalf_of = {
        "member_no": member.member_no,
        "proxy_name": "李社工",
        "proxy_relation": "社工",
        "consented": True,
    }
    client, mine = wishing.client, wishing.as_member(member)
    answers = [
        await client.get(f"{WISHES}/kinds", headers=mine),
        await client.post(WISHES, headers=mine, json=wishing.text()),
        await client.get("/v1/public/wishes/figures"),
        await client.get(f"{STAFF}/figures", headers=staff),
        await client.post(
            STAFF, headers=staff, json={**wishing.text(), "on_behalf_of": on_behalf_of}
        ),
    ]
    assert set(map(told, answers)) == {(404, "not_found")}
