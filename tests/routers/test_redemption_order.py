"""Two things wrong with one scan: the earlier in the design's order is told (section 4).

Each pair of neighbours that one scan can have, presented to a real counter: under a number,
looked up, and uploaded. Left out is what nothing can be at once: malformed and unknown,
expired and not yet valid, void and redeemed (a redeemed voucher is not voided). The guess
budget before everything stands in `test_guessing.py`, the order as a rule in
`tests/packs/breakfast/test_redemption_rules.py`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import httpx
import pytest

from app.models.states import District
from app.platform.clock import SHANGHAI
from app.platform.ids import new_id
from tests.factories import auth
from tests.tills import Counter

pytestmark = pytest.mark.anyio

USED, FRESH = "USED-0001", "FRESH-0001"
MALFORMED = "menu"
DAY = timedelta(days=1)


class Scan(NamedTuple):
    """A store's number, and what was typed or read."""

    number: str
    text: str


class Till:
    """One till of one store, open all day and for every batch unless a scene shuts it."""

    def __init__(self, client: httpx.AsyncClient, counter: Counter) -> None:
        self.client, self.counter, self.make = client, counter, counter.make

    async def open(self) -> "Till":
        self.till = await self.counter.till()
        return self

    @property
    def headers(self) -> dict[str, str]:
        return auth(self.make.rooms.own_tokens.issue_till(self.till))

    async def put(self, scan: Scan) -> str:
        answer = await self.client.put(
            f"/v1/store/redemptions/{scan.number}", headers=self.headers, json={"code": scan.text}
        )
        return str(answer.json().get("code", answer.status_code))

    async def look_up(self, scan: Scan) -> str:
        answer = await self.client.post(
            "/v1/store/redemptions/lookup", headers=self.headers, json={"code": scan.text}
        )
        return str(answer.json().get("code", answer.status_code))

    async def upload(self, scan: Scan) -> str:
        """The code of an uploaded scan that was made just now, or its outcome."""
        now = self.make.rooms.clock.now().astimezone(SHANGHAI).isoformat()
        item = {"redemption_no": scan.number, "code": scan.text, "redeemed_at": now}
        answer = await self.client.post(
            "/v1/store/redemptions/batch",
            headers=self.headers,
            json={"sent_at": now, "items": [item]},
        )
        [result] = answer.json()["results"]
        return str(result["code"] or result["outcome"])

    async def redeemed(self) -> str:
        """The code of a voucher that this till redeemed under the used number."""
        voucher = await self.counter.voucher()
        await self.counter.redeem(self.till, USED, voucher.code)
        return voucher.code

    async def shut(self) -> None:
        """Move to a store whose hours begin in two hours."""
        now = self.make.rooms.clock.now().astimezone(SHANGHAI)
        opens = (now.hour * 60 + now.minute + 120) % 1440
        self.till = await self.counter.till(opens=opens, closes=opens + 60)


async def the_same_number_at_a_suspended_store(till: Till) -> Scan:
    code = await till.redeemed()
    await till.counter.suspend(till.till)
    return Scan(USED, code)


async def a_used_number_at_a_suspended_store(till: Till) -> Scan:
    await till.redeemed()
    await till.counter.suspend(till.till)
    return Scan(USED, (await till.counter.voucher()).code)


async def a_malformed_code_at_a_suspended_store(till: Till) -> Scan:
    await till.counter.suspend(till.till)
    return Scan(FRESH, MALFORMED)


async def a_malformed_code_under_a_used_number(till: Till) -> Scan:
    await till.redeemed()
    return Scan(USED, MALFORMED)


async def an_old_pass_of_no_voucher(till: Till) -> Scan:
    passes, member = till.make.rooms.passes, await till.make.member()
    voucher = await till.counter.voucher(member=member)
    claims = passes.read((await till.counter.show_pass(member, voucher.id)).text)
    old = replace(claims, voucher_id=new_id(), signed_at=claims.signed_at - DAY)
    return Scan(FRESH, passes.sign(old))


