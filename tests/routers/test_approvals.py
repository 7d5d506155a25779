"""Two people over HTTP: breakfast's budget above a threshold, and the threshold itself."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from app.models.breakfast import BatchHistory
from app.models.ledger import LedgerEntry
from app.models.states import District, Role
from app.routers.admin.approvals import APPROVALS
from tests.factories import Factory, auth
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

BATCHES = "/v1/admin/breakfast/batches"
THRESHOLD = "/v1/admin/approval-thresholds/breakfast.budget"
FACE_FEN = 1_000
WEEK = timedelta(days=7)


class Desk:
    """A campaign manager who asks, somebody of finance who decides, a batch of ten."""

    def __init__(self, client: httpx.AsyncClient, make: Factory) -> None:
        self.client, self.make = client, make
        self.asker: dict[str, str] = {}
        self.approver: dict[str, str] = {}
        self.batch_id = UUID(int=0)

    async def open(self) -> None:
        self.asker = auth(await self.make.staff(Role.CAMPAIGN_MANAGER))
        self.approver = auth(await self.make.staff(Role.FINANCE))
        self.batch_id = (await self.make.batch(total=10, face_value_fen=FACE_FEN)).id

    async def set_threshold(
        self, units: int | None, *, expected: int | None = None, by: dict[str, str] | None = None
    ) -> httpx.Response:
        body = {
            "expected_fen": expected if expected is None else expected * FACE_FEN,
            "threshold_fen": units if units is None else units * FACE_FEN,
            "reason": "测试",
        }
        return await self.client.put(THRESHOLD, headers=by or self.approver, json=body)

    async def change(
        self, total: int, *, expected: int = 10, key: str | None = None, by: Any = None
    ) -> httpx.Response:
        headers = (by or self.asker) | ({"Idempotency-Key": f'"{key}"'} if key else {})
        body = {"expected_total": expected, "total": total, "reason": "追加"}
        url = f"{BATCHES}/{self.batch_id}/budget"
        return await self.client.post(url, headers=headers, json=body)

    async def ask(self, total: int, *, expected: int = 10) -> str:
        answer = await self.change(total, expected=expected)
        assert answer.status_code == 202, answer.text
        approval_id: str = answer.json()["approval_id"]
        return approval_id

    async def decide(
        self, approval_id: str, decision: str = "approve", *, by: Any = None, key: str | None = None
    ) -> httpx.Response:
        headers = (by or self.approver) | ({"Idempotency-Key": f'"{key}"'} if key else {})
        body = {"decision": decision, "reason": "已核对"}
        url = f"{APPROVALS}/{approval_id}/decision"
        return await self.client.post(url, headers=headers, json=body)

    async def withdraw(self, approval_id: str, *, by: Any = None) -> httpx.Response:
        url = f"{APPROVALS}/{approval_id}/withdrawal"
        return await self.client.post(url, headers=by or self.asker, json={"reason": "不用了"})

    async def approval(self, approval_id: str) -> dict[str, Any]:
        answer = await self.client.get(f"{APPROVALS}/{approval_id}", headers=self.approver)
        found: dict[str, Any] = answer.json()
        return found

    async def listed(self, **query: str) -> list[str]:
        answer = await self.client.get(APPROVALS, headers=self.approver, params=query)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    async def batch(self) -> dict[str, Any]:
        answer = await self.client.get(f"{BATCHES}/{self.batch_id}", headers=self.asker)
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def desk(client: httpx.AsyncClient, make: Factory) -> Desk:
    """With a threshold of five units."""
    desk = Desk(client, make)
    await desk.open()
    assert (await desk.set_threshold(5)).status_code == 200
    return desk


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def account(desk: Desk, headers: dict[str, str]) -> tuple[str, str]:
    """The id and the name behind a token."""
    token = headers["Authorization"].removeprefix("Bearer ")
    staff = desk.make.rooms.own_tokens.verify_staff(token).staff
    return str(staff.id), staff.name


async def test_below_the_threshold_a_budget_is_changed_at_once(desk: Desk) -> None:
    answer = await desk.change(15)
    assert (answer.status_code, answer.json()["total"]) == (200, 15)
    assert await desk.listed() == []


async def test_above_it_nothing_happens_until_a_second_person_approves(desk: Desk) -> None:
    before = await desk.batch()
    asked = await desk.change(16)
    assert asked.status_code == 202
    approval_id = asked.json()["approval_id"]
    assert asked.json() == {"approval_id": approval_id}
    assert asked.headers["location"] == f"{APPROVALS}/{approval_id}"
    assert await desk.batch() == before
    waiting = (await desk.client.get(asked.headers["location"], headers=desk.approver)).json()
    assert waiting["state"] == "pending"
    assert waiting["payload"] == {"expected_total": 10, "total": 16, "face_value_fen": FACE_FEN}
    assert (waiting["amount_fen"], waiting["counted_fen"], waiting["threshold_fen"]) == (
        6_000,
        6_000,
        5_000,
    )
    assert "由 10 调整为 16，增加 60.00 元" in waiting["summary"]
    decided = await desk.decide(approval_id)
    assert (decided.status_code, decided.json()["state"]) == (200, "approved")
    assert decided.json()["decision_reason"] == "已核对"
    assert (await desk.batch())["total"] == 16
    await assert_books_are_right(desk.make.rooms)


async def test_history_and_ledger_name_who_asked_and_who_approved(desk: Desk) -> None:
    approval_id = await desk.ask(16)
    await desk.decide(approval_id)
    (asker_id, asker), (approver_id, approver) = (
        account(desk, desk.asker),
        account(desk, desk.approver),
    )
    async with desk.make.rooms.sessions() as session:
        moves = await session.scalars(
            select(BatchHistory)
            .where(BatchHistory.batch_id == desk.batch_id)
            .order_by(BatchHistory.id)
        )
        asked, done = list(moves)[-2:]
        rows = await session.scalars(select(LedgerEntry).order_by(LedgerEntry.id))
        kept = {row.verb: row for row in rows}
    assert (asked.act, asked.actor, asked.asked_by) == ("ask_budget", asker, None)
    assert (done.act, done.actor, done.asked_by) == ("budget", approver, asker)
    assert str(kept["approval.ask"].actor_id) == asker_id
    for verb in ("approval.decide", "breakfast.batch.budget"):
        assert str(kept[verb].actor_id) == approver_id
    assert str(kept["approval.ask"].object_id) == approval_id
    act = kept["breakfast.batch.budget"]
    assert act.object_id == desk.batch_id
    assert act.reason == f"追加 (asked by staff {asker_id}, approval {approval_id})"
    assert act.request_id == kept["approval.decide"].request_id


async def test_refusals_come_before_the_second_person(desk: Desk) -> None:
    assert refusal(await desk.change(100, expected=9)) == (412, "version_stale")
    assert await desk.listed() == []


async def test_slices_are_counted_together_for_a_day(desk: Desk) -> None:
    assert (await desk.change(13)).status_code == 200
    approval_id = await desk.ask(16, expected=13)
    assert (await desk.approval(approval_id))["counted_fen"] == 6_000
    await desk.withdraw(approval_id)
    await desk.make.move_clock(timedelta(hours=24))
    assert (await desk.change(16, expected=13)).status_code == 200


async def test_what_two_people_agreed_to_is_not_counted_against_one(desk: Desk) -> None:
    await desk.decide(await desk.ask(100))
    assert (await desk.change(105, expected=100)).status_code == 200


async def test_a_lower_total_and_a_test_batch_need_nobody_else(desk: Desk, make: Factory) -> None:
    assert (await desk.set_threshold(0, expected=5)).status_code == 200
    assert (await desk.change(2)).status_code == 200
    assert (await desk.change(3, expected=2)).status_code == 202
    desk.batch_id = (await make.batch(total=10, test=True)).id
    assert (await desk.change(100)).status_code == 200


async def test_a_repeat_with_the_same_key_gets_the_same_approval(desk: Desk) -> None:
    first = await desk.change(16, key="once")
    await desk.decide(first.json()["approval_id"])
    again = await desk.change(16, key="once")
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"
    assert refusal(await desk.change(17, key="once")) == (422, "idempotency_key_reused")
    assert len(await desk.listed()) == 1


async def test_a_repeated_approval_answers_as_the_first_and_does_it_once(desk: Desk) -> None:
    approval_id = await desk.ask(16)
    first = await desk.decide(approval_id, key="once")
    again = await desk.decide(approval_id, key="once")
    assert (again.status_code, again.content) == (200, first.content)
    assert refusal(await desk.decide(approval_id)) == (409, "state_conflict")
    assert (await desk.batch())["total"] == 16


async def test_who_asked_does_not_decide_it_and_nobody_of_another_role(
    desk: Desk, make: Factory
) -> None:
    approval_id = await desk.ask(16)
    assert refusal(await desk.decide(approval_id, by=desk.asker)) == (403, "own_approval")
    stores = auth(await make.staff(Role.STORE_MANAGER))
    assert refusal(await desk.decide(approval_id, by=stores)) == (403, "forbidden")
    another = auth(await make.staff(Role.CAMPAIGN_MANAGER))
    assert (await desk.decide(approval_id, by=another)).status_code == 200


async def test_an_administrator_does_not_approve_its_own_either(desk: Desk, make: Factory) -> None:
    administrator = auth(await make.staff())
    asked = await desk.change(16, by=administrator)
    own = await desk.decide(asked.json()["approval_id"], by=administrator)
    assert refusal(own) == (403, "own_approval")
    assert (await desk.batch())["total"] == 10


async def test_an_account_limited_to_districts_neither_asks_nor_looks_nor_decides(
    desk: Desk, make: Factory
) -> None:
    """A batch and its money are the whole campaign's; with the same role and no limit it may."""
    approval_id = await desk.ask(16)
    limited = auth(await make.staff(Role.ADMINISTRATOR, districts=[District.SHINAN]))
    asked = [
        await desk.change(17, by=limited),
        await desk.client.get(APPROVALS, headers=limited),
        await desk.client.get(f"{APPROVALS}/{approval_id}", headers=limited),
        await desk.decide(approval_id, by=limited),
        await desk.withdraw(approval_id, by=limited),
        await desk.client.get(THRESHOLD, headers=limited),
        await desk.set_threshold(1, expected=5, by=limited),
    ]
    assert [refusal(answer) for answer in asked] == [(403, "forbidden")] * len(asked)
    assert {answer.json()["rule"] for answer in asked} == {"districts"}
    assert (await desk.approval(approval_id))["state"] == "pending"
    unlimited = auth(await make.staff(Role.ADMINISTRATOR))
    assert (await desk.decide(approval_id, by=unlimited)).status_code == 200


