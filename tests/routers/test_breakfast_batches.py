"""Batches from the staff's side, over HTTP."""

from typing import Any

import httpx
import pytest

from app.models.states import Role
from app.schemas.breakfast import BatchChange, BatchIn
from tests.factories import Factory, auth
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

BATCHES = "/v1/admin/breakfast/batches"
REASON = {"reason": "测试"}


def example(**changes: Any) -> dict[str, Any]:
    """The documents' own example of a batch."""
    extra = BatchIn.model_config["json_schema_extra"]
    assert isinstance(extra, dict)
    assert isinstance(extra["example"], dict)
    return {**extra["example"], **changes}


@pytest.fixture
async def staff(make: Factory) -> dict[str, str]:
    await make.campaign()
    return auth(await make.staff(Role.CAMPAIGN_MANAGER))


async def create(
    client: httpx.AsyncClient, staff: dict[str, str], **changes: Any
) -> dict[str, Any]:
    answer = await client.post(BATCHES, headers=staff, json=example(**changes))
    assert answer.status_code == 201, answer.text
    batch: dict[str, Any] = answer.json()
    return batch


async def test_the_example_works_as_it_stands(
    client: httpx.AsyncClient, staff: dict[str, str]
) -> None:
    batch = await create(client, staff)
    assert (batch["state"], batch["total"], batch["issued"]) == ("draft", 1000, 0)
    assert batch["series"] == [batch["id"]]
    found = await client.get(f"{BATCHES}/{batch['id']}", headers=staff)
    assert found.json() == {**batch, "series": None}


async def test_a_series_moves_its_windows_a_day_each(
    client: httpx.AsyncClient, staff: dict[str, str]
) -> None:
    first = await create(
        client,
        staff,
        opens_at="2099-01-01T00:00:00+08:00",
        closes_at="2099-01-02T00:00:00+08:00",
        repeat_days=3,
    )
    listed = (await client.get(BATCHES, headers=staff)).json()["items"]
    assert [batch["id"] for batch in listed] == first["series"]
    assert [batch["opens_at"] for batch in listed] == [
        f"2099-01-0{day}T00:00:00+08:00" for day in (1, 2, 3)
    ]
    assert {batch["limit_group"] for batch in listed} == {first["limit_group"]}


async def test_a_series_that_runs_beyond_the_last_year_that_may_be_sent_is_shown(
    client: httpx.AsyncClient, staff: dict[str, str]
) -> None:
    await create(
        client,
        staff,
        opens_at="2199-12-30T00:00:00+08:00",
        closes_at="2199-12-31T00:00:00+08:00",
        repeat_days=3,
    )
    listed = await client.get(BATCHES, headers=staff)
    assert listed.status_code == 200, listed.text
    assert listed.json()["items"][-1]["closes_at"] == "2200-01-02T00:00:00+08:00"


async def test_start_of_a_series_starts_every_batch_of_it(
    client: httpx.AsyncClient, staff: dict[str, str]
) -> None:
    first = await create(client, staff, repeat_days=3)
    url = f"{BATCHES}/{first['id']}/start?series=true"
    assert (await client.post(url, headers=staff, json=REASON)).json()["state"] == "running"
    listed = (await client.get(BATCHES, headers=staff)).json()["items"]
    assert [batch["state"] for batch in listed] == ["running"] * 3


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ((), ("pause", "resume", "end")),
        (("start",), ("start", "resume")),
        (("start", "pause"), ("start", "pause")),
        (("start", "end"), ("start", "pause", "resume", "end")),
    ],
)
async def test_every_other_move_is_refused_and_changes_nothing(
    client: httpx.AsyncClient,
    staff: dict[str, str],
    path: tuple[str, ...],
    refused: tuple[str, ...],
) -> None:
    batch = await create(client, staff)
    for act in path:
        await client.post(f"{BATCHES}/{batch['id']}/{act}", headers=staff, json=REASON)
    before = (await client.get(f"{BATCHES}/{batch['id']}", headers=staff)).json()
    for act in refused:
        answer = await client.post(f"{BATCHES}/{batch['id']}/{act}", headers=staff, json=REASON)
        assert (answer.status_code, answer.json()["code"]) == (409, "state_conflict")
    assert (await client.get(f"{BATCHES}/{batch['id']}", headers=staff)).json() == before


