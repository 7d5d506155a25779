"""Redemptions and passes over HTTP: what a store's system and a member's app see."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.models.states import Role
from app.platform.ids import new_id
from tests.factories import Factory, auth
from tests.tills import Counter

pytestmark = pytest.mark.anyio

UNKNOWN_CODE = "0000-0000-0000-016J-D"
ENGLISH = {"Accept-Language": "en"}


def redemption(number: str = "NUMBER-1") -> str:
    return f"/v1/store/redemptions/{number}"


def reversal(number: str = "NUMBER-1") -> str:
    return f"{redemption(number)}/reversal"


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return body


async def test_a_till_redeems_asks_lists_and_reverses(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    voucher, till = await counter.voucher(), auth(await make.till())
    refused(await client.get(redemption(), headers=till), 404, "redemption_unknown")
    first = await client.put(redemption(), headers=till, json={"code": voucher.code})
    assert first.status_code == 201, first.text
    body = first.json()
    assert body["redemption_no"] == "NUMBER-1"
    assert body["voucher_id"] == str(voucher.id)
    assert body["face_value_fen"] == voucher.face_value_fen
    assert (body["state"], body["input"]) == ("redeemed", "code")
    assert body["redeemed_at"].endswith("+08:00")
    again = await client.put(redemption(), headers=till, json={"code": voucher.code})
    assert (again.status_code, again.json()) == (200, body)
    asked = await client.get(redemption(), headers=till)
    assert (asked.status_code, asked.json()) == (200, body)
    listed = await client.get("/v1/store/redemptions", headers=till)
    assert listed.json() == {"items": [body], "next_cursor": None}
    undone = await client.post(reversal(), headers=till, json={"reason": "扫错了"})
    assert (undone.status_code, undone.json()["state"]) == (200, "reversed")
    late = await client.put(redemption(), headers=till, json={"code": voucher.code})
    assert (late.status_code, late.json()) == (200, undone.json())
    twice = await client.post(reversal(), headers=till, json={"reason": "扫错了"})
    refused(twice, 409, "already_reversed")


async def test_a_member_shows_a_pass_and_the_till_reads_it(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    member = await make.member()
    voucher = await counter.voucher(member=member)
    url = f"/v1/breakfast/vouchers/{voucher.id}/pass"
    shown = await client.get(url, headers=auth(make.token(member)))
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    assert shown.json().keys() == {"pass", "code", "expires_at"}
    assert shown.json()["code"] == voucher.code
    till = auth(await make.till())
    redeemed = await client.put(redemption(), headers=till, json={"code": shown.json()["pass"]})
    assert (redeemed.status_code, redeemed.json()["input"]) == (201, "pass")
    refused(await client.get(url, headers=auth(make.token(member))), 409, "voucher_redeemed")


@pytest.mark.parametrize("kind", ["", ".svg", ".png"])
async def test_a_voucher_that_is_no_longer_good_shows_no_pass_and_says_why(
    client: httpx.AsyncClient, make: Factory, counter: Counter, kind: str
) -> None:
    member = await make.member()
    token = auth(make.token(member))
    redeemed, void, expired = [await counter.voucher(member=member) for _ in range(3)]

    async def show(voucher_id: object) -> httpx.Response:
        return await client.get(f"/v1/breakfast/vouchers/{voucher_id}/pass{kind}", headers=token)

    await counter.redeem(await counter.till(), "NUMBER-1", redeemed.code)
    refused(await show(redeemed.id), 409, "voucher_redeemed")
    await counter.void(void.id)
    refused(await show(void.id), 409, "voucher_void")
    await make.move_clock(timedelta(days=8))
    told = refused(await show(expired.id), 409, "voucher_expired")
    assert told["valid_until"].endswith("T00:00:00+08:00")
    # What became of it is said before its age.
    refused(await show(redeemed.id), 409, "voucher_redeemed")
    refused(await show(void.id), 409, "voucher_void")
    refused(await show(new_id()), 404, "not_found")


@pytest.mark.parametrize(
    ("kind", "media_type", "begins"),
    [("svg", "image/svg+xml", b"<?xml"), ("png", "image/png", b"\x89PNG")],
)
async def test_the_pass_comes_as_a_picture_too(
    client: httpx.AsyncClient,
    make: Factory,
    counter: Counter,
    kind: str,
    media_type: str,
    begins: bytes,
) -> None:
    member = await make.member()
    voucher = await counter.voucher(member=member)
    url = f"/v1/breakfast/vouchers/{voucher.id}/pass.{kind}"
    answer = await client.get(url, headers=auth(make.token(member)))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(begins)
    stranger = auth(make.token(await make.member()))
    refused(await client.get(url, headers=stranger), 404, "not_found")


async def test_a_refusal_tells_the_clerk_why_in_both_languages(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    voucher, till = await counter.voucher(), auth(await make.till())
    first = await make.till(await make.store(name="第一家"))
    await client.put(redemption(), headers=auth(first), json={"code": voucher.code})
    chinese = await client.put(redemption(), headers=till, json={"code": voucher.code})
    body = refused(chinese, 409, "already_redeemed")
    assert body["title"] == "券已核销"
    assert body["first"]["store_name"] == "第一家"
    english = await client.put(redemption(), headers=till | ENGLISH, json={"code": voucher.code})
    assert refused(english, 409, "already_redeemed")["title"] == "Already redeemed"


async def test_every_refusal_of_a_redemption_has_its_status_and_code(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    till = auth(await make.till())

    async def redeem(code: str, number: str = "NUMBER-1") -> httpx.Response:
        return await client.put(redemption(number), headers=till, json={"code": code})

    refused(await redeem("no code at all"), 422, "code_malformed")
    refused(await redeem(UNKNOWN_CODE), 404, "code_unknown")
    voucher = await counter.voucher(store_nos=[])
    refused(await redeem(voucher.code), 409, "store_not_in_batch")
    later = await counter.voucher(valid_from=counter.rooms.clock.now() + timedelta(days=1))
    body = refused(await redeem(later.code), 409, "voucher_not_yet_valid")
    assert body["valid_from"].endswith("+08:00")
    voucher = await counter.voucher()
    assert (await redeem(voucher.code)).status_code == 201
    refused(await redeem(later.code), 422, "redemption_no_reused")
    refused(await redeem(voucher.code, "NUMBER-2"), 409, "already_redeemed")


@pytest.mark.parametrize("number", ["short", "x" * 65, "NUMBER 1", "NUMBER%0A", "编号编号编号"])
async def test_a_number_has_six_to_sixty_four_plain_characters(
    client: httpx.AsyncClient, make: Factory, number: str
) -> None:
    till = auth(await make.till())
    answer = await client.put(redemption(number), headers=till, json={"code": UNKNOWN_CODE})
    refused(answer, 422, "input_invalid")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/code"),
        ({"code": None}, "#/code"),
        ({"code": "x" * 1_025}, "#/code"),
        ({"code": UNKNOWN_CODE, "redeemed_at": "2023-01-05T08:00:00"}, "#/redeemed_at"),
        ({"code": UNKNOWN_CODE, "redeemed_at": 1672876800}, "#/redeemed_at"),
    ],
)
async def test_a_bad_field_is_named(
    client: httpx.AsyncClient, make: Factory, body: dict[str, Any], pointer: str
) -> None:
    answer = await client.put(redemption(), headers=auth(await make.till()), json=body)
    problem = refused(answer, 422, "input_invalid")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


async def test_a_code_of_strange_characters_is_only_malformed(
    client: httpx.AsyncClient, make: Factory
) -> None:
    till = auth(await make.till())
    for code in ("", "\x00" * 17, "." * 1_024, "[" * 1_000 + ".a.b", "﷽" * 1_000, "🥟"):
        answer = await client.put(redemption(), headers=till, json={"code": code})
        assert answer.status_code in {404, 422}, (code, answer.text)
        assert answer.json()["code"] in {"code_malformed", "code_unknown"}


async def test_a_till_looks_a_voucher_up_and_changes_nothing(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    member, till = await make.member(name="王小明"), auth(await make.till())
    voucher = await counter.voucher(member=member, name="豆浆油条套餐")
    answer = await client.post(
        "/v1/store/redemptions/lookup", headers=till, json={"code": voucher.code}
    )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body.pop("valid_until").endswith("+08:00")
    assert body == {
        "voucher_id": str(voucher.id),
        "handout": "豆浆油条套餐",
        "face_value_fen": voucher.face_value_fen,
        "holder_first_name": "小明",
        "state": "issued",
        "test": False,
    }
    assert "王" not in answer.text
    assert await counter.redemptions() == 0


async def test_a_list_goes_on_where_the_page_before_ended(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    till = auth(await make.till())
    numbers = [f"NUMBER-{place}" for place in range(5)]
    batch = await make.batch()
    for number in numbers:
        voucher = await counter.voucher(batch=batch)
        await client.put(redemption(number), headers=till, json={"code": voucher.code})
    day = counter.rooms.clock.today()
    url, seen = f"/v1/store/redemptions?limit=2&date={day}", []
    while url:
        answer = await client.get(url, headers=till)
        seen += [each["redemption_no"] for each in answer.json()["items"]]
        link = re.fullmatch(r'<(.*)>; rel="next"', answer.headers.get("link", ""))
        url = link[1] if link else ""
    assert seen == numbers[::-1]
    empty = await client.get(f"/v1/store/redemptions?date={day - timedelta(1)}", headers=till)
    assert empty.json()["items"] == []
    wrong = await client.get("/v1/store/redemptions?date=yesterday", headers=till)
    refused(wrong, 422, "input_invalid")


async def test_a_merchants_system_names_the_store_in_query_or_body(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    merchant_id = await counter.merchant("连锁便利")
    await make.store(store_no="OURS", merchant_id=merchant_id)
    system = await counter.merchant_system(merchant_id)
    headers = auth(make.rooms.own_tokens.issue_till(system))
    voucher = await counter.voucher()
    unnamed = await client.put(redemption(), headers=headers, json={"code": voucher.code})
    problem = refused(unnamed, 422, "input_invalid")
    assert problem["errors"][0]["pointer"] == "/query/store_no"
    foreign = await client.put(
        redemption(), headers=headers, json={"code": voucher.code, "store_no": "THEIRS"}
    )
    refused(foreign, 403, "forbidden")
    first = await client.put(
        redemption(), headers=headers, json={"code": voucher.code, "store_no": "OURS"}
    )
    assert first.status_code == 201, first.text
    for url in (redemption(), "/v1/store/redemptions"):
        refused(await client.get(url, headers=headers), 422, "input_invalid")
        assert (await client.get(f"{url}?store_no=OURS", headers=headers)).status_code == 200
    undone = await client.post(
        f"{reversal()}?store_no=OURS", headers=headers, json={"reason": "扫错了"}
    )
    assert undone.json()["state"] == "reversed"


async def test_a_store_undoes_one_voucher_ten_times_and_not_again(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    voucher, till = await counter.voucher(), auth(await make.till())
    for place in range(11):
        number = f"NUMBER-{place}"
        redeemed = await client.put(redemption(number), headers=till, json={"code": voucher.code})
        assert redeemed.status_code == 201, redeemed.text
        undone = await client.post(reversal(number), headers=till, json={"reason": "扫错了"})
        if place < 10:
            assert undone.status_code == 200, undone.text
    assert refused(undone, 409, "too_many_reversals")["limit"] == 10
    kept = await client.get(redemption("NUMBER-10"), headers=till)
    assert kept.json()["state"] == "redeemed"


async def test_staff_reverse_what_the_store_no_longer_can(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    voucher, till = await counter.voucher(), auth(await make.till())
    redeemed = await client.put(redemption(), headers=till, json={"code": voucher.code})
    await make.move_clock(timedelta(days=2))
    late = await client.post(reversal(), headers=till, json={"reason": "扫错了"})
    assert refused(late, 409, "reversal_window_over")["until"].endswith("+08:00")
    url = f"/v1/admin/redemptions/{redeemed.json()['id']}/reversal"
    staff = await make.staff(Role.STORE_MANAGER)
    undone = await client.post(url, headers=auth(staff, "one"), json={"reason": "门店来电"})
    assert undone.status_code == 200, undone.text
    assert undone.json()["state"] == "reversed"
    assert (undone.json()["reversals_count"], undone.json()["flagged"]) == (1, False)
    again = await client.post(url, headers=auth(staff, "one"), json={"reason": "门店来电"})
    assert again.json() == undone.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await client.post(url, headers=auth(staff, "two"), json={"reason": "门店来电"})
    assert refused(other, 409, "state_conflict")["state"] == "reversed"
    unknown = f"/v1/admin/redemptions/{new_id()}/reversal"
    missing = await client.post(unknown, headers=auth(staff), json={"reason": "门店来电"})
    refused(missing, 404, "not_found")


async def test_a_reversal_needs_a_reason(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    voucher, till = await counter.voucher(), auth(await make.till())
    await client.put(redemption(), headers=till, json={"code": voucher.code})
    for body in ({}, {"reason": "  "}):
        refused(await client.post(reversal(), headers=till, json=body), 422, "input_invalid")
    assert (await client.get(redemption(), headers=till)).json()["state"] == "redeemed"
