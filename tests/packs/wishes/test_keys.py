"""What members do to wishes may be sent again: one effect, the first answer, and what else a key
may be told; and what a deployment without a campaign says."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.keys import Kept, Sent, sent_again
from tests.wishing import STAFF, WISHES, Wishing, told

pytestmark = pytest.mark.anyio


KEPT = Kept(meanwhile=(409, "idempotency_key_in_progress"), other=(422, "idempotency_key_reused"))


async def post(wishing: Wishing) -> Sent:
    await wishing.make.campaign()
    return Sent(await wishing.make.member(), WISHES, wishing.text())


def of_claim(act: str, body: dict[str, Any] | None) -> Callable[[Wishing], Awaitable[Sent]]:
    async def prepare(wishing: Wishing) -> Sent:
        volunteer, wish_id = await wishing.make.member(), await wishing.opened()
        make = wishing.started if act == "submission" else wishing.claimed
        path = f"{WISHES}/{wish_id}/claims/{await make(volunteer, wish_id)}/{act}"
        return Sent(volunteer, path, body)

    return prepare


def of_wish(act: str, body: dict[str, Any]) -> Callable[[Wishing], Awaitable[Sent]]:
    async def prepare(wishing: Wishing) -> Sent:
        wisher = await wishing.make.member()
        wish_id = await wishing.opened(wisher)
        if act != "withdrawal":
            await wishing.submitted(await wishing.make.member(), wish_id)
        if act == "rating":
            await wishing.confirm(wisher, wish_id)
        return Sent(wisher, f"{WISHES}/{wish_id}/{act}", body)

    return prepare


async def refusal(wishing: Wishing) -> Sent:
    volunteer = await wishing.make.member()
    dispatch_id = await wishing.dispatched(await wishing.opened(), volunteer)
    path = f"{WISHES}/dispatches/{dispatch_id}/refusal"
    return Sent(volunteer, path, {"reason": "太远了"})


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


@pytest.mark.parametrize("act", ACTS)
async def test_a_repeat_is_told_that_the_first_is_under_way_and_then_its_answer(
    wishing: Wishing, act: str
) -> None:
    sent = await ACTS[act](wishing)
    assert await sent_again(wishing.client, wishing.make, sent) == KEPT


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
