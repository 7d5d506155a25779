"""Staff look over the tills: every redemption and refusal can be found, and nothing is shown
that was typed."""

from typing import Any

import httpx
import pytest

from app.models.states import Role
from app.packs.breakfast.redemption_refusals import AlreadyRedeemed
from app.shared.counter.codes import new_code
from app.shared.counter.refusals import CodeUnknown
from tests.factories import Factory, auth
from tests.tills import Counter

pytestmark = pytest.mark.anyio

REDEMPTIONS, REFUSED = "/v1/admin/redemptions", "/v1/admin/refused-redemptions"


class Desk:
    def __init__(self, client: httpx.AsyncClient, staff: str) -> None:
        self.client, self.staff = client, auth(staff)

    async def find(self, path: str, **query: Any) -> list[dict[str, Any]]:
        answer = await self.client.get(path, headers=self.staff, params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def numbers(self, **query: Any) -> list[str]:
        return [each["redemption_no"] for each in await self.find(REDEMPTIONS, **query)]


@pytest.fixture
async def desk(client: httpx.AsyncClient, make: Factory) -> Desk:
    return Desk(client, await make.staff(Role.FINANCE))


async def test_a_redemption_is_found_by_store_day_number_voucher_and_state(
    desk: Desk, counter: Counter, make: Factory
) -> None:
    one = await counter.till(store_no="STORE-1")
    two = await counter.till(store_no="STORE-2")
    first, second = [await counter.voucher() for _ in range(2)]
    await counter.redeem(one, "NUMBER-1", first.code)
    await counter.redeem(two, "NUMBER-2", second.code)
    await counter.reverse(two, "NUMBER-2")
    today = str(make.rooms.clock.today())
    assert await desk.numbers() == ["NUMBER-2", "NUMBER-1"]
    assert await desk.numbers(store_no="STORE-1", date=today) == ["NUMBER-1"]
    assert await desk.numbers(redemption_no="NUMBER-2") == ["NUMBER-2"]
    assert await desk.numbers(voucher_id=str(first.id)) == ["NUMBER-1"]
    assert await desk.numbers(state="reversed") == ["NUMBER-2"]
    assert await desk.numbers(date="2000-01-01") == []
    [shown] = await desk.find(REDEMPTIONS, state="reversed")
    assert (shown["reversal_reason"], shown["store_name"]) == ("扫错了", "测试便利店")
    one_of_them = await desk.client.get(f"{REDEMPTIONS}/{shown['id']}", headers=desk.staff)
    assert one_of_them.json() == shown


async def test_what_was_reversed_three_times_is_flagged(desk: Desk, counter: Counter) -> None:
    till, odd, plain = await counter.till(), await counter.voucher(), await counter.voucher()
    await counter.redeem(till, "PLAIN-1", plain.code)
    for place in range(3):
        await counter.redeem(till, f"ODD-000{place}", odd.code)
        await counter.reverse(till, f"ODD-000{place}")
    assert await desk.numbers(flagged=True) == ["ODD-0002", "ODD-0001", "ODD-0000"]
    assert await desk.numbers(flagged=False) == ["PLAIN-1"]


async def test_what_was_uploaded_shows_all_of_its_times(desk: Desk, counter: Counter) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    await counter.upload(till, "OFFLINE-1", voucher.code)
    [shown] = await desk.find(REDEMPTIONS)
    assert None not in (shown["sent_at"], shown["device_at"], shown["received_at"])


async def test_refusals_are_found_by_reason_and_never_show_what_was_typed(
    desk: Desk, counter: Counter, make: Factory
) -> None:
    till, voucher, guess = await counter.till(store_no="S-1"), await counter.voucher(), new_code()
    await counter.redeem(till, "NUMBER-1", voucher.code)
    with pytest.raises(AlreadyRedeemed):
        await counter.redeem(till, "NUMBER-2", voucher.code)
    for _ in range(2):
        with pytest.raises(CodeUnknown):
            await counter.redeem(till, "NUMBER-3", guess)
    found = await desk.find(REFUSED, store_no="S-1", date=str(make.rooms.clock.today()))
    assert [(each["code"], each["attempts_count"]) for each in found] == [
        ("code_unknown", 2),
        ("already_redeemed", 1),
    ]
    assert [each["voucher_id"] for each in found] == [None, str(voucher.id)]
    assert guess not in str(found)
    assert len(await desk.find(REFUSED, code="already_redeemed")) == 1
    assert await desk.find(REFUSED, date="2000-01-01") == []


async def test_an_unknown_redemption_is_not_found(desk: Desk, make: Factory) -> None:
    unknown = await make.store()
    answer = await desk.client.get(f"{REDEMPTIONS}/{unknown}", headers=desk.staff)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("name", ["date", "since", "until"])
async def test_a_day_beyond_all_campaigns_is_refused(desk: Desk, name: str, day: str) -> None:
    path = REFUSED if name == "date" else f"{REFUSED}.csv"
    answer = await desk.client.get(path, headers=desk.staff, params={name: day})
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")
    assert answer.json()["errors"][0]["code"] == "time_range"
