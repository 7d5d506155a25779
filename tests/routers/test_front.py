"""What is answered in front of the framework is answered as the framework would.

A query, even one that nothing reads, sends a call the long way: so both can be compared.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Cookie

from app.routers.direct import Direct
from app.routers.guard import anyone, api_router
from tests.calls import KEY, NOTHING, Call, callers, good_calls
from tests.factories import Factory, auth
from tests.tills import Counter

pytestmark = pytest.mark.anyio

CALLS = {call.name: call for call in good_calls() if call.route.access.front}
LONG_WAY = {"long_way": "1"}
# Of the moment, or of the request itself.
PASSING = {"request_id", "server_time"}
KINDS_OF_JSON = (
    "application/json",
    "application/json; charset=utf-8",
    "application/problem+json",
    "text/json",
)
# What two parsers might read each in its own way.
STRANGE_JSON = (
    b'{"code": "a", "code": 7}',
    b'{"code": "\\ud800"}',
    b'{"code": NaN}',
    b'{"code": ' + b"9" * 5_000 + b"}",
    b'\xef\xbb\xbf{"code": 7}',
    '{"code": 7}'.encode("utf-16"),
    b"[" * 300 + b"]" * 300,
    b'{"code": 7,}',
)
each_call = pytest.mark.parametrize("name", CALLS)


def without_passing(document: Any) -> Any:
    if isinstance(document, dict):
        return {name: value for name, value in document.items() if name not in PASSING}
    return document


def told(answer: httpx.Response) -> tuple[int, Any, dict[str, str]]:
    content = without_passing(answer.json()) if answer.content else None
    passing = {"x-request-id", "etag", "content-length", "ratelimit"}
    headers = {name: value for name, value in answer.headers.items() if name not in passing}
    return answer.status_code, content, headers


def asked(call: Call) -> Iterator[Call]:
    """The call, and what may be wrong with it."""
    yield call
    yield call.but(key=None)
    yield call.but(key="two words")
    yield call.but(headers={"Accept-Language": "en"})
    yield call.but(headers={"Cookie": "a=b", "If-None-Match": '"nothing"'})
    for name in call.path_parameters:
        for value in (str(NOTHING), "x", "编号", "a" * 300):
            yield call.but(path_parameters={**call.path_parameters, name: value})
    for content in (b"{", b"[]", b"null", b'"text"', b'{"code": 7}', b"\xff", b""):
        for kind in KINDS_OF_JSON:
            yield call.but(body={"content": content}, headers={"Content-Type": kind})
        yield call.but(body={"content": content})
    for content in STRANGE_JSON:
        yield call.but(body={"content": content}, headers={"Content-Type": "application/json"})


def test_what_a_crowd_calls_at_once_is_there() -> None:
    assert set(CALLS) == {
        "GET /v1/me/packs",
        "GET /v1/breakfast/batches",
        "POST /v1/breakfast/batches/{batch_id}/claims",
        "GET /v1/breakfast/vouchers",
        "PUT /v1/store/redemptions/{redemption_no}",
        "GET /v1/couplets/events",
        "GET /v1/couplets/events/{event_id}",
        "POST /v1/couplets/events/{event_id}/reservations",
        "POST /v1/couplets/events/{event_id}/presence",
        "GET /v1/gift-boxes",
        "POST /v1/gift-boxes/orders",
        "POST /v1/gift-boxes/{box_id}/free-claims",
        "POST /v1/views",
        "POST /v1/health/quizzes/{quiz_id}/attempts",
        "PUT /v1/health/attempts/{attempt_id}/answers",
        "POST /v1/health/attempts/{attempt_id}/submission",
    }


@each_call
async def test_either_way_the_answer_is_the_same(
    client: httpx.AsyncClient, make: Factory, name: str
) -> None:
    tokens = await callers(make)
    right = tokens[CALLS[name].route.access.audience]
    strangers: list[Mapping[str, str]] = [{}, {"Authorization": "Basic eA=="}, auth("x.y.z")]
    strangers += [each for each in tokens.values() if each and each != right]
    for call in asked(CALLS[name]):
        for headers in (right, *strangers):
            short = await call.send(client, headers)
            long = await call.but(query=LONG_WAY).send(client, headers)
            assert told(short) == told(long), call


async def test_either_way_a_press_is_one_claim_and_a_number_one_redemption(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    batch, member = await make.batch(), await make.member()
    claim = CALLS["POST /v1/breakfast/batches/{batch_id}/claims"].but(
        path_parameters={"batch_id": batch.id}, key=KEY
    )
    headers = auth(make.token(member))
    first = await claim.send(client, headers)
    again = await claim.but(query=LONG_WAY).send(client, headers)
    assert (first.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    till = auth(make.rooms.own_tokens.issue_till(await counter.till()))
    redeem = CALLS["PUT /v1/store/redemptions/{redemption_no}"].but(
        body={"json": {"code": first.json()["code"]}}
    )
    once = await redeem.but(query=LONG_WAY).send(client, till)
    twice = await redeem.send(client, till)
    assert (once.status_code, twice.status_code) == (201, 200)
    assert twice.json() == once.json()


async def test_a_body_that_comes_in_pieces_is_read_to_its_end(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    voucher, till = await counter.voucher(), await counter.till()
    redeem = CALLS["PUT /v1/store/redemptions/{redemption_no}"]
    whole = json.dumps({"code": voucher.code}).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for octet in whole:
            yield bytes([octet])

    answered = await redeem.but(
        body={"content": pieces()}, headers={"Content-Type": "application/json"}
    ).send(client, auth(make.rooms.own_tokens.issue_till(till)))
    assert answered.status_code == 201, answered.text


def test_what_it_does_not_provide_for_is_refused_when_the_service_starts() -> None:
    router: APIRouter = api_router()

    @router.get("/cookies")
    @anyone()
    async def read(biscuit: str = Cookie()) -> str:
        return biscuit

    (route,) = router.routes
    with pytest.raises(TypeError, match="cookies are for the framework"):
        Direct(route)  # type: ignore[arg-type]