async def test_what_is_rejected_is_not_done(desk: Desk) -> None:
    rejected = await desk.decide(await desk.ask(16), "reject")
    assert (rejected.status_code, rejected.json()["state"]) == (200, "rejected")
    assert (await desk.batch())["total"] == 10
    assert await desk.ask(16) != rejected.json()["id"]


async def test_while_one_waits_another_of_the_same_batch_is_refused_with_its_id(
    desk: Desk,
) -> None:
    approval_id = await desk.ask(16)
    refused = await desk.change(20)
    assert refusal(refused) == (409, "approval_pending")
    assert refused.json()["approval_id"] == approval_id
    withdrawn = await desk.withdraw(approval_id)
    assert (withdrawn.status_code, withdrawn.json()["state"]) == (200, "withdrawn")
    assert (await desk.change(20)).status_code == 202


async def test_only_who_asked_takes_it_back(desk: Desk) -> None:
    approval_id = await desk.ask(16)
    assert refusal(await desk.withdraw(approval_id, by=desk.approver)) == (403, "forbidden")
    assert (await desk.approval(approval_id))["state"] == "pending"


async def test_an_act_that_has_become_impossible_fails_with_its_code_and_nothing_is_done(
    desk: Desk,
) -> None:
    approval_id = await desk.ask(16)
    assert (await desk.change(11)).status_code == 200
    before = await desk.batch()
    assert refusal(await desk.decide(approval_id)) == (412, "version_stale")
    failed = await desk.approval(approval_id)
    assert (failed["state"], failed["refusal"]) == ("failed", "version_stale")
    assert failed["decided_by"]["name"] == account(desk, desk.approver)[1]
    assert await desk.batch() == before
    assert refusal(await desk.decide(approval_id)) == (409, "state_conflict")
    assert (await desk.change(17, expected=11)).status_code == 202
    await assert_books_are_right(desk.make.rooms)


