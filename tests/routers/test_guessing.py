"""Guessing voucher codes: slowed down, and never told more than that (case D26).

Hi.Events 1080 and Setono 297: ten thousand guesses went unhindered, and used codes were told
apart from unknown ones.
"""

import asyncio
from collections import Counter as Tally

import httpx
import pytest

from app.shared.counter.codes import new_code
from tests.factories import Factory, auth
from tests.tills import Counter

pytestmark = pytest.mark.anyio

BUDGET = 20


async def redeem(client: httpx.AsyncClient, till: str, number: str, code: str) -> httpx.Response:
    return await client.put(
        f"/v1/store/redemptions/{number}", headers=auth(till), json={"code": code}
    )


async def guess(client: httpx.AsyncClient, till: str, times: int) -> Tally[str]:
    answers = await asyncio.gather(
        *(redeem(client, till, f"GUESS-{place:03}", new_code()) for place in range(times))
    )
    return Tally(answer.json()["code"] for answer in answers)


async def test_D26_a_hundred_guesses_at_once_are_twenty_answers_and_eighty_times_the_same(
    client: httpx.AsyncClient, make: Factory
) -> None:
    assert await guess(client, await make.till(), 100) == {
        "code_unknown": BUDGET,
        "quota_exceeded": 100 - BUDGET,
    }


async def test_D26_past_the_budget_right_used_and_unknown_codes_hear_the_same(
    client: httpx.AsyncClient, counter: Counter, make: Factory
) -> None:
    till = await make.till()
    fresh, used = await counter.voucher(), await counter.voucher()
    assert (await redeem(client, till, "BEFORE-1", used.code)).status_code == 201
    await guess(client, till, BUDGET)
    answers = [
        await redeem(client, till, "AFTER-1", fresh.code),
        await redeem(client, till, "AFTER-2", used.code),
        await redeem(client, till, "BEFORE-1", used.code),
        await redeem(client, till, "AFTER-3", new_code()),
        await redeem(client, till, "AFTER-4", "mistyped"),
        await client.post(
            "/v1/store/redemptions/lookup", headers=auth(till), json={"code": fresh.code}
        ),
    ]
    told = {
        (answer.status_code, answer.json()["code"], answer.json()["detail"]) for answer in answers
    }
    assert len(told) == 1
    assert told.pop()[:2] == (429, "quota_exceeded")
    assert all(0 < int(answer.headers["retry-after"]) <= 60 for answer in answers)
    assert await counter.redemptions() == 1


async def test_lookups_and_mistyped_codes_are_guesses_too(
    client: httpx.AsyncClient, make: Factory
) -> None:
    till = await make.till()
    for place in range(BUDGET):
        code = new_code() if place % 2 else "mistyped"
        answer = await client.post(
            "/v1/store/redemptions/lookup", headers=auth(till), json={"code": code}
        )
        assert answer.status_code in {404, 422}
    assert await guess(client, till, 1) == {"quota_exceeded": 1}


async def test_right_codes_and_other_refusals_cost_no_guess(
    client: httpx.AsyncClient, counter: Counter, make: Factory
) -> None:
    till, voucher = await make.till(), await counter.voucher()
    await redeem(client, till, "NUMBER-1", voucher.code)
    for place in range(BUDGET + 5):
        again = await redeem(client, till, f"AGAIN-{place}", voucher.code)
        assert again.json()["code"] == "already_redeemed"
    assert (await redeem(client, till, "NUMBER-1", voucher.code)).status_code == 200


async def test_one_tills_guesses_do_not_shut_out_another_of_the_same_store(
    client: httpx.AsyncClient, counter: Counter, make: Factory
) -> None:
    store, voucher = await make.store(), await counter.voucher()
    guesser, neighbour = [await make.till(store) for _ in range(2)]
    await guess(client, guesser, BUDGET + 1)
    assert (await redeem(client, neighbour, "NUMBER-1", voucher.code)).status_code == 201


async def test_a_voucher_of_somebody_else_and_none_are_answered_alike(
    client: httpx.AsyncClient, counter: Counter, make: Factory
) -> None:
    theirs, me = await counter.voucher(), await make.member()
    token = auth(make.token(me))
    foreign = await client.get(f"/v1/breakfast/vouchers/{theirs.id}/pass", headers=token)
    unknown = await client.get(f"/v1/breakfast/vouchers/{theirs.batch_id}/pass", headers=token)
    assert foreign.status_code == unknown.status_code == 404
    hidden = ("request_id",)
    assert {key: value for key, value in foreign.json().items() if key not in hidden} == {
        key: value for key, value in unknown.json().items() if key not in hidden
    }
