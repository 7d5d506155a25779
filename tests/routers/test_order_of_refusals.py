"""Several things wrong at once: the contract says which is told (section 2).

401, 403, the key's form, the body, 404, the repeat of a key that succeeded, another body under
it, one that is still running, and only then what the operation itself has to say.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.models.states import Category
from app.packs.breakfast.queries import BatchFacts
from app.routers.keys import NEEDED, NO_KEY
from tests import paying
from tests.appointing import STAFF_APPOINTMENTS, STAFF_TALKS
from tests.calls import KEY, NOTHING, Call, good_calls
from tests.consulting import ALERTS, DESK, EXPERTS, RUNS
from tests.factories import Factory, auth
from tests.keys import meanwhile
from tests.quizzing import DRAWS, QUIZZES
from tests.routers.scenes import TAKEN, Stage, Told, set_stage
from tests.tills import Counter

pytestmark = pytest.mark.anyio

CALLS = {call.name: call for call in good_calls()}
KEYED = [call for call in CALLS.values() if call.route.access.key != NO_KEY]
JSON = {"Content-Type": "application/json"}
NO_BOUNDARY = {"Content-Type": "multipart/form-data"}


@pytest.fixture
async def stage(client: httpx.AsyncClient, make: Factory, counter: Counter) -> Stage:
    return await set_stage(client, make, counter)


@dataclass(frozen=True)
class Act:
    """What a keyed operation of staff needs; what it says when it is done a second time under a
    new key (None: the second is as good as the first); and what makes another body, one that
    the operation itself would refuse if there can be such a one."""

    prepare: Callable[[Stage], Awaitable[dict[str, Any]]]
    second: str | None
    other: dict[str, Any] = field(default_factory=lambda: {"reason": "另一个理由"})
    body: dict[str, Any] = field(default_factory=dict)


BATCH, STORE = "/v1/admin/breakfast/batches", "/v1/admin/stores"
COUPLETS = "/v1/admin/couplets/events"
CAMPAIGNS = "/v1/admin/campaigns"
MERCHANT, STAFF, ME = "/v1/admin/merchants", "/v1/admin/staff", "/v1/admin/me"
# Where no body is read any other is another.
ANY = {"other": 1}
WRONG_CODE = {"totp": "000000"}
NOBODYS = "00000000-0000-0000-0000-000000000002"
BUDGET = {"expected_total": 10, "total": 11, "reason": "追加"}
ACTS: dict[str, Act] = {
    f"PATCH {MERCHANT}/{{merchant_id}}/bank-account": Act(
        Stage.merchant_of_finance, "approval_pending", {"account": "37001986106050054321"}
    ),
    "POST /v1/admin/exports": Act(Stage.nothing, None, {"what": "breakfast.refused_redemptions"}),
    f"POST {BATCH}": Act(Stage.nothing, None, {"total": 5}),
    f"POST {BATCH}/{{batch_id}}/start": Act(Stage.batch, "state_conflict"),
    f"POST {BATCH}/{{batch_id}}/pause": Act(Stage.running, "state_conflict"),
    f"POST {BATCH}/{{batch_id}}/resume": Act(Stage.paused, "state_conflict"),
    f"POST {BATCH}/{{batch_id}}/end": Act(Stage.running, "state_conflict"),
    f"POST {BATCH}/{{batch_id}}/budget": Act(
        Stage.batch, "version_stale", {"expected_total": 9}, BUDGET
    ),
    "POST /v1/admin/breakfast/vouchers/{voucher_id}/void": Act(Stage.voucher, "state_conflict"),
    "POST /v1/admin/redemption-disputes/{dispute_id}/decision": Act(
        Stage.dispute, "state_conflict"
    ),
    "POST /v1/admin/redemptions/{redemption_id}/reversal": Act(Stage.redemption, "state_conflict"),
    f"POST {MERCHANT}": Act(Stage.merchant, "already_exists", {"name": TAKEN}),
    f"POST {MERCHANT}/{{merchant_id}}/onboarding-codes": Act(Stage.merchant, None, ANY),
    f"POST {STORE}": Act(Stage.store, "already_exists", {"store_no": TAKEN}),
    f"POST {STORE}/{{store_id}}/onboarding-codes": Act(Stage.store, None, ANY),
    f"POST {STORE}/{{store_id}}/suspend": Act(Stage.store, "state_conflict"),
    f"POST {STORE}/{{store_id}}/restore": Act(Stage.suspended, "state_conflict"),
    f"POST {STAFF}": Act(Stage.account, "already_exists", {"name": TAKEN}),
    f"POST {STAFF}/{{staff_id}}/roles": Act(Stage.account, None, {"roles": ["finance"]}),
    f"POST {STAFF}/{{staff_id}}/password": Act(Stage.account, None, {"password": "A" * 20}),
    f"POST {STAFF}/{{staff_id}}/disable": Act(Stage.account, "state_conflict", ANY),
    f"POST {STAFF}/{{staff_id}}/districts": Act(Stage.account, None, {"districts": ["jimo"]}),
    f"POST {STAFF}/{{staff_id}}/second-factor/removal": Act(
        Stage.somebodys_factor, "state_conflict"
    ),
    f"POST {BATCH}/{{batch_id}}/test-codes": Act(Stage.test_batch, None, {"store_no": "NOBODY-1"}),
    "POST /v1/admin/approvals/{approval_id}/decision": Act(
        Stage.somebodys_approval, "state_conflict"
    ),
    "POST /v1/admin/approvals/{approval_id}/withdrawal": Act(Stage.own_approval, "state_conflict"),
    "PUT /v1/admin/approval-thresholds/{kind}": Act(
        Stage.threshold, "version_stale", {"expected_fen": 9}
    ),
    "POST /v1/admin/wishes/kinds": Act(Stage.nothing, "already_exists", {"title": "另一类"}),
    f"POST {CAMPAIGNS}": Act(Stage.nothing, None, {"name": "另一届"}),
    f"POST {CAMPAIGNS}/{{campaign_id}}/copies": Act(Stage.edition, None, {"name": "另一届"}),
    f"POST {CAMPAIGNS}/{{campaign_id}}/open": Act(Stage.draft_edition, "state_conflict"),
    f"POST {CAMPAIGNS}/{{campaign_id}}/end": Act(Stage.edition, "state_conflict"),
    f"POST {CAMPAIGNS}/{{campaign_id}}/current": Act(Stage.open_edition, "state_conflict"),
    "POST /v1/admin/packs/{kind}/close": Act(Stage.pack, "state_conflict"),
    "POST /v1/admin/packs/{kind}/open": Act(Stage.closed_pack, "state_conflict"),
    "POST /v1/admin/read-only/on": Act(Stage.nothing, "state_conflict"),
    "POST /v1/admin/read-only/off": Act(Stage.read_only, "state_conflict"),
    "POST /v1/admin/wishes": Act(Stage.wisher, None, {"title": "另一个心愿"}),
    "POST /v1/admin/wishes/{wish_id}/review": Act(Stage.wish, "state_conflict"),
    "POST /v1/admin/wishes/{wish_id}/dispatches": Act(
        Stage.open_wish, "state_conflict", {"member_no": "NOBODY-1"}
    ),
    "POST /v1/admin/wishes/{wish_id}/confirmation": Act(Stage.silent_wish, "state_conflict"),
    f"POST {COUPLETS}": Act(Stage.nothing, None, {"title": "另一场"}),
    f"POST {COUPLETS}/{{event_id}}/variants/{{variant_id}}/stock": Act(
        Stage.couplets_variant,
        "version_stale",
        {"expected_total": 9},
        {"pool": "walk_in", "expected_total": 1, "total": 2, "reason": "加写"},
    ),
    f"POST {COUPLETS}/{{event_id}}/order": Act(Stage.couplets_order, "approval_pending"),
    f"POST {COUPLETS}/{{event_id}}/pickups": Act(
        Stage.couplets_reservation, "already_collected", {"phone_last4": "9999"}
    ),
    f"POST {COUPLETS}/{{event_id}}/walk-ins": Act(
        Stage.couplets_event, "sold_out", {"member_no": "NOBODY-1"}
    ),
    "POST /v1/admin/couplets/pickups/{pickup_id}/reversal": Act(
        Stage.couplets_pickup, "state_conflict"
    ),
    "POST /v1/admin/gift-boxes": Act(Stage.campaign, None, {"name": "另一盒"}),
    "POST /v1/admin/gift-boxes/{box_id}/stock": Act(
        Stage.gift_box,
        "version_stale",
        {"expected_total": 9},
        {"expected_total": 3, "total": 4, "reason": "加货"},
    ),
    "POST /v1/admin/gift-boxes/{box_id}/order": Act(Stage.free_box_order, "approval_pending"),
    "POST /v1/admin/orders/{order_id}/refunds": Act(
        Stage.paid_order, "state_conflict", {"stock": "scrap"}
    ),
    "POST /v1/admin/orders/packed": Act(Stage.orders_to_pack, None, {"order_ids": [NOBODYS]}),
    "POST /v1/admin/orders/{order_id}/unpacking": Act(Stage.packed_order, "state_conflict"),
    "POST /v1/admin/orders/pickups": Act(
        Stage.packed_order, "already_collected", {"phone_last4": "9999"}
    ),
    "POST /v1/admin/orders/pickups/{pickup_id}/reversal": Act(Stage.box_pickup, "state_conflict"),
    f"POST {QUIZZES}": Act(Stage.campaign, None, {"title": "另一个"}),
    f"POST {QUIZZES}/{{quiz_id}}/open": Act(Stage.quiz, "state_conflict"),
    f"POST {QUIZZES}/{{quiz_id}}/close": Act(Stage.open_quiz, "state_conflict"),
    f"POST {QUIZZES}/{{quiz_id}}/questions": Act(
        Stage.quiz, "input_invalid", {"text": "别的"}, {"code": "ORDER"}
    ),
    f"POST {QUIZZES}/{{quiz_id}}/questions/{{question_id}}/key": Act(Stage.question, None),
    f"POST {STAFF_TALKS}": Act(Stage.campaign, None, {"title": "另一场"}),
    f"POST {STAFF_TALKS}/{{talk_id}}/capacity": Act(Stage.talk, "version_stale", {"total": 130}),
    f"POST {STAFF_TALKS}/{{talk_id}}/attendances": Act(
        Stage.talk_under_way, "already_attended", {"registration_id": str(NOTHING)}
    ),
    "POST /v1/admin/health/registrations/{registration_id}/reversal": Act(
        Stage.attended, "state_conflict"
    ),
    f"POST {STAFF_APPOINTMENTS}/{{appointment_id}}/check-in": Act(
        Stage.appointment_at_hand, "state_conflict", ANY
    ),
    f"POST {STAFF_APPOINTMENTS}/{{appointment_id}}/fulfilment": Act(
        Stage.appointment_checked_in, "state_conflict", ANY
    ),
    f"POST {STAFF_APPOINTMENTS}/{{appointment_id}}/cancellation": Act(
        Stage.appointment, "state_conflict"
    ),
    f"POST {STAFF_APPOINTMENTS}/{{appointment_id}}/correction": Act(
        Stage.appointment, "state_conflict"
    ),
    f"POST {EXPERTS}": Act(Stage.campaign, "already_exists", {"licence_no": "370200-ORDER"}),
    f"POST {DESK}/{{consultation_id}}/take": Act(Stage.waiting_consultation, "state_conflict", ANY),
    f"POST {DESK}/{{consultation_id}}/messages": Act(Stage.consultation, None, {"text": "别的"}),
    f"POST {DESK}/{{consultation_id}}/hand-over": Act(
        Stage.consultation, "not_found", {"note": "别的"}
    ),
    f"POST {DESK}/{{consultation_id}}/close": Act(Stage.consultation, "not_found", ANY),
    f"POST {DESK}/{{consultation_id}}/identity": Act(
        Stage.anonymous_consultation, "approval_pending"
    ),
    f"POST {ALERTS}/{{alert_id}}/acknowledgement": Act(Stage.alert, "state_conflict"),
    f"POST {RUNS}": Act(Stage.nothing, None, {"dry_run": False}),
    f"POST {DRAWS}": Act(Stage.campaign, None, {"title": "另一个"}),
    f"POST {DRAWS}/{{draw_id}}/open": Act(Stage.draw, "state_conflict"),
    f"POST {DRAWS}/{{draw_id}}/freeze": Act(Stage.freezable_draw, "approval_pending"),
    f"POST {DRAWS}/{{draw_id}}/commit": Act(Stage.frozen_draw, "approval_pending"),
    f"POST {DRAWS}/{{draw_id}}/reveal": Act(Stage.committed_draw, "approval_pending"),
    f"POST {DRAWS}/{{draw_id}}/disqualifications": Act(Stage.drawn_draw, "approval_pending"),
    "POST /v1/admin/jobs/{job_id}/retry": Act(Stage.job, "state_conflict", ANY),
    "POST /v1/admin/payments/{payment_id}/refunds": Act(
        Stage.payment, "refund_too_large", {"amount_fen": paying.PRICE + 1}
    ),
    "POST /v1/admin/payment-reconciliations": Act(
        Stage.nothing, "state_conflict", {"day": "2099-01-06"}
    ),
    "POST /v1/admin/payment-differences/{difference_id}/take": Act(
        Stage.difference, "state_conflict", ANY
    ),
    "POST /v1/admin/payment-differences/{difference_id}/resolution": Act(
        Stage.difference, "state_conflict", {"resolution": "另一种处理"}
    ),
    f"POST {ME}/password": Act(
        Stage.own_account, "password_wrong", {"password": "wrong"}, {"new_password": "A" * 20}
    ),
    f"POST {ME}/second-factor/confirmation": Act(Stage.own_secret, "state_conflict", WRONG_CODE),
    f"POST {ME}/second-factor/removal": Act(Stage.own_factor, "state_conflict", WRONG_CODE),
}
each_act = pytest.mark.parametrize("name", ACTS)


async def prepared(stage: Stage, name: str) -> tuple[Call, Call]:
    """The act, and the same with another body under the same key."""
    act, shown = ACTS[name], CALLS[name].body.get("json")
    parameters = await act.prepare(stage)
    body = {**(shown or {}), **act.body, **stage.body}
    call = CALLS[name].but(path_parameters=parameters, body={} if shown is None else {"json": body})
    return call, call.but(body={"json": {**body, **act.other}})


def test_every_operation_with_a_key_is_looked_at() -> None:
    """Those of members, who cannot do without one, stand further down and in test_files.py."""
    keyed = {call.name for call in KEYED if call.route.access.key not in NEEDED}
    assert keyed == set(ACTS)


async def test_what_is_wrong_with_a_call_is_told_from_the_outside_in(stage: Stage) -> None:
    told = {call.name: [await stage.told(*each) for each in spoilt(stage, call)] for call in KEYED}
    assert told == {call.name: outside_in(call) for call in KEYED}


def spoilt(stage: Stage, call: Call) -> Iterator[tuple[Call, dict[str, str]]]:
    """Everything is wrong; then one thing after the other is put right."""
    right = stage.tokens[call.route.access.audience]
    nowhere = dict.fromkeys(call.path_parameters, NOTHING)
    kind = NO_BOUNDARY if "files" in call.body else JSON
    bad = call.but(key="two words", body={"content": b"{"}, headers=kind, path_parameters=nowhere)
    yield bad, {}
    yield bad, stage.tokens["store"]
    yield bad, right
    yield bad.but(key=KEY), right
    if call.body:
        yield bad.but(key=KEY, body={"json": []}, headers={}), right
    if call.names_objects:
        yield bad.but(key=KEY, body=call.body, headers={}), right


def outside_in(call: Call) -> list[Told]:
    return [
        (401, "unauthenticated"),
        (403, "forbidden"),
        (400, "idempotency_key_malformed"),
        (400, "body_malformed"),
        *([(422, "input_invalid")] if call.body else []),
        *([(404, "not_found")] if call.names_objects else []),
    ]


@each_act
async def test_a_key_is_looked_at_before_what_has_become_of_the_object(
    stage: Stage, name: str
) -> None:
    """The act is done, so that doing it again is refused: not to a repeat, which hears the
    first answer, and to another body under that key its own refusal first."""
    call, other = await prepared(stage, name)
    headers = stage.tokens["staff"]
    first = await call.send(stage.client, headers)
    assert first.is_success, first.text
    again = await call.send(stage.client, headers)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers.get("Location") == first.headers.get("Location")
    assert await stage.told(other, headers) == (422, "idempotency_key_reused")
    _, code = await stage.told(call.but(key=str(uuid4())), headers)
    assert code == ACTS[name].second


@each_act
async def test_a_repeat_of_what_is_under_way_is_told_so_at_once(stage: Stage, name: str) -> None:
    """The first holds whatever it locks until its record may be written; nobody waits for it."""
    call, other = await prepared(stage, name)
    headers = stage.tokens["staff"]
    sends = [partial(each.send, stage.client, headers) for each in (call, other)]
    done, repeats = await meanwhile(stage.make, sends[0], *sends)
    for repeat in repeats:
        assert (repeat.status_code, repeat.json()["code"]) == (409, "idempotency_key_in_progress")
        assert repeat.headers["Retry-After"] == "1"
    assert done.is_success, done.text
    again = await call.send(stage.client, headers)
    assert (again.content, again.headers["Idempotent-Replayed"]) == (done.content, "true")


@dataclass
class Press:
    """A member who claims, and the batch."""

    stage: Stage
    categories: tuple[Category, ...] = (Category.OUTDOOR,)

    async def by(self, batch: BatchFacts, *acts: str, times: int = 1) -> list[Told]:
        """What the member is told of presses with a key each, `acts` before the last."""
        make = self.stage.make
        token = auth(make.token(await make.member(categories=self.categories)))
        call = CLAIM.but(path_parameters={"batch_id": batch.id})
        keys = iter(str(uuid4()) for _ in range(times))
        told = [await self.stage.told(call.but(key=next(keys)), token) for _ in range(times - 1)]
        for act in acts:
            await make.move(batch.id, act)
        return [*told, await self.stage.told(call.but(key=next(keys)), token)]


async def nobodys_and_ended(stage: Stage) -> list[Told]:
    return await Press(stage, (Category.HARDSHIP,)).by(await stage.make.batch(), "end")


async def ended_and_not_open_yet(stage: Stage) -> list[Told]:
    return await Press(stage).by(await later(stage), "end")


async def not_open_yet_and_paused(stage: Stage) -> list[Told]:
    return await Press(stage).by(await later(stage), "pause")


async def paused_and_at_the_limit(stage: Stage) -> list[Told]:
    batch = await stage.make.batch(per_person_total=1)
    return await Press(stage).by(batch, "pause", times=2)


async def at_the_limit_and_sold_out(stage: Stage) -> list[Told]:
    """To who was granted the last one; to others either may be told."""
    batch = await stage.make.batch(total=1, per_person_total=1)
    return await Press(stage).by(batch, times=2)


async def later(stage: Stage) -> BatchFacts:
    return await stage.make.batch(opens_at=stage.make.rooms.clock.now() + timedelta(days=1))


CLAIM = CALLS["POST /v1/breakfast/batches/{batch_id}/claims"]
GRANTED: Told = (201, None)
CLAIMS: dict[Callable[[Stage], Awaitable[list[Told]]], list[Told]] = {
    nobodys_and_ended: [(403, "not_eligible")],
    ended_and_not_open_yet: [(409, "batch_ended")],
    not_open_yet_and_paused: [(409, "not_open")],
    paused_and_at_the_limit: [GRANTED, (409, "batch_paused")],
    at_the_limit_and_sold_out: [GRANTED, (409, "limit_reached")],
}


@pytest.mark.parametrize("scene", CLAIMS, ids=lambda scene: scene.__name__)
async def test_of_two_reasons_against_a_claim_the_earlier_is_told(
    stage: Stage, scene: Callable[[Stage], Awaitable[list[Told]]]
) -> None:
    assert await scene(stage) == CLAIMS[scene]


async def test_a_key_that_succeeded_is_looked_at_before_any_reason_against_the_claim(
    stage: Stage,
) -> None:
    """Granted; then the category is gone and the batch has ended."""
    make = stage.make
    batch, member = await make.batch(), await make.member()
    call = CLAIM.but(path_parameters={"batch_id": batch.id})
    token = auth(make.token(member))
    first = await call.send(stage.client, token)
    assert first.status_code == 201
    await stage.client.put(
        f"/v1/admin/members/{member.id}/categories",
        headers=stage.tokens["staff"],
        json={"categories": []},
    )
    await make.move(batch.id, "end")
    assert await stage.told(call.but(key=str(uuid4())), token) == (403, "not_eligible")
    again = await call.send(stage.client, token)
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    other = call.but(body={"json": {"other": 1}})
    assert await stage.told(other, token) == (422, "idempotency_key_reused")