async def an_old_pass_of_a_void_voucher(till: Till) -> Scan:
    member = await till.make.member()
    voucher = await till.counter.voucher(member=member)
    shown = await till.counter.show_pass(member, voucher.id)
    await till.counter.void(voucher.id)
    await till.make.move_clock(timedelta(minutes=20))
    return Scan(FRESH, shown.text)


async def a_void_voucher_that_has_expired(till: Till) -> Scan:
    voucher = await till.counter.voucher(valid_days=1)
    await till.counter.void(voucher.id)
    await till.make.move_clock(2 * DAY)
    return Scan(FRESH, voucher.code)


async def a_redeemed_voucher_that_has_expired(till: Till) -> Scan:
    code = await till.redeemed()
    await till.make.move_clock(30 * DAY)
    return Scan(FRESH, code)


async def an_expired_voucher_of_other_stores(till: Till) -> Scan:
    voucher = await till.counter.voucher(valid_days=1, store_districts=[District.LAIXI])
    await till.make.move_clock(2 * DAY)
    return Scan(FRESH, voucher.code)


async def an_early_voucher_of_other_stores(till: Till) -> Scan:
    later = till.make.rooms.clock.now() + DAY
    voucher = await till.counter.voucher(valid_from=later, store_districts=[District.LAIXI])
    return Scan(FRESH, voucher.code)


async def a_voucher_of_other_stores_outside_hours(till: Till) -> Scan:
    await till.shut()
    return Scan(FRESH, (await till.counter.voucher(store_districts=[District.LAIXI])).code)


async def a_good_voucher_outside_hours(till: Till) -> Scan:
    await till.shut()
    return Scan(FRESH, (await till.counter.voucher()).code)


Scene = Callable[[Till], Awaitable[Scan]]
# What is told of two faults: under a number, and looked up where no number counts (None: there
# the scan has no second fault).
TOLD: dict[Scene, tuple[str, str | None]] = {
    the_same_number_at_a_suspended_store: ("200", None),
    a_used_number_at_a_suspended_store: ("store_suspended", None),
    a_malformed_code_at_a_suspended_store: ("store_suspended", "store_suspended"),
    a_malformed_code_under_a_used_number: ("redemption_no_reused", None),
    an_old_pass_of_no_voucher: ("code_unknown", "code_unknown"),
    an_old_pass_of_a_void_voucher: ("pass_expired", "pass_expired"),
    a_void_voucher_that_has_expired: ("voucher_void", "voucher_void"),
    a_redeemed_voucher_that_has_expired: ("already_redeemed", "already_redeemed"),
    an_expired_voucher_of_other_stores: ("voucher_expired", "voucher_expired"),
    an_early_voucher_of_other_stores: ("voucher_not_yet_valid", "voucher_not_yet_valid"),
    a_voucher_of_other_stores_outside_hours: ("store_not_in_batch", "store_not_in_batch"),
    # The last has nothing after it; alone it must be told, or the one before proves nothing.
    a_good_voucher_outside_hours: ("outside_hours", "outside_hours"),
}


@pytest.mark.parametrize("scene", TOLD, ids=lambda scene: scene.__name__)
async def test_of_two_faults_the_earlier_is_told(
    client: httpx.AsyncClient, counter: Counter, scene: Scene
) -> None:
    till = await Till(client, counter).open()
    scan = await scene(till)
    told, looked_up = TOLD[scene]
    assert await till.put(scan) == told
    assert await till.upload(scan) == {"200": "repeated"}.get(told, told)
    if looked_up is not None:
        assert await till.look_up(scan) == looked_up


async def test_a_malformed_code_is_told_where_nothing_else_is_wrong(
    client: httpx.AsyncClient, counter: Counter
) -> None:
    till = await Till(client, counter).open()
    scan = Scan(FRESH, MALFORMED)
    assert (await till.put(scan), await till.look_up(scan)) == ("code_malformed", "code_malformed")
