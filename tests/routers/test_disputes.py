"""A voucher that two tills took offline: both scans are kept, staff decide, the books agree."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.models.states import Role
from app.packs.breakfast.voucher_records import VoucherRow
from app.platform.clock import SHANGHAI
from app.platform.ids import new_id
from tests.factories import auth
from tests.tills import Counter
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

DISPUTES = "/v1/admin/redemption-disputes"


class Case:
    """Two stores, one voucher, both scans offline."""

    def __init__(self, client: httpx.AsyncClient, counter: Counter) -> None:
        self.client, self.counter, self.make = client, counter, counter.make

    async def arise(self) -> "Case":
        self.voucher: VoucherRow = await self.counter.voucher()
        stores = [await self.make.store(name=name) for name in ("甲店", "乙店")]
        self.first, self.second = [await self.make.till(store) for store in stores]
        self.staff = await self.make.staff(Role.STORE_MANAGER)
        assert await self.upload(self.first, "FIRST-1") == "accepted"
        assert await self.upload(self.second, "SECOND-1") == "disputed"
        [dispute] = await self.read()
        self.id = dispute["id"]
        return self

    async def upload(self, till: str, number: str) -> str:
        now = self.make.rooms.clock.now().astimezone(SHANGHAI)
        scan = {
            "redemption_no": number,
            "code": self.voucher.code,
            "redeemed_at": (now - timedelta(minutes=5)).isoformat(),
        }
        answer = await self.client.post(
            "/v1/store/redemptions/batch",
            headers=auth(till),
            json={"sent_at": now.isoformat(), "items": [scan]},
        )
        outcome: str = answer.json()["results"][0]["outcome"]
        return outcome

    async def read(self, **query: str) -> list[dict[str, Any]]:
        answer = await self.client.get(DISPUTES, headers=auth(self.staff), params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def decide(self, decision: str, key: str | None = None) -> httpx.Response:
        return await self.client.post(
            f"{DISPUTES}/{self.id}/decision",
            headers=auth(self.staff, key),
            json={"decision": decision, "reason": "查看小票"},
        )

    async def redemption(self, till: str, number: str) -> tuple[int, str | None]:
        answer = await self.client.get(f"/v1/store/redemptions/{number}", headers=auth(till))
        return answer.status_code, answer.json().get("state")


@pytest.fixture
async def case(client: httpx.AsyncClient, counter: Counter) -> Case:
    return await Case(client, counter).arise()


async def test_staff_see_both_scans(case: Case) -> None:
    [dispute] = await case.read(state="open")
    first, second = dispute["first"], dispute["second"]
    assert (first["store_name"], first["redemption_no"]) == ("甲店", "FIRST-1")
    assert (second["store_name"], second["redemption_no"]) == ("乙店", "SECOND-1")
    assert second["sent_at"] is not None
    assert await case.read(state="decided") == []
    one = await case.client.get(f"{DISPUTES}/{case.id}", headers=auth(case.staff))
    assert one.json() == dispute


async def test_either_store_sees_its_dispute_and_a_third_does_not(case: Case) -> None:
    async def own(till: str) -> list[str]:
        answer = await case.client.get("/v1/store/redemption-disputes", headers=auth(till))
        return [each["id"] for each in answer.json()["items"]]

    third = await case.make.till()
    assert [await own(till) for till in (case.first, case.second, third)] == [
        [case.id],
        [case.id],
        [],
    ]


async def test_the_first_stands(case: Case) -> None:
    answer = await case.decide("first_stands")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["compensation_fen"]) == ("decided", 0)
    assert await case.redemption(case.first, "FIRST-1") == (200, "redeemed")
    assert (await case.redemption(case.second, "SECOND-1"))[0] == 404
    assert await case.upload(case.second, "SECOND-1") == "disputed"
    await assert_books_are_right(case.make.rooms)


async def test_the_second_takes_the_firsts_place(case: Case) -> None:
    answer = await case.decide("second_stands")
    assert answer.status_code == 200, answer.text
    assert answer.json()["first_state"] == "reversed"
    assert await case.redemption(case.first, "FIRST-1") == (200, "reversed")
    assert await case.redemption(case.second, "SECOND-1") == (200, "redeemed")
    assert await case.upload(case.second, "SECOND-1") == "repeated"
    moves = [act for act, *_ in await case.counter.history(case.voucher.id)]
    assert moves == ["redeem", "reverse", "redeem"]
    await assert_books_are_right(case.make.rooms)


async def test_both_are_paid_and_the_voucher_is_redeemed_once(case: Case) -> None:
    answer = await case.decide("both_paid")
    assert answer.json()["compensation_fen"] == case.voucher.face_value_fen
    assert await case.redemption(case.first, "FIRST-1") == (200, "redeemed")
    assert (await case.redemption(case.second, "SECOND-1"))[0] == 404
    await assert_books_are_right(case.make.rooms)


async def test_a_decision_stands_and_its_repeat_is_the_first_answer(case: Case) -> None:
    first = await case.decide("first_stands", key="decision-1")
    again = await case.decide("first_stands", key="decision-1")
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    other = await case.decide("second_stands")
    assert (other.status_code, other.json()["code"]) == (409, "state_conflict")
    assert await case.redemption(case.first, "FIRST-1") == (200, "redeemed")


async def test_the_second_stands_when_the_first_was_reversed_meanwhile(case: Case) -> None:
    await case.client.post(
        "/v1/store/redemptions/FIRST-1/reversal", headers=auth(case.first), json={"reason": "错"}
    )
    assert (await case.decide("second_stands")).status_code == 200
    assert await case.redemption(case.second, "SECOND-1") == (200, "redeemed")
    await assert_books_are_right(case.make.rooms)


async def test_the_second_that_was_sent_again_and_redeemed_needs_no_other(case: Case) -> None:
    await case.client.post(
        "/v1/store/redemptions/FIRST-1/reversal", headers=auth(case.first), json={"reason": "错"}
    )
    again = await case.client.put(
        "/v1/store/redemptions/SECOND-1",
        headers=auth(case.second),
        json={"code": case.voucher.code},
    )
    assert again.status_code == 201, again.text
    answer = await case.decide("second_stands")
    assert answer.json()["second_redemption_id"] == again.json()["id"]
    await assert_books_are_right(case.make.rooms)


async def test_a_voucher_that_a_third_store_redeemed_since_is_not_given_to_the_second(
    case: Case,
) -> None:
    await case.client.post(
        "/v1/store/redemptions/FIRST-1/reversal", headers=auth(case.first), json={"reason": "错"}
    )
    await case.client.put(
        "/v1/store/redemptions/THIRD-1",
        headers=auth(await case.make.till()),
        json={"code": case.voucher.code},
    )
    answer = await case.decide("second_stands")
    assert (answer.status_code, answer.json()["code"]) == (409, "state_conflict")
    assert (await case.decide("first_stands")).status_code == 200
    await assert_books_are_right(case.make.rooms)


async def test_what_is_unknown_is_not_found(case: Case) -> None:
    for answer in (
        await case.client.get(f"{DISPUTES}/{new_id()}", headers=auth(case.staff)),
        await case.client.post(
            f"{DISPUTES}/{new_id()}/decision",
            headers=auth(case.staff),
            json={"decision": "first_stands", "reason": "查看小票"},
        ),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
