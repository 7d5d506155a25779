"""What every operation refuses alike: unreadable, too much, nonsense, not there, too often.

One fault at a time in a call that is else good, at every operation whose document lists the
refusal. Who may call stands in `test_permissions.py`; with its books gone the service is asked
in `tests/faults/test_without_books.py`.
"""

import dataclasses
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.main import create_app
from app.platform.settings import Settings
from app.routers.keys import NEEDED, NO_KEY
from app.shared.limits import RATES, Rates
from tests.calls import NOTHING, Call, callers, good_calls
from tests.factories import Factory
from tests.refusals import NOTING

pytestmark = pytest.mark.anyio

CALLS = good_calls()
JSON = {"Content-Type": "application/json"}
NO_BOUNDARY = {"Content-Type": "multipart/form-data"}
CHUNK = b" " * 65_536
NONSENSE = "!"
# The status, and of a refusal its code.
Told = tuple[int, str | None]


def unreadable(call: Call) -> Call:
    is_form = {"files", "data"} & set(call.body)
    return call.but(body={"content": b"{"}, headers=NO_BOUNDARY if is_form else JSON)


def too_large(call: Call) -> Call:
    """One chunk more than the operation takes, in a form that it reads."""
    chunks = call.route.access.body_limit_bytes // len(CHUNK) + 1

    async def content() -> AsyncIterator[bytes]:
        if "files" in call.body:
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
        for _ in range(chunks):
            yield CHUNK

    kind = {"files": "multipart/form-data; boundary=x", "data": "application/x-www-form-urlencoded"}
    (way,) = set(call.body) & set(kind) or {"json"}
    headers = {"Content-Type": kind.get(way, "application/json")}
    return call.but(body={"content": content()}, headers=headers)


def nonsense(call: Call) -> Call:
    """In the address if there is anything to say, else in the query, else in the body."""
    if call.path_parameters:
        return call.but(path_parameters=dict.fromkeys(call.path_parameters, NONSENSE))
    parameters = call.operation.description.get("parameters", [])
    asked = [each["name"] for each in parameters if each["in"] == "query"]
    if asked:
        return call.but(query=dict.fromkeys(asked, NONSENSE))
    if "data" in call.body:
        return call.but(body={"data": {"username": "x" * 10_000}})
    return call.but(body={"json": []})


def lost(call: Call) -> Call:
    """The page after one that this service never gave."""
    return call.but(query={**call.query, "cursor": "nonsense"})


def malformed_key(call: Call) -> Call:
    return call.but(key="two words")


FAULTS: dict[str, tuple[Callable[[Call], Call], int]] = {
    "body_malformed": (unreadable, 400),
    "body_too_large": (too_large, 413),
    "input_invalid": (nonsense, 422),
    "cursor_invalid": (lost, 422),
    "idempotency_key_malformed": (malformed_key, 400),
}


class Desk:
    """Everybody who calls, and an owner of everything that a list hangs on."""

    def __init__(self, client: httpx.AsyncClient, make: Factory) -> None:
        self.client, self.make = client, make

    async def open(self) -> "Desk":
        await self.make.campaign()
        self.callers = await callers(self.make)
        store_id = await self.make.store()
        stores = await self.client.get("/v1/admin/stores", headers=self.callers["staff"])
        merchant_id = stores.json()["items"][0]["merchant_id"]
        wish = next(call for call in CALLS if call.name == "POST /v1/wishes")
        posted = await wish.send(self.client, self.callers["member"])
        self.known = {
            "store_id": store_id,
            "merchant_id": merchant_id,
            "wish_id": posted.json()["id"],
        }
        return self

    async def ask(self, call: Call) -> Told:
        told = await self.ask_once(call)
        # A machine that stood still for seconds says so: it is asked again.
        return await self.ask_once(call) if told[0] == 503 else told

    async def ask_once(self, call: Call) -> Told:
        answer = await call.send(self.client, self.callers[call.route.access.audience])
        is_problem = answer.status_code >= 400
        return answer.status_code, answer.json().get("code") if is_problem else None

    def with_owner(self, call: Call) -> Call:
        known = {name: self.known.get(name, id_) for name, id_ in call.path_parameters.items()}
        return call.but(path_parameters=known)


