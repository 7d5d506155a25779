"""Test codes: each gets exactly the answer that was announced, and none of it counts anywhere."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from app.models.breakfast import Batch
from app.models.states import District, Role
from app.packs.breakfast.certification_cases import CASES, Act, Case
from tests.certifying import Certification
from tests.factories import Factory, auth
from tests.tills import Counter
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

BATCHES = "/v1/admin/breakfast/batches"
FIGURES = "/v1/admin/breakfast/figures"
HOUR = timedelta(hours=1)


@pytest.fixture
async def certification(client: httpx.AsyncClient, make: Factory) -> Certification:
    return await Certification(client, make).begin()


@pytest.fixture
async def auditor(make: Factory) -> dict[str, str]:
    """A member of staff who only reads."""
    return auth(await make.staff(Role.AUDITOR))


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
async def test_a_till_gets_exactly_the_announced_answer(
    certification: Certification, case: Case
) -> None:
    code = (await certification.made())[case.name]
    assert (code["act"], code["expected"]) == (case.act, case.expected)
    heard = await certification.present(code)
    assert set(heard) == {case.expected}
    await assert_books_are_right(certification.make.rooms)


async def test_a_merchants_own_system_gets_them_too(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    certification = Certification(client, make, store_no="CHAIN-1", names_store=True)
    merchant = await counter.merchant("连锁便利")
    system = await counter.merchant_system(merchant)
    await make.store(store_no="CHAIN-2", merchant_id=merchant)
    await certification.begin(make.rooms.own_tokens.issue_till(system))
    async with make.rooms.sessions.begin() as session:
        await session.execute(
            text("UPDATE store SET merchant_id = :merchant WHERE store_no = 'CHAIN-1'"),
            {"merchant": merchant},
        )
    for code in (await certification.made()).values():
        assert set(await certification.present(code)) == {code["expected"]}, code["case"]


async def test_looking_up_hears_what_redeeming_would(certification: Certification) -> None:
    for code in (await certification.made()).values():
        if code["act"] == Act.REDEEM:
            assert await certification.look_up(code["pass"] or code["code"]) == code["expected"]


async def test_a_code_without_hours_is_refused_at_every_hour_and_the_others_at_none(
    certification: Certification,
) -> None:
    codes = await certification.made()
    for _ in range(24):
        assert await certification.look_up(codes["closed"]["code"]) == "outside_hours"
        assert await certification.look_up(codes["typed"]["code"]) == "accepted"
        await certification.make.move_clock(HOUR)


async def test_a_code_that_is_early_is_early_for_as_long_as_the_others_are_good(
    certification: Certification,
) -> None:
    codes = await certification.made()
    await certification.make.move_clock(timedelta(days=6))
    assert await certification.look_up(codes["typed"]["code"]) == "accepted"
    assert await certification.look_up(codes["early"]["code"]) == "voucher_not_yet_valid"
    await certification.make.move_clock(timedelta(days=1))
    assert await certification.look_up(codes["typed"]["code"]) == "voucher_expired"
    assert await certification.look_up(codes["early"]["code"]) == "accepted"


async def test_a_fresh_set_is_another_one_and_the_old_one_stays_good(
    certification: Certification,
) -> None:
    old, fresh = await certification.made(), await certification.made()
    assert old["typed"]["code"] != fresh["typed"]["code"]
    assert await certification.redeem(old["typed"]["code"]) == "accepted"
    assert await certification.redeem(fresh["typed"]["code"]) == "accepted"
    await assert_books_are_right(certification.make.rooms)


async def test_limits_per_person_stop_no_set(client: httpx.AsyncClient, make: Factory) -> None:
    certification = Certification(client, make)
    await certification.begin(per_person_per_day=1, per_person_total=1)
    await certification.made()
    await certification.made()
    await assert_books_are_right(make.rooms)


async def test_a_batch_whose_vouchers_begin_later_has_test_codes_that_are_good_today(
    client: httpx.AsyncClient, make: Factory
) -> None:
    certification = Certification(client, make)
    await certification.begin(valid_from=make.rooms.clock.now() + timedelta(days=3))
    assert await certification.redeem((await certification.made())["typed"]["code"]) == "accepted"


async def test_the_same_key_gets_the_same_set(certification: Certification) -> None:
    first, again = [await certification.ask("one-press") for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotent-replayed"] == "true"
    assert first.json() == again.json()
    assert "pass" in first.json()["codes"][0]


async def test_sets_asked_for_at_once_share_their_companions(
    certification: Certification, client: httpx.AsyncClient, auditor: dict[str, str]
) -> None:
    answers = await asyncio.gather(*(certification.ask() for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    listed = (await client.get(BATCHES, headers=auditor)).json()["items"]
    assert sorted(batch["test_of"] or "" for batch in listed) == sorted(
        ["", str(certification.batch.id), str(certification.batch.id)]
    )
    await assert_books_are_right(certification.make.rooms)


async def test_companions_follow_their_batch_in_quantity_and_window(
    certification: Certification, client: httpx.AsyncClient, auditor: dict[str, str], make: Factory
) -> None:
    await certification.made()
    manager, batch = auth(await make.staff(Role.CAMPAIGN_MANAGER)), certification.batch
    closes_at = "2099-01-01T00:00:00+08:00"
    changes = {"version": batch.version, "closes_at": closes_at}
    await client.patch(f"{BATCHES}/{batch.id}", headers=manager, json=changes)
    budget = {"expected_total": 100, "total": 40, "reason": "少一些"}
    await client.post(f"{BATCHES}/{batch.id}/budget", headers=manager, json=budget)
    await certification.made()
    listed = (await client.get(BATCHES, headers=auditor)).json()["items"]
    assert {(each["total"], each["closes_at"]) for each in listed} == {(40, closes_at)}


async def test_only_a_running_test_batch_has_test_codes(
    certification: Certification, client: httpx.AsyncClient, make: Factory, auditor: dict[str, str]
) -> None:
    async def told(batch: Any) -> tuple[int, str, str]:
        certification.batch = batch
        answer = await certification.ask()
        return answer.status_code, answer.json()["code"], answer.json().get("state")

    running = certification.batch
    assert await told(await make.batch()) == (409, "state_conflict", "not_for_testing")
    draft = await make.batch(test=True, started=False)
    assert await told(draft) == (409, "state_conflict", "draft")
    paused = await make.batch(test=True)
    await make.move(paused.id, "pause")
    assert await told(paused) == (409, "state_conflict", "paused")
    later = await make.batch(test=True, opens_at=make.rooms.clock.now() + HOUR)
    assert (await told(later))[:2] == (409, "not_open")
    certification.batch = running
    await certification.made()
    listed = (await client.get(BATCHES, headers=auditor)).json()["items"]
    companion = next(each["id"] for each in listed if each["test_of"])
    refused = await client.post(
        f"{BATCHES}/{companion}/test-codes",
        headers=certification.staff,
        json={"store_no": certification.store_no},
    )
    assert (refused.status_code, refused.json()["state"]) == (409, "companion")


@pytest.mark.parametrize(("act", "code"), [("pause", "batch_paused"), ("end", "batch_ended")])
async def test_a_companion_that_was_stopped_gives_no_codes(
    certification: Certification,
    client: httpx.AsyncClient,
    auditor: dict[str, str],
    make: Factory,
    act: str,
    code: str,
) -> None:
    await certification.made()
    listed = (await client.get(BATCHES, headers=auditor)).json()["items"]
    companion = next(each["id"] for each in listed if each["test_of"])
    await make.move(UUID(companion), act)
    answer = await certification.ask()
    assert (answer.status_code, answer.json()["code"]) == (409, code)


async def test_the_store_must_be_one_that_could_redeem_the_batch(
    certification: Certification, client: httpx.AsyncClient, make: Factory
) -> None:
    unknown = await certification.ask(store_no="NOBODY-1")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "#/store_no")
    certification.batch = await make.batch(test=True, store_districts=[District.LAIXI])
    assert (await certification.ask()).json()["code"] == "store_not_in_batch"
    certification.batch = await make.batch(test=True)
    await client.post(
        f"/v1/admin/stores/{certification.store_id}/suspend",
        headers=certification.staff,
        json={"reason": "核查"},
    )
    suspended = await certification.ask()
    assert (suspended.json()["code"], suspended.json()["state"]) == ("state_conflict", "suspended")


async def test_a_batch_with_too_little_left_gives_none_rather_than_some(
    client: httpx.AsyncClient, make: Factory
) -> None:
    certification = await Certification(client, make).begin(total=5)
    assert (await certification.ask()).json()["code"] == "sold_out"
    async with make.rooms.sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM breakfast_voucher")) == 0
        assert await session.scalar(text("SELECT count(*) FROM breakfast_batch")) == 1


async def test_codes_stay_good_when_the_batch_is_ended(certification: Certification) -> None:
    codes = await certification.made()
    await certification.make.move(certification.batch.id, "end")
    for code in codes.values():
        assert set(await certification.present(code)) == {code["expected"]}, code["case"]


async def test_a_test_code_has_a_pass_in_whatever_state_it_is(
    certification: Certification,
) -> None:
    codes = await certification.made()
    for name in ("void", "redeemed", "expired", "early", "elsewhere", "closed", "typed"):
        shown = await certification.fresh_pass(codes[name]["code"])
        assert shown.headers["cache-control"] == "no-store"
        body = shown.json()
        assert body["code"] == codes[name]["code"]
        assert await certification.redeem(body["pass"]) == codes[name]["expected"], name


async def test_a_real_vouchers_code_has_no_test_pass(
    certification: Certification, counter: Counter
) -> None:
    real = await counter.voucher()
    answer = await certification.fresh_pass(real.code)
    assert (answer.status_code, answer.json()["code"]) == (404, "code_unknown")
    assert (await certification.fresh_pass("7K3M")).json()["code"] == "code_malformed"


async def test_another_till_was_first_and_that_is_the_stores_own(
    certification: Certification,
) -> None:
    codes = await certification.made()
    answer = await certification.client.put(
        "/v1/store/redemptions/CASE-9999",
        headers=certification.till,
        json={"code": codes["redeemed"]["code"]},
    )
    assert answer.json()["first"]["store_name"] == "测试便利店"


async def test_the_till_behind_test_codes_was_never_let_in(
    certification: Certification, client: httpx.AsyncClient, auditor: dict[str, str]
) -> None:
    await certification.made()
    path = f"/v1/admin/stores/{certification.store_id}/devices"
    devices = (await client.get(path, headers=auditor)).json()["items"]
    [device] = [each for each in devices if each["name"] == "认证测试"]
    assert device["revoked_at"] is not None
    assert device["first_token_at"] is None


async def test_a_certification_leaves_every_figure_as_it_was(
    certification: Certification,
    client: httpx.AsyncClient,
    counter: Counter,
    make: Factory,
    auditor: dict[str, str],
) -> None:
    member = await make.member()
    voucher = await counter.voucher(member=member)
    await counter.redeem(await counter.till(certification.store_id), "REAL-0001", voucher.code)

    async def figures() -> dict[str, Any]:
        found = {}
        for path in ("", "/days", "/districts", "/stores"):
            body = (await client.get(FIGURES + path, headers=auditor)).json()
            found[path] = {name: body[name] for name in body if name != "as_of"}
        return found

    before = await figures()
    for code in (await certification.made()).values():
        await certification.present(code)
    assert await figures() == before
    conservation = (await client.get("/v1/admin/conservation", headers=auditor)).json()
    assert conservation["equal"] is True
    assert len(conservation["pools"]) == 4
    await assert_books_are_right(make.rooms)
    mine = auth(make.token(member))
    vouchers = (await client.get("/v1/breakfast/vouchers", headers=mine)).json()["items"]
    assert [each["id"] for each in vouchers] == [str(voucher.id)]
    offered = (await client.get("/v1/breakfast/batches", headers=mine)).json()["items"]
    assert [each["id"] for each in offered] == [str(voucher.batch_id)]


async def test_the_stores_day_marks_what_was_a_test(
    certification: Certification, counter: Counter
) -> None:
    till = await counter.till(certification.store_id)
    await counter.redeem(till, "REAL-0001", (await counter.voucher()).code)
    codes = await certification.made()
    assert await certification.redeem(codes["typed"]["code"], "MINE-0001") == "accepted"
    day = await certification.client.get(
        "/v1/store/redemptions?limit=200", headers=certification.till
    )
    tests = {each["redemption_no"]: each["test"] for each in day.json()["items"]}
    assert (tests.pop("REAL-0001"), tests["MINE-0001"]) == (False, True)
    assert set(tests.values()) == {True}


async def test_staff_see_tests_marked_and_suspect_none_of_them(
    certification: Certification, client: httpx.AsyncClient, auditor: dict[str, str]
) -> None:
    codes = await certification.made()
    assert await certification.present(codes["disputed"]) == ["disputed"]
    disputes = await client.get("/v1/admin/redemption-disputes", headers=auditor)
    assert [each["test"] for each in disputes.json()["items"]] == [True]
    redemptions = await client.get("/v1/admin/redemptions?limit=200", headers=auditor)
    assert {(each["test"], each["flagged"]) for each in redemptions.json()["items"]} == {
        (True, False)
    }
    flagged = await client.get("/v1/admin/redemptions?flagged=true", headers=auditor)
    assert flagged.json()["items"] == []


@pytest.mark.parametrize("column", ["hours", "test_of"])
async def test_a_real_batch_cannot_have_what_only_tests_may(make: Factory, column: str) -> None:
    batch = await make.batch()
    values = {"opens": 0, "closes": 0} if column == "hours" else {"test_of": batch.id}
    with pytest.raises(IntegrityError, match="only_tests_differ"):
        async with make.rooms.sessions.begin() as session:
            await session.execute(update(Batch).where(Batch.id == batch.id).values(**values))
