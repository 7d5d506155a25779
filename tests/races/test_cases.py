"""Defects that other systems shipped, by their ids in public: here the opposite holds."""

import asyncio
from collections import Counter as Tally

import httpx
import pytest

from app.platform.settings import Settings
from app.shared.counter.codes import new_code
from tests.factories import Factory, auth
from tests.races import drop
from tests.refusals import NOTING
from tests.tills import Counter
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio


async def test_D4_ten_units_and_a_hundred_presses_at_once_sell_exactly_ten(
    client: httpx.AsyncClient, make: Factory
) -> None:
    """miaosha 145: 100 parallel decrements of 10 units, before any check, sold none."""
    batch = await make.batch(total=10)
    tokens = [make.token(member) for member in await make.members(100)]
    answers = await asyncio.gather(
        *(
            client.post(f"/v1/breakfast/batches/{batch.id}/claims", headers=auth(token, "once"))
            for token in tokens
        )
    )
    codes = [answer.json().get("code") for answer in answers if answer.status_code != 201]
    assert len(answers) - len(codes) == 10
    assert set(codes) == {"sold_out"}
    await assert_books_are_right(make.rooms)


async def test_D13_a_double_click_is_one_unit(client: httpx.AsyncClient, make: Factory) -> None:
    """hfbin 14: one user's double click took two units."""
    batch = await make.batch(total=10)
    token = make.token(await make.member())
    answers = await asyncio.gather(
        *(
            client.post(f"/v1/breakfast/batches/{batch.id}/claims", headers=auth(token, "once"))
            for _ in range(8)
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    await assert_books_are_right(make.rooms, vouchers={answers[0].json()["id"]})


async def test_D13_two_phones_of_one_person_get_one_unit(
    client: httpx.AsyncClient, make: Factory
) -> None:
    """hfbin 14, with a key and an account each: the limit is the person's."""
    batch = await make.batch(total=10, per_person_total=1)
    one = await make.member()
    accounts = [one, *[await make.member(person_id=one.person_id) for _ in range(3)]]
    answers = await asyncio.gather(
        *(
            client.post(
                f"/v1/breakfast/batches/{batch.id}/claims",
                headers=auth(make.token(account), f"key-{press}"),
            )
            for press in range(3)
            for account in accounts
        )
    )
    granted = [answer for answer in answers if answer.status_code == 201]
    assert len(granted) == 1
    refused = {answer.json()["code"] for answer in answers if answer.status_code != 201}
    assert refused == {"limit_reached"}
    await assert_books_are_right(make.rooms)


async def test_D26_ten_thousand_guesses_at_two_processes_hear_next_to_nothing(
    settings: Settings, counter: Counter
) -> None:
    """Hi.Events 1080, Setono 297: ten thousand guesses went unhindered, and used codes were told
    apart from unknown ones. Here one device sends uploads of 500, one to each process at a time.
    Twenty are answered; a process that Redis keeps waiting counts twenty of its own."""
    fresh, used = await counter.voucher(), await counter.voucher()
    till = await counter.till()
    await counter.redeem(till, "BEFORE-1", used.code)
    token = counter.rooms.own_tokens.issue_till(till)
    now = counter.rooms.clock.now().isoformat()
    told: Tally[str] = Tally()
    async with (
        drop.service(settings) as urls,
        httpx.AsyncClient(timeout=30, event_hooks=NOTING) as client,
    ):

        async def guess(place: int) -> None:
            items = [
                {"redemption_no": f"GUESS-{number}", "code": new_code(), "redeemed_at": now}
                for number in range(place * 500, (place + 1) * 500)
            ]
            answer = await client.post(
                f"{urls[place % 2]}/v1/store/redemptions/batch",
                headers=auth(token),
                json={"sent_at": now, "items": items},
            )
            # An upload of which nothing else is left to say is refused as a whole.
            whole = [{"code": answer.json().get("code")}] * 500
            told.update(each["code"] for each in answer.json().get("results", whole))

        for pair in range(0, 20, 2):
            await asyncio.gather(guess(pair), guess(pair + 1))
        afterwards = {
            (answer.status_code, answer.json()["code"], answer.json()["detail"])
            for url in urls
            for code in (fresh.code, used.code, new_code())
            for answer in [
                await client.put(
                    f"{url}/v1/store/redemptions/AFTER-1", headers=auth(token), json={"code": code}
                )
            ]
        }
    assert 20 <= told["code_unknown"] <= 3 * 20
    assert told["code_unknown"] + told["quota_exceeded"] == sum(told.values()) == 10_000
    assert {(status, code) for status, code, _ in afterwards} == {(429, "quota_exceeded")}
    assert len(afterwards) == 1
    assert await counter.redemptions() == 1
