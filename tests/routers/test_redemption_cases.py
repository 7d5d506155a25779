"""The situations that a check-in system meets at its door, as pretix documents them for its
own (API guide "check-in", and its tests of redeeming), each in the words of a breakfast till.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.models.breakfast import Redemption, RefusedRedemption
from app.models.states import District, Role
from app.packs.breakfast.voucher_records import VoucherRow
from app.platform.clock import SHANGHAI
from app.shared.counter.codes import new_code
from tests.factories import Factory, auth
from tests.tills import Counter
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


class Door:
    """Two tills of two stores, and a voucher in somebody's hand."""

    def __init__(self, client: httpx.AsyncClient, counter: Counter) -> None:
        self.client, self.counter, self.make = client, counter, counter.make

    async def open(self) -> "Door":
        self.member = await self.make.member()
        self.voucher: VoucherRow = await self.counter.voucher(member=self.member)
        self.here = await self.make.till(await self.make.store(name="本店"))
        self.there = await self.make.till(await self.make.store(name="邻店"))
        return self

    @property
    def now(self) -> datetime:
        return self.make.rooms.clock.now().astimezone(SHANGHAI)

    async def scan(
        self, number: str = "SCAN-1", *, till: str | None = None, code: str | None = None
    ) -> str:
        """The answer's status, or its refusal code."""
        answer = await self.client.put(
            f"/v1/store/redemptions/{number}",
            headers=auth(till or self.here),
            json={"code": code or self.voucher.code},
        )
        return str(answer.json().get("code", answer.status_code))

    async def offline(
        self,
        number: str = "SCAN-1",
        *,
        till: str | None = None,
        code: str | None = None,
        ago: timedelta = HOUR,
    ) -> str:
        """The outcome of one scan made that long ago, or its refusal code."""
        scan = {
            "redemption_no": number,
            "code": code or self.voucher.code,
            "redeemed_at": (self.now - ago).isoformat(),
        }
        answer = await self.client.post(
            "/v1/store/redemptions/batch",
            headers=auth(till or self.here),
            json={"sent_at": self.now.isoformat(), "items": [scan]},
        )
        [result] = answer.json()["results"]
        return str(result["code"] if result["outcome"] == "refused" else result["outcome"])

    async def reverse(self, number: str = "SCAN-1", *, till: str | None = None) -> str:
        answer = await self.client.post(
            f"/v1/store/redemptions/{number}/reversal",
            headers=auth(till or self.here),
            json={"reason": "扫错了"},
        )
        body = answer.json()
        return str(body.get("code", body.get("state")))

    async def ask(self, number: str = "SCAN-1", *, till: str | None = None) -> str:
        answer = await self.client.get(
            f"/v1/store/redemptions/{number}", headers=auth(till or self.here)
        )
        body = answer.json()
        return str(body.get("code", body.get("state")))

    async def shown_pass(self) -> str:
        return (await self.counter.show_pass(self.member, self.voucher.id)).text

    async def rows(self, table: type[Any]) -> list[Any]:
        async with self.make.rooms.sessions() as session:
            return list((await session.scalars(select(table))).all())


@pytest.fixture
async def door(client: httpx.AsyncClient, counter: Counter) -> Door:
    return await Door(client, counter).open()


async def test_01_a_first_scan_is_taken(door: Door) -> None:
    assert await door.scan() == "201"


async def test_02_the_same_number_again_is_the_same_redemption(door: Door) -> None:
    assert [await door.scan(), await door.scan()] == ["201", "200"]
    assert len(await door.rows(Redemption)) == 1


async def test_03_the_same_voucher_under_another_number_was_taken(door: Door) -> None:
    assert [await door.scan("SCAN-1"), await door.scan("SCAN-2")] == ["201", "already_redeemed"]


async def test_04_the_same_voucher_next_door_was_taken(door: Door) -> None:
    assert [await door.scan(), await door.scan(till=door.there)] == ["201", "already_redeemed"]


async def test_05_two_tills_in_the_same_instant_take_it_once(door: Door) -> None:
    answers = await asyncio.gather(door.scan(), door.scan(till=door.there))
    assert sorted(answers) == ["201", "already_redeemed"]