async def test_vouchers_of_another_value_than_was_asked_for_are_not_approved(
    desk: Desk, make: Factory
) -> None:
    draft = await make.batch(total=10, face_value_fen=FACE_FEN, started=False)
    desk.batch_id = draft.id
    approval_id = await desk.ask(16)
    dearer = {"version": draft.version, "face_value_fen": 9_000}
    changed = await desk.client.patch(f"{BATCHES}/{draft.id}", headers=desk.asker, json=dearer)
    assert changed.status_code == 200
    assert refusal(await desk.decide(approval_id)) == (412, "version_stale")
    assert (await desk.batch())["total"] == 10


async def test_what_nobody_decides_in_a_week_has_lapsed_before_any_job_ran(desk: Desk) -> None:
    approval_id = await desk.ask(16)
    assert await desk.listed(state="pending") == [approval_id]
    await desk.make.move_clock(WEEK)
    assert await desk.listed(state="pending") == []
    assert await desk.listed(state="lapsed") == [approval_id]
    late = await desk.decide(approval_id)
    assert refusal(late) == (409, "state_conflict")
    assert late.json()["state"] == "lapsed"
    assert (await desk.batch())["total"] == 10


async def test_approvals_are_listed_newest_first_by_state_and_kind_in_pages(desk: Desk) -> None:
    first = await desk.ask(16)
    await desk.decide(first, "reject")
    second = await desk.ask(17)
    assert await desk.listed() == [second, first]
    assert await desk.listed(state="rejected") == [first]
    assert await desk.listed(kind="breakfast.budget") == [second, first]
    assert await desk.listed(kind="approvals.threshold") == []
    page = await desk.client.get(APPROVALS, headers=desk.approver, params={"limit": 1})
    cursor = page.json()["next_cursor"]
    assert 'rel="next"' in page.headers["link"]
    assert await desk.listed(cursor=cursor) == [first]