async def test_a_staff_post_with_a_key_is_done_once(
    client: httpx.AsyncClient, staff: dict[str, str]
) -> None:
    headers = staff | {"Idempotency-Key": '"one-batch"'}
    first = await client.post(BATCHES, headers=headers, json=example())
    again = await client.post(BATCHES, headers=headers, json=example())
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await client.post(BATCHES, headers=headers, json=example(total=5))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len((await client.get(BATCHES, headers=staff)).json()["items"]) == 1


async def test_the_budget_moves_from_what_it_is_believed_to_be(
    client: httpx.AsyncClient, staff: dict[str, str], make: Factory
) -> None:
    batch = await make.batch(total=2)
    for number in range(2):
        token = make.token(await make.member())
        url = f"/v1/breakfast/batches/{batch.id}/claims"
        assert (await client.post(url, headers=auth(token, f"k{number}"))).status_code == 201
    url = f"{BATCHES}/{batch.id}/budget"
    stale = {"expected_total": 9, "total": 5, "reason": "追加"}
    answer = await client.post(url, headers=staff, json=stale)
    assert (answer.status_code, answer.json()["code"]) == (412, "version_stale")
    low = {"expected_total": 2, "total": 1, "reason": "减少"}
    answer = await client.post(url, headers=staff, json=low)
    assert (answer.status_code, answer.json()["code"]) == (409, "below_issued")
    more = {"expected_total": 2, "total": 3, "reason": "追加"}
    answer = await client.post(url, headers=staff, json=more)
    assert (answer.json()["total"], answer.json()["left"]) == (3, 1)
    token = make.token(await make.member())
    claimed = await client.post(
        f"/v1/breakfast/batches/{batch.id}/claims", headers=auth(token, "third")
    )
    assert claimed.status_code == 201
    await assert_books_are_right(make.rooms)


async def test_an_edit_of_a_stale_version_is_refused(
    client: httpx.AsyncClient, staff: dict[str, str]
) -> None:
    batch = await create(client, staff)
    url = f"{BATCHES}/{batch['id']}"
    changed = await client.patch(url, headers=staff, json={"version": 1, "name": "新名"})
    assert (changed.json()["name"], changed.json()["version"]) == ("新名", 2)
    answer = await client.patch(url, headers=staff, json={"version": 1, "name": "旧名"})
    assert (answer.status_code, answer.json()["code"]) == (412, "version_stale")


# Each of these decides who is granted what, and a started batch is judged as it is remembered.
NOT_ONCE_STARTED = {
    "opens_at": "2023-01-01T00:00:00+08:00",
    "valid_days": 3,
    "face_value_fen": 5,
    "eligible_categories": ["hardship"],
}


async def test_a_started_batch_takes_only_name_and_closing_time(
    client: httpx.AsyncClient, staff: dict[str, str], make: Factory
) -> None:
    batch = await make.batch()
    url = f"{BATCHES}/{batch.id}"
    assert {*NOT_ONCE_STARTED, "version", "name", "closes_at"} == set(BatchChange.model_fields)
    for field, value in NOT_ONCE_STARTED.items():
        answer = await client.patch(url, headers=staff, json={"version": 2, field: value})
        assert (answer.status_code, answer.json()["code"]) == (409, "state_conflict"), field
    later = {"version": 2, "closes_at": "2099-01-01T00:00:00+08:00"}
    assert (
        (await client.patch(url, headers=staff, json=later)).json()["closes_at"].startswith("2099")
    )


