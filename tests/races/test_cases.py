"""Defects that other systems shipped, by their ids in public: here the opposite holds."""

import asyncio

import httpx
import pytest

from tests.factories import Factory, auth
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