async def test_a_threshold_is_set_and_lowered_by_one_person(desk: Desk) -> None:
    lowered = await desk.set_threshold(3, expected=5)
    assert (lowered.status_code, lowered.json()) == (
        200,
        {"kind": "breakfast.budget", "threshold_fen": 3_000},
    )
    assert (await desk.change(14)).status_code == 202


@pytest.mark.parametrize("units", [6, None], ids=["raised", "taken away"])
async def test_a_threshold_is_loosened_by_two(desk: Desk, make: Factory, units: int | None) -> None:
    asked = await desk.set_threshold(units, expected=5)
    assert asked.status_code == 202
    approval_id = asked.json()["approval_id"]
    assert (await desk.change(16)).status_code == 202
    assert refusal(await desk.decide(approval_id)) == (403, "own_approval")
    managers = await desk.decide(approval_id, by=desk.asker)
    assert refusal(managers) == (403, "forbidden")
    second = auth(await make.staff(Role.FINANCE))
    assert (await desk.decide(approval_id, by=second)).status_code == 200
    now = await desk.client.get(THRESHOLD, headers=desk.approver)
    assert now.json()["threshold_fen"] == (None if units is None else units * FACE_FEN)


async def test_a_threshold_that_moved_on_is_neither_changed_nor_approved(
    desk: Desk, make: Factory
) -> None:
    assert refusal(await desk.set_threshold(9, expected=4)) == (412, "version_stale")
    approval_id = (await desk.set_threshold(9, expected=5)).json()["approval_id"]
    assert (await desk.set_threshold(2, expected=5)).status_code == 200
    second = auth(await make.staff(Role.FINANCE))
    assert refusal(await desk.decide(approval_id, by=second)) == (412, "version_stale")
    now = await desk.client.get(THRESHOLD, headers=desk.approver)
    assert now.json()["threshold_fen"] == 2_000


async def test_a_threshold_is_asked_to_be_loosened_once_at_a_time(desk: Desk) -> None:
    asked = await desk.set_threshold(6, expected=5)
    refused = await desk.set_threshold(None, expected=5)
    assert refusal(refused) == (409, "approval_pending")
    assert refused.json()["approval_id"] == asked.json()["approval_id"]


@pytest.mark.parametrize("kind", ["breakfast.nothing", "approvals.threshold"])
async def test_what_is_no_kind_or_always_needs_two_has_no_threshold(desk: Desk, kind: str) -> None:
    url = THRESHOLD.replace("breakfast.budget", kind)
    assert refusal(await desk.client.get(url, headers=desk.approver)) == (404, "not_found")
    body = {"expected_fen": None, "threshold_fen": 1, "reason": "测试"}
    assert (await desk.client.put(url, headers=desk.approver, json=body)).status_code == 404