async def test_void_returns_the_unit_and_the_day_to_its_holder(
    client: httpx.AsyncClient, staff: dict[str, str], make: Factory
) -> None:
    batch = await make.batch(total=1, per_person_per_day=1)
    token = make.token(await make.member())
    claims = f"/v1/breakfast/batches/{batch.id}/claims"
    voucher = (await client.post(claims, headers=auth(token, "one"))).json()
    url = f"/v1/admin/breakfast/vouchers/{voucher['id']}/void"
    assert (await client.post(url, headers=staff, json=REASON)).json()["state"] == "void"
    again = await client.post(url, headers=staff, json=REASON)
    assert (again.status_code, again.json()["code"]) == (409, "state_conflict")
    assert (await client.post(claims, headers=auth(token, "two"))).status_code == 201
    first = await client.post(claims, headers=auth(token, "one"))
    assert first.json() == voucher
    await assert_books_are_right(make.rooms)


async def test_staff_find_a_voucher_by_member_and_by_code_but_never_see_the_code(
    client: httpx.AsyncClient, staff: dict[str, str], make: Factory
) -> None:
    batch, member = await make.batch(), await make.member()
    claimed = await client.post(
        f"/v1/breakfast/batches/{batch.id}/claims", headers=auth(make.token(member), "one")
    )
    code = claimed.json()["code"]
    for query in ({"member_no": member.member_no}, {"code": code}):
        found = await client.get("/v1/admin/breakfast/vouchers", headers=staff, params=query)
        assert [each["id"] for each in found.json()["items"]] == [claimed.json()["id"]]
        assert code not in found.text
    mistyped = await client.get(
        "/v1/admin/breakfast/vouchers", headers=staff, params={"code": "mistyped"}
    )
    assert (mistyped.status_code, mistyped.json()["code"]) == (422, "code_malformed")


async def test_lists_go_on_from_their_cursor(
    client: httpx.AsyncClient, staff: dict[str, str]
) -> None:
    first = await create(client, staff, repeat_days=5)
    seen: list[str] = []
    url = f"{BATCHES}?limit=2"
    while url:
        answer = await client.get(url, headers=staff)
        seen += [batch["id"] for batch in answer.json()["items"]]
        url = answer.links.get("next", {}).get("url", "")
    assert seen == first["series"]
    assert (await client.get(f"{BATCHES}?cursor=nonsense", headers=staff)).status_code == 422


async def test_conservation_shows_every_pool_equal(
    client: httpx.AsyncClient, staff: dict[str, str], make: Factory
) -> None:
    batch = await make.batch(total=3)
    token = make.token(await make.member())
    await client.post(f"/v1/breakfast/batches/{batch.id}/claims", headers=auth(token, "one"))
    await make.rooms.stock.drain()
    page = (await client.get("/v1/admin/conservation", headers=staff)).json()
    assert page["equal"] is True
    pool = page["pools"][0]
    assert pool["owner_id"] == str(batch.id)
    assert (pool["total"], pool["issued"], pool["free"], pool["held"]) == (3, 1, 2, 0)
    assert pool["turnstile"] == {"seq": batch.pool.seq + 1, "free": 2}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"total": 0}, "#/total"),
        ({"total": "many"}, "#/total"),
        ({"opens_at": "2026-01-01T00:00:00"}, "#/opens_at"),
        ({"opens_at": 5}, "#/opens_at"),
        ({"eligible_categories": ["everybody"]}, "#/eligible_categories/0"),
        ({"perperson": 1}, "#/perperson"),
        ({"name": " "}, "#/name"),
        ({"stores": {"store_nos": ["NOPE"]}}, "#/stores/store_nos/0"),
    ],
)
async def test_bad_input_is_pointed_at(
    client: httpx.AsyncClient, staff: dict[str, str], change: dict[str, Any], pointer: str
) -> None:
    answer = await client.post(BATCHES, headers=staff, json=example(**change))
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