async def test_06_a_number_is_good_for_one_voucher(door: Door) -> None:
    other = await door.counter.voucher()
    assert [await door.scan(), await door.scan(code=other.code)] == ["201", "redemption_no_reused"]


async def test_07_another_stores_numbers_are_its_own(door: Door) -> None:
    other = await door.counter.voucher()
    assert await door.scan() == "201"
    assert await door.scan(till=door.there, code=other.code) == "201"
    assert await door.ask("SCAN-1", till=door.there) == "redeemed"


async def test_08_a_revoked_voucher_is_refused(door: Door) -> None:
    await door.counter.void(door.voucher.id)
    assert await door.scan() == "voucher_void"


async def test_09_revoked_is_said_before_duplicate(door: Door) -> None:
    """Taken, given back, revoked: whoever comes now hears revoked, not taken."""
    assert [await door.scan(), await door.reverse()] == ["201", "reversed"]
    await door.counter.void(door.voucher.id)
    assert await door.scan("SCAN-2", till=door.there) == "voucher_void"


async def test_10_on_the_wrong_list_it_is_not_taken(door: Door) -> None:
    elsewhere = await door.counter.voucher(store_districts=[District.LAIXI])
    assert await door.scan(code=elsewhere.code) == "store_not_in_batch"


async def test_11_before_it_is_valid_it_is_not_taken(door: Door) -> None:
    early = await door.counter.voucher(valid_from=door.now + 24 * HOUR)
    assert await door.scan(code=early.code) == "voucher_not_yet_valid"


async def test_12_after_it_was_valid_it_is_not_taken(door: Door) -> None:
    await door.make.move_clock(timedelta(days=8))
    assert await door.scan() == "voucher_expired"


async def test_13_outside_the_stores_hours_it_is_not_taken(door: Door) -> None:
    minute = door.now.hour * 60 + door.now.minute
    opens = (minute + 120) % 1440
    shut = await door.make.till(await door.make.store(opens=opens, closes=opens + 60))
    assert await door.scan(till=shut) == "outside_hours"


async def test_14_an_unknown_code_is_unknown_and_leaves_a_row_without_it(door: Door) -> None:
    code = new_code()
    assert await door.scan(code=code) == "code_unknown"
    [row] = await door.rows(RefusedRedemption)
    assert (row.redemption_no, row.code, row.voucher_id) == ("SCAN-1", "code_unknown", None)
    assert code not in str(vars(row))


async def test_15_what_is_no_code_at_all_is_malformed(door: Door) -> None:
    assert await door.scan(code="https://example.invalid/menu") == "code_unknown"
    assert await door.scan(code="menu") == "code_malformed"


async def test_16_a_code_typed_carelessly_is_understood(door: Door) -> None:
    careless = f"  {door.voucher.code.lower().replace('-', ' ').replace('0', 'o')} "
    assert await door.scan(code=careless) == "201"


async def test_17_pass_and_code_are_told_apart_in_the_record(door: Door) -> None:
    other = await door.counter.voucher()
    assert await door.scan("SCAN-1", code=await door.shown_pass()) == "201"
    assert await door.scan("SCAN-2", code=other.code) == "201"
    inputs = {row.redemption_no: row.input for row in await door.rows(Redemption)}
    assert inputs == {"SCAN-1": "pass", "SCAN-2": "code"}


async def test_18_a_picture_of_an_old_pass_is_refused(door: Door) -> None:
    shown = await door.shown_pass()
    await door.make.move_clock(timedelta(minutes=2))
    assert await door.scan(code=shown) == "pass_expired"


async def test_19_annulled_it_may_be_taken_again_under_a_new_number(door: Door) -> None:
    assert [await door.scan(), await door.reverse()] == ["201", "reversed"]
    assert await door.scan("SCAN-2") == "201"


async def test_20_annulled_the_old_number_says_so_and_takes_nothing(door: Door) -> None:
    assert [await door.scan(), await door.reverse(), await door.scan()] == [
        "201",
        "reversed",
        "200",
    ]
    assert await door.ask() == "reversed"
    assert await door.scan("SCAN-2", till=door.there) == "201"


async def test_21_annulled_twice_is_said(door: Door) -> None:
    await door.scan()
    assert [await door.reverse(), await door.reverse()] == ["reversed", "already_reversed"]