@pytest.fixture
async def desk(client: httpx.AsyncClient, make: Factory) -> Desk:
    return await Desk(client, make).open()


async def mistaken(
    desk: Desk, calls: list[Call], refusal: tuple[int, str], spoil: Callable[[Call], Call]
) -> dict[str, Any]:
    """The operations that answer something else."""
    assert calls, "no operation lists it"
    found = {call.name: await desk.ask(spoil(call)) for call in calls}
    return {name: answer for name, answer in found.items() if answer != refusal}


# Whoever has called it is nobody afterwards: the quota is spent on another of its policy.
SPENT_BY = {"POST /v1/me/erasure": next(call for call in CALLS if call.name == "GET /v1/me/data")}


def listing(code: str) -> list[Call]:
    return [call for call in CALLS if call.lists(code)]


@pytest.mark.parametrize("code", FAULTS)
async def test_a_fault_of_form_is_refused_alike_everywhere(desk: Desk, code: str) -> None:
    spoil, status = FAULTS[code]
    calls = [desk.with_owner(call) for call in listing(code)]
    assert await mistaken(desk, calls, (status, code), spoil) == {}


async def test_what_is_not_there_is_not_found_wherever_an_id_is_named(desk: Desk) -> None:
    def without(call: Call) -> Call:
        given = call.path_parameters.items()
        return call.but(
            path_parameters={
                name: NOTHING if name.endswith("_id") else value for name, value in given
            }
        )

    calls = [call for call in CALLS if call.names_objects]
    assert all(call.lists("not_found") for call in calls)
    assert await mistaken(desk, calls, (404, "not_found"), without) == {}


async def test_what_members_create_needs_a_key_and_staff_may_do_without(desk: Desk) -> None:
    def keyless(call: Call) -> Call:
        return call.but(key=None)

    claims = [call for call in CALLS if call.route.access.key in NEEDED]
    assert claims == listing("idempotency_key_missing")
    assert await mistaken(desk, claims, (400, "idempotency_key_missing"), keyless) == {}
    others = [call for call in CALLS if call.route.access.key not in {*NEEDED, NO_KEY}]
    answers = {call.name: await desk.ask(keyless(call)) for call in others}
    assert not [name for name, (status, _) in answers.items() if status == 400]


@pytest.fixture
async def strict(settings: Settings, desk: Desk) -> AsyncIterator[Desk]:
    """Where administrators need a second factor, and the one at the desk has none."""
    app = create_app(settings.model_copy(update={"second_factor_roles": "administrator"}))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", event_hooks=NOTING
        ) as client:
            desk.client = client
            yield desk


async def test_where_a_second_factor_is_demanded_only_ones_own_account_works_without(
    strict: Desk,
) -> None:
    calls = [call for call in CALLS if call.route.access.audience == "staff"]
    own = [call for call in calls if f"{call.operation.path}/".startswith("/v1/admin/me/")]
    others = [call for call in calls if call not in own]
    assert others == listing("second_factor_required")
    refusal = (403, "second_factor_required")
    assert await mistaken(strict, others, refusal, lambda call: call) == {}
    answers = {call.name: await strict.ask(call) for call in own}
    assert refusal not in answers.values(), answers


async def test_whoever_asks_too_often_is_told_so_wherever_there_is_a_limit(
    desk: Desk, app: FastAPI
) -> None:
    """A quota of one an hour: the second call is one too many."""
    calls = [call for call in CALLS if call.route.access.limit is not None]
    assert calls == listing("quota_exceeded")
    once_an_hour = [dataclasses.replace(each, quota=1, window_s=3_600) for each in RATES]
    wrong = {}
    for call in calls:
        app.state.rates = Rates(once_an_hour)
        first = await desk.ask_once(SPENT_BY.get(call.name, call))
        second = await desk.ask(call)
        if first[0] == 429 or second != (429, "quota_exceeded"):
            wrong[call.name] = (first, second)
    assert wrong == {}
