"""The example in the stores' guide, run from the guide's own text on real test codes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from app.models.states import District
from tests.certifying import Certification
from tests.factories import Factory
from tests.house.guides import STORES, python_examples
from tests.tills import Counter

pytestmark = pytest.mark.anyio

QUARTER = timedelta(minutes=15)
# What only the union's books know a till learns when it uploads.
KNOWN_ONLINE_ALONE = {
    "redeemed": "accepted",
    "disputed": "accepted",
    "too_late": "accepted",
    "too_often": "accepted",
    "closed": "accepted",
}


def load() -> tuple[Callable[..., str], Callable[..., bool]]:
    [source] = python_examples(STORES)
    names: dict[str, Any] = {}
    exec(compile(source, "docs/for-stores.md", "exec"), names)
    return names["judge"], names["is_open"]


judge, is_open = load()


@pytest.fixture
async def certification(client: httpx.AsyncClient, make: Factory) -> Certification:
    return await Certification(client, make).begin()


async def kit_of(certification: Certification) -> dict[str, Any]:
    answer = await certification.client.get("/v1/store/keys", headers=certification.till)
    kit: dict[str, Any] = answer.json()
    return kit


def now_of(kit: dict[str, Any]) -> float:
    return datetime.fromisoformat(kit["server_time"]).timestamp()


async def test_every_test_code_is_judged_offline_as_the_list_says(
    certification: Certification,
) -> None:
    codes = await certification.made()
    kit = await kit_of(certification)
    judged = {}
    for name, code in codes.items():
        text = code["pass"]
        if text is None and name not in ("mistyped", "unknown"):
            text = (await certification.fresh_pass(code["code"])).json()["pass"]
        if text is not None:
            judged[name] = judge(text, kit, now_of(kit))
    expected = {name: codes[name]["expected"] for name in judged} | KNOWN_ONLINE_ALONE
    assert judged == expected


async def test_a_pass_is_good_offline_for_a_quarter_of_an_hour_and_once_a_till(
    certification: Certification,
) -> None:
    text = (await certification.made())["scanned"]["pass"]
    kit = await kit_of(certification)
    now = int(now_of(kit))
    assert judge(text, kit, now + QUARTER.seconds - 5) == "accepted"
    assert judge(text, kit, now + QUARTER.seconds + 1) == "pass_expired"
    voucher_id = (
        await certification.client.post(
            "/v1/store/redemptions/lookup", headers=certification.till, json={"code": text}
        )
    ).json()["voucher_id"]
    assert judge(text, kit, now, taken={voucher_id}) == "already_redeemed"


async def test_what_is_no_pass_at_all_is_unknown(certification: Certification) -> None:
    kit = await kit_of(certification)
    for text in ("", "7K3M-9QXT-2BDF-H0VN-7", "https://example.invalid/a.b.c", "a.b.c"):
        assert judge(text, kit, now_of(kit)) == "code_unknown"


async def test_a_key_that_was_not_fetched_is_unknown(certification: Certification) -> None:
    text = (await certification.made())["scanned"]["pass"]
    kit = await kit_of(certification)
    assert judge(text, kit | {"keys": []}, now_of(kit)) == "code_unknown"


async def test_a_real_pass_is_judged_alike(certification: Certification, counter: Counter) -> None:
    member = await counter.make.member()
    here = await counter.voucher(member=member)
    elsewhere = await counter.voucher(member=member, store_districts=[District.LAIXI])
    kit = await kit_of(certification)
    passes = [(await counter.show_pass(member, each.id)).text for each in (here, elsewhere)]
    assert [judge(text, kit, now_of(kit)) for text in passes] == ["accepted", "store_not_in_batch"]


async def test_a_suspended_store_and_a_closed_one_take_nothing(
    certification: Certification,
) -> None:
    text = (await certification.made())["scanned"]["pass"]
    kit = await kit_of(certification)
    suspended = kit | {"store": kit["store"] | {"state": "suspended"}}
    assert judge(text, suspended, now_of(kit)) == "store_suspended"
    minute = datetime.fromisoformat(kit["server_time"])
    opens = (minute + timedelta(hours=2)).strftime("%H:%M")
    closes = (minute + timedelta(hours=3)).strftime("%H:%M")
    shut = kit | {"store": kit["store"] | {"opens": opens, "closes": closes}}
    assert judge(text, shut, now_of(kit)) == "outside_hours"


@pytest.mark.parametrize(
    ("opens", "closes", "time", "is_it"),
    [
        ("06:00", "22:00", "06:00", True),
        ("06:00", "22:00", "22:00", False),
        ("06:00", "22:00", "05:59", False),
        ("00:00", "24:00", "23:59", True),
        ("18:00", "02:00", "01:59", True),
        ("18:00", "02:00", "02:00", False),
        ("18:00", "02:00", "17:59", False),
        ("07:00", "07:00", "03:00", True),
    ],
)
def test_hours_are_read_as_the_service_reads_them(
    opens: str, closes: str, time: str, is_it: bool
) -> None:
    now = datetime.fromisoformat(f"2023-01-05T{time}:00+08:00").timestamp()
    assert is_open({"opens": opens, "closes": closes}, now) is is_it