async def test_22_nobody_else_annuls_it(door: Door) -> None:
    await door.scan()
    assert await door.reverse(till=door.there) == "redemption_unknown"
    assert await door.ask() == "redeemed"


async def test_23_a_refused_scan_uses_no_number_up(door: Door) -> None:
    assert await door.scan(code=new_code()) == "code_unknown"
    assert await door.ask() == "redemption_unknown"
    assert await door.scan() == "201"


async def test_24_offline_it_counts_for_the_devices_time(door: Door) -> None:
    await door.make.move_clock(3 * HOUR)
    assert await door.offline(ago=HOUR) == "accepted"
    [row] = await door.rows(Redemption)
    assert row.redeemed_at <= door.now - HOUR
    assert row.received_at > row.redeemed_at


async def test_25_offline_an_unknown_code_is_kept_as_refused(door: Door) -> None:
    assert await door.offline(code=new_code()) == "code_unknown"
    [row] = await door.rows(RefusedRedemption)
    assert row.device_at is not None


async def test_26_offline_it_was_revoked_while_nobody_could_know(door: Door) -> None:
    await door.make.move_clock(3 * HOUR)
    await door.counter.void(door.voucher.id)
    assert await door.offline(ago=2 * HOUR) == "voucher_void"


async def test_27_offline_it_had_been_taken_next_door(door: Door) -> None:
    await door.make.move_clock(3 * HOUR)
    assert await door.scan(till=door.there) == "201"
    assert await door.offline(ago=2 * HOUR) == "disputed"
    assert await door.ask("SCAN-1", till=door.there) == "redeemed"


async def test_28_offline_scanned_twice_by_one_till_is_no_dispute(door: Door) -> None:
    assert await door.offline("SCAN-1") == "accepted"
    assert await door.offline("SCAN-2") == "already_redeemed"


async def test_29_offline_then_online_under_the_same_number_is_one(door: Door) -> None:
    """The answer was lost, the till queued the scan, and then the network came back twice."""
    assert await door.scan() == "201"
    assert await door.offline() == "repeated"
    assert len(await door.rows(Redemption)) == 1


async def test_30_a_suspended_store_takes_nothing_and_hears_why(door: Door) -> None:
    store = await door.make.store()
    till = await door.make.till(store)
    staff = auth(await door.make.staff(Role.STORE_MANAGER))
    await door.client.post(
        f"/v1/admin/stores/{store}/suspend", headers=staff, json={"reason": "核查"}
    )
    assert await door.scan(till=till) == "store_suspended"
    assert await door.offline(till=till) == "store_suspended"
    await door.client.post(
        f"/v1/admin/stores/{store}/restore", headers=staff, json={"reason": "无误"}
    )
    assert await door.scan(till=till) == "201"


async def test_31_looking_takes_nothing(door: Door) -> None:
    looked = await door.client.post(
        "/v1/store/redemptions/lookup", headers=auth(door.here), json={"code": door.voucher.code}
    )
    assert (looked.status_code, looked.json()["state"]) == (200, "issued")
    assert await door.scan() == "201"


async def test_32_vouchers_of_a_stopped_batch_are_still_taken(door: Door) -> None:
    other = await door.counter.voucher()
    for voucher, act in ((door.voucher, "pause"), (other, "end")):
        await door.make.move(voucher.batch_id, act)
        assert await door.scan(f"STOPPED-{act}", code=voucher.code) == "201"


async def test_33_the_books_are_right_after_all_of_it(door: Door) -> None:
    assert [await door.scan(), await door.reverse()] == ["201", "reversed"]
    assert await door.offline("SCAN-2", till=door.there, ago=timedelta()) == "accepted"
    assert await door.offline("SCAN-3", ago=timedelta()) == "disputed"
    assert await door.scan("SCAN-4") == "already_redeemed"
    await assert_books_are_right(door.make.rooms)


async def test_34_one_till_may_not_ask_for_anothers_store(door: Door, make: Factory) -> None:
    answer = await door.client.put(
        "/v1/store/redemptions/SCAN-1?store_no=ELSEWHERE-1",
        headers=auth(door.here),
        json={"code": door.voucher.code},
    )
    assert answer.json()["code"] == "forbidden"
    assert await door.scan() == "201"
