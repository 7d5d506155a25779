"""Claims over HTTP: what a member's app sees."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.models.states import Category
from app.platform.clock import SHANGHAI
from tests.factories import Factory, auth

pytestmark = pytest.mark.anyio

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


def claims(batch_id: object) -> str:
    return f"/v1/breakfast/batches/{batch_id}/claims"


async def test_a_member_claims_a_voucher_and_finds_it(
    client: httpx.AsyncClient, make: Factory
) -> None:
    batch, member = await make.batch(), await make.member()
    token = make.token(member)
    answer = await client.post(claims(batch.id), headers=auth(token, KEY))
    assert answer.status_code == 201, answer.text
    voucher = answer.json()
    assert voucher["state"] == "issued"
    assert voucher["face_value_fen"] == 1000
    mine = await client.get("/v1/breakfast/vouchers", headers=auth(token))
    assert mine.status_code == 200, mine.text
    assert [each["id"] for each in mine.json()["items"]] == [voucher["id"]]
    one = await client.get(f"/v1/breakfast/vouchers/{voucher['id']}", headers=auth(token))
    assert one.json() == voucher


async def test_a_repeat_gets_the_first_answer_whatever_changed_since(
    client: httpx.AsyncClient, make: Factory
) -> None:
    batch, token = await make.batch(total=1), make.token(await make.member())
    first = await client.post(claims(batch.id), headers=auth(token, KEY))
    await make.move(batch.id, "end")
    again = await client.post(claims(batch.id), headers=auth(token, KEY), json={})
    assert again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers


async def test_a_voucher_valid_beyond_the_last_year_that_may_be_sent_is_answered(
    client: httpx.AsyncClient, make: Factory
) -> None:
    last = datetime(2199, 12, 31, tzinfo=UTC)
    batch, token = await make.batch(valid_from=last), make.token(await make.member())
    answer = await client.post(claims(batch.id), headers=auth(token, KEY))
    assert answer.status_code == 201, answer.text
    mine = await client.get("/v1/breakfast/vouchers", headers=auth(token))
    assert mine.status_code == 200, mine.text


@pytest.mark.parametrize("spell", [str.upper, lambda text: text.replace("-", ""), "{{{}}}".format])
async def test_the_same_batch_spelled_otherwise_is_the_same_act(
    client: httpx.AsyncClient, make: Factory, spell: Callable[[str], str]
) -> None:
    batch, token = await make.batch(per_person_per_day=2), make.token(await make.member())
    first = await client.post(claims(batch.id), headers=auth(token, KEY))
    again = await client.post(claims(spell(str(batch.id))), headers=auth(token, KEY))
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_a_key_with_another_body_is_refused(client: httpx.AsyncClient, make: Factory) -> None:
    batch, token = await make.batch(), make.token(await make.member())
    await client.post(claims(batch.id), headers=auth(token, KEY))
    answer = await client.post(claims(batch.id), headers=auth(token, KEY), json={"other": 1})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "idempotency_key_missing"),
        ("two words", "idempotency_key_malformed"),
        ('"open', "idempotency_key_malformed"),
    ],
)
async def test_a_claim_needs_a_well_formed_key(
    client: httpx.AsyncClient, make: Factory, key: str | None, code: str
) -> None:
    batch, token = await make.batch(), make.token(await make.member())
    headers = auth(token) | ({"Idempotency-Key": key} if key else {})
    answer = await client.post(claims(batch.id), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_the_last_voucher_goes_once_and_the_next_hears_sold_out(
    client: httpx.AsyncClient, make: Factory
) -> None:
    batch = await make.batch(total=1)
    one, other = make.token(await make.member()), make.token(await make.member())
    assert (await client.post(claims(batch.id), headers=auth(one, KEY))).status_code == 201
    answer = await client.post(claims(batch.id), headers=auth(other, KEY))
    assert (answer.status_code, answer.json()["code"]) == (409, "sold_out")


async def test_who_is_in_no_eligible_category_is_told_the_rule(
    client: httpx.AsyncClient, make: Factory
) -> None:
    batch = await make.batch()
    token = make.token(await make.member(categories=[Category.HARDSHIP]))
    answer = await client.post(claims(batch.id), headers=auth(token, KEY))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_eligible")
    assert (answer.json()["rule"], answer.json()["lapsed"]) == ("outdoor", None)


async def test_whose_category_ran_out_is_told_which_and_when(
    client: httpx.AsyncClient, make: Factory
) -> None:
    batch, yesterday = await make.batch(), make.rooms.clock.today() - timedelta(days=1)
    token = make.token(await make.member(valid_until=yesterday))
    answer = await client.post(claims(batch.id), headers=auth(token, KEY))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_eligible")
    assert answer.json()["lapsed"] == {"category": "outdoor", "valid_until": str(yesterday)}
    assert "户外劳动者" in answer.json()["detail"]


async def test_a_limit_a_day_gives_room_again_at_midnight_in_shanghai(
    client: httpx.AsyncClient, make: Factory
) -> None:
    batch = await make.batch(per_person_per_day=1)
    token = make.token(await make.member())
    assert (await client.post(claims(batch.id), headers=auth(token, "a" * 36))).status_code == 201
    second = await client.post(claims(batch.id), headers=auth(token, "b" * 36))
    assert second.status_code == 409
    assert second.json()["code"] == "limit_reached"
    assert second.json()["rule"] == "per_person_per_day"
    assert second.json()["limit"] == 1
    assert second.json()["detail"] == "每人每日限领 1 份，您已领满。"
    await make.move_clock(timedelta(days=1))
    assert (await client.post(claims(batch.id), headers=auth(token, "b" * 36))).status_code == 201


async def test_two_accounts_of_one_person_share_the_limit(
    client: httpx.AsyncClient, make: Factory
) -> None:
    batch = await make.batch(per_person_total=1)
    one = await make.member()
    other = await make.member(person_id=one.person_id)
    assert (
        await client.post(claims(batch.id), headers=auth(make.token(one), KEY))
    ).status_code == 201
    answer = await client.post(claims(batch.id), headers=auth(make.token(other), KEY))
    assert (answer.json()["code"], answer.json()["rule"]) == ("limit_reached", "per_person_total")


@pytest.mark.parametrize(("act", "code"), [("pause", "batch_paused"), ("end", "batch_ended")])
async def test_nothing_is_issued_after_a_stop_was_answered(
    client: httpx.AsyncClient, make: Factory, act: str, code: str
) -> None:
    batch, token = await make.batch(), make.token(await make.member())
    await make.move(batch.id, act)
    answer = await client.post(claims(batch.id), headers=auth(token, KEY))
    assert (answer.status_code, answer.json()["code"]) == (409, code)


async def test_D14_an_early_call_takes_nothing_and_is_no_attempt(
    client: httpx.AsyncClient, make: Factory
) -> None:
    """newbee-mall 97: a call before the opening took stock."""
    opens_at = make.rooms.clock.now() + timedelta(hours=1)
    batch, token = await make.batch(opens_at=opens_at, per_person_total=1), None
    token = make.token(await make.member())
    early = await client.post(claims(batch.id), headers=auth(token, KEY))
    assert (early.status_code, early.json()["code"]) == (409, "not_open")
    assert early.json()["detail"] == f"将于 {opens_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M} 开放。"
    listed = (await client.get("/v1/breakfast/batches", headers=auth(token))).json()["items"][0]
    assert (listed["left"], listed["mine"], listed["reason"]) == (10, 0, "not_open")
    await make.move_clock(timedelta(hours=1))
    assert (await client.post(claims(batch.id), headers=auth(token, KEY))).status_code == 201


async def test_drafts_and_unknown_batches_are_not_there(
    client: httpx.AsyncClient, make: Factory
) -> None:
    batch, token = await make.batch(started=False), make.token(await make.member())
    for batch_id in (batch.id, "01855a2c-1c00-7000-8000-00000000ffff"):
        answer = await client.post(claims(batch_id), headers=auth(token, KEY))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_list_says_what_i_can_claim_and_when_that_may_change(
    client: httpx.AsyncClient, make: Factory
) -> None:
    batch = await make.batch(per_person_per_day=1)
    token = make.token(await make.member())
    before = (await client.get("/v1/breakfast/batches", headers=auth(token))).json()
    assert before["items"][0]["can_claim"] is True
    await client.post(claims(batch.id), headers=auth(token, KEY))
    after = (await client.get("/v1/breakfast/batches", headers=auth(token))).json()
    item = after["items"][0]
    assert (item["mine"], item["left"], item["can_claim"]) == (1, 9, False)
    assert item["reason"] == "limit_reached"
    assert item["next_at"].endswith("T00:00:00+08:00")
    assert after["server_time"].endswith("+08:00")


async def test_a_strangers_voucher_is_not_there(client: httpx.AsyncClient, make: Factory) -> None:
    batch = await make.batch()
    mine, other = make.token(await make.member()), make.token(await make.member())
    voucher = (await client.post(claims(batch.id), headers=auth(mine, KEY))).json()
    answer = await client.get(f"/v1/breakfast/vouchers/{voucher['id']}", headers=auth(other))
    assert answer.status_code == 404
