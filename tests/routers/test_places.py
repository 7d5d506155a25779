"""More than a process can carry: the newest is turned away at once, and one takes nothing
from others. Nothing here is timed: who is in hand stands at a gate."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from app.platform.errors import LONGEST_RETRY_S, TemporarilyUnavailable
from app.routers.places import Load, Places
from app.shared.limits import AT_ONCE, CLAIM
from tests.factories import Factory, auth
from tests.refusals import NOTING

pytestmark = pytest.mark.anyio

SMALL = replace(AT_ONCE, most=2, in_all=3)


class Gate:
    """An application whose answers wait at a gate, and begin and end there as a test has it."""

    def __init__(self) -> None:
        self.entered = 0
        self.opened, self.ended = asyncio.Event(), asyncio.Event()
        self.reads_body = False
        self.ended.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.entered += 1
        if self.reads_body:
            await receive()
        await self.opened.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.ended.wait()
        await send({"type": "http.response.body", "body": b"{}"})


class Door:
    """Who stands in front of it, and what they were told."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.load = Load(policy=SMALL, always={"/healthz"})
        self.places = Places(self.gate, load=self.load)

    async def call(
        self, token: str = "", path: str = "/", body: asyncio.Event | None = None
    ) -> tuple[int, dict[str, str]]:
        """Status and headers. `body`: when it arrives."""
        started: list[Message] = []

        async def receive() -> Message:
            if body is not None:
                await body.wait()
            return {"type": "http.request", "body": b""}

        async def send(message: Message) -> None:
            started.append(message)

        headers = [(b"authorization", token.encode())] if token else []
        scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode()}
        await self.places(scope | {"headers": headers}, receive, send)
        told = {name.decode(): value.decode() for name, value in started[0]["headers"]}
        return started[0]["status"], told

    @asynccontextmanager
    async def in_hand(self, *tokens: str, **how: asyncio.Event) -> AsyncIterator[None]:
        """Meanwhile these stand inside; answered in the end."""
        wanted = self.gate.entered + len(tokens)
        calls = [asyncio.create_task(self.call(token, **how)) for token in tokens]
        while self.gate.entered < wanted:  # noqa: ASYNC110
            await asyncio.sleep(0)
        yield
        self.gate.opened.set()
        for event in (self.gate.ended, *how.values()):
            event.set()
        assert {status for status, _ in await asyncio.gather(*calls)} == {200}


@pytest.fixture
def door() -> Iterator[Door]:
    door = Door()
    yield door
    assert door.load.is_idle, "a place was not given up"


async def test_past_the_bound_the_newest_is_told_when_to_ask_again(door: Door) -> None:
    async with door.in_hand("a", "b", "c"):
        status, told = await door.call("d")
        assert (status, told["content-type"]) == (503, "application/problem+json")
        assert 1 <= int(told["retry-after"]) <= LONGEST_RETRY_S
        assert told["x-request-id"]
        assert door.gate.entered == 3, "nothing was done for who was turned away"
    assert (await door.call("d"))[0] == 200


async def test_who_presses_a_thousand_times_takes_no_place_of_others(door: Door) -> None:
    async with door.in_hand("eager", "eager"):
        refused = [await door.call("eager") for _ in range(1_000)]
        assert {status for status, _ in refused} == {429}
        async with door.in_hand("other"):
            assert (await door.call("eager"))[0] == 429, "told of its own, not of everybody's"


async def test_who_is_told_to_wait_for_his_quota_comes_no_further(door: Door) -> None:
    door.load.waits.note(b"eager", b"GET /", policy=CLAIM.name, for_ns=60_000_000_000)
    door.gate.opened.set()
    status, told = await door.call("eager")
    assert (status, told["retry-after"], door.gate.entered) == (429, "60", 0)
    assert told["ratelimit-policy"] == f'"claim";q={CLAIM.quota};w={CLAIM.window_s}'
    assert told["ratelimit"] == '"claim";r=0;t=60'
    assert (await door.call("other"))[0] == 200
    assert (await door.call("eager", "/elsewhere"))[0] == 200


async def test_a_control_without_a_bound_for_one_caller_is_filled_by_it(door: Door) -> None:
    door.places = Places(door.gate, load=Load(policy=replace(SMALL, most=SMALL.in_all)))
    async with door.in_hand("eager", "eager", "eager"):
        assert (await door.call("other"))[0] == 503


async def test_who_sends_slowly_holds_no_place(door: Door) -> None:
    door.gate.reads_body = True
    async with door.in_hand("slow", "slow", "slow too", "and slow", body=asyncio.Event()):
        door.gate.reads_body = False
        async with door.in_hand("a", "b", "c"):
            assert (await door.call("d"))[0] == 503


async def test_who_reads_slowly_holds_no_place(door: Door) -> None:
    door.gate.opened.set()
    door.gate.ended.clear()
    async with door.in_hand("slow", "slow", "slow too", "a stream"):
        door.gate.opened.clear()
        async with door.in_hand("a", "b", "c"):
            assert (await door.call("d"))[0] == 503


async def test_whoever_watches_the_process_is_always_answered(door: Door) -> None:
    async with door.in_hand("a", "b", "c"):
        watching = asyncio.create_task(door.call(path="/healthz"))
        while door.gate.entered < 4:  # noqa: ASYNC110
            await asyncio.sleep(0)
        door.gate.opened.set()
        assert (await watching)[0] == 200


async def test_who_hangs_up_or_fails_gives_the_place_back(door: Door) -> None:
    class Bug(Exception):
        pass

    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        raise Bug()

    door.places = Places(fail, load=door.load)
    for _ in range(2 * SMALL.in_all):
        with pytest.raises(Bug):
            await door.call("a")


async def test_turned_away_in_the_callers_language_and_counted(app: FastAPI, make: Factory) -> None:
    """In front of the whole service, with no place at all."""
    full = Places(app, load=Load(policy=replace(AT_ONCE, in_all=0), always={"/metrics"}))
    transport = httpx.ASGITransport(full)
    token = make.token(await make.member())
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", event_hooks=NOTING
    ) as client:
        answer = await client.get("/v1/me", headers=auth(token) | {"Accept-Language": "en"})
        metrics = await client.get("/metrics")
    assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")
    assert answer.json()["title"] == TemporarilyUnavailable.title.en
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert 'http_requests_turned_away_total{code="temporarily_unavailable"}' in metrics.text


def test_not_everybody_is_told_to_come_back_in_the_same_second() -> None:
    told = {TemporarilyUnavailable().headers["Retry-After"] for _ in range(200)}
    assert told == {str(1 + seconds) for seconds in range(LONGEST_RETRY_S)}
