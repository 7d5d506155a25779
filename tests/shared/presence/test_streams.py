"""Figures as server-sent events: reconnects, heartbeats, slow readers, bounds."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.types import Message

from app.routers import event_stream
from app.routers.event_stream import EventStream, wants_stream
from app.routers.live_figures import _shown
from app.shared.presence import Streams, StreamsTaken, Subject, streams
from tests.shared.presence.audience import KIND, Audience, members

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("at_once")]

PATIENCE_S = 20.0


@dataclass
class Reader:
    """The other end of one stream. While `is_stuck` it takes nothing."""

    parts: list[bytes] = field(default_factory=list)
    status: int | None = None
    is_stuck: bool = False
    has_ended: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if self.is_stuck:
            await asyncio.Event().wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.parts.append(message["body"])
            self.has_ended = not message["more_body"]
        self._news.set()

    def leave(self) -> None:
        self._gone.set()

    @property
    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """Ids and figures of the events so far."""
        found = []
        for part in self.parts:
            if part.startswith(b"event: figures\n"):
                lines = part.decode().splitlines()
                shown_id, data = lines[1].removeprefix("id: "), lines[2].removeprefix("data: ")
                found.append((shown_id, json.loads(data)))
        return found

    async def until(self, happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not happened():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def reading(
    crowd: Audience, *, by: Streams | None = None, last_seen: str | None = None, stuck: bool = False
) -> AsyncIterator[Reader]:
    subject, reader = Subject(KIND, crowd.subject_id), Reader(is_stuck=stuck)
    served = by or crowd.presence.streams
    stream = EventStream(
        lambda: served.follow(subject),
        lambda figures: _shown(subject.id, figures),
        last_seen=last_seen,
    )
    task = asyncio.create_task(stream({"type": "http"}, reader.receive, reader.send))
    try:
        yield reader
    finally:
        reader.leave()
        async with asyncio.timeout(PATIENCE_S):
            await task


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "EVERY_S", 0.02)


async def test_a_reader_sees_the_figures_and_each_change_and_after_a_cut_only_what_is_new(
    crowd: Audience,
) -> None:
    await crowd.hear(*members(2))
    async with reading(crowd) as reader:
        await reader.until(lambda: len(reader.events) == 1)
        assert reader.status == 200
        assert reader.parts[0].startswith(b"retry: ")
        await crowd.hear(*members(1))
        await reader.until(lambda: len(reader.events) == 2)
    [(_, first), (last_id, second)] = reader.events
    assert (first["joins"], second["joins"], second["present"]) == (2, 3, 3)

    # Back again, at another process: nothing is said twice.
    elsewhere = Streams(crowd.presence._live.read, lambda: False)
    async with reading(crowd, by=elsewhere, last_seen=last_id) as again:
        await again.until(lambda: len(again.parts) == 1)
        await crowd.hear(*members(1))
        await again.until(lambda: bool(again.events))
    assert [figures["joins"] for _, figures in again.events] == [4]
    # With an id of before, the present figures at once.
    async with reading(crowd, last_seen="of yesterday") as late:
        await late.until(lambda: bool(late.events))
    assert late.events[0][1]["joins"] == 4
    assert crowd.presence.streams.followers == elsewhere.followers == 0


async def test_while_nothing_changes_a_comment_says_that_it_is_alive(
    crowd: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_S", 0.05)
    async with reading(crowd) as reader:
        await reader.until(lambda: reader.parts.count(event_stream.HEARTBEAT) >= 2)
    assert len(reader.events) == 1


async def test_a_stream_ends_with_the_final_figures(crowd: Audience) -> None:
    await crowd.hear(*members(3))
    async with reading(crowd) as reader:
        await reader.until(lambda: len(reader.events) == 1)
        await crowd.until_end()
        await reader.until(lambda: reader.has_ended)
    final = reader.events[-1][1]
    assert (final["final"], final["joins"], final["present"]) == (True, 3, 0)


async def test_one_reader_reads_for_all_who_look_on_and_stops_with_the_last(
    crowd: Audience,
) -> None:
    reads = 0

    async def read(subject: Subject) -> Any:
        nonlocal reads
        reads += 1
        return await crowd.presence._live.read(subject)

    shared = Streams(read, lambda: False)
    async with reading(crowd, by=shared) as one, reading(crowd, by=shared) as other:
        await one.until(lambda: len(one.events) == 1)
        await other.until(lambda: len(other.events) == 1)
        assert len(shared._channels) == 1
        await crowd.hear(*members(1))
        await one.until(lambda: len(one.events) == 2)
        await other.until(lambda: len(other.events) == 2)
    assert shared._channels == {}
    done = reads
    await asyncio.sleep(0.1)
    assert reads == done


async def test_there_are_no_more_streams_than_there_may_be(
    crowd: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_STREAMS", 2)
    few = Streams(crowd.presence._live.read, lambda: False)
    async with reading(crowd, by=few) as one, reading(crowd, by=few) as other:
        await one.until(lambda: len(one.events) == 1)
        await other.until(lambda: len(other.events) == 1)
        assert few.is_full
        with pytest.raises(StreamsTaken):
            async with few.follow(Subject(KIND, crowd.subject_id)):
                pass
    async with reading(crowd, by=few) as third:
        await third.until(lambda: len(third.events) == 1)


async def test_who_takes_nothing_is_cut_and_who_is_slow_sees_the_newest_alone(
    crowd: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(crowd) as slow, reading(crowd) as quick:
        await slow.until(lambda: len(slow.events) == 1)
        slow.is_stuck = True
        for joins in (1, 2, 3):
            await crowd.hear(*members(1))
            await quick.until(lambda joins=joins: quick.events[-1][1]["joins"] == joins)
        assert len(slow.events) == 1
    monkeypatch.setattr(event_stream, "SEND_S", 0.2)
    async with reading(crowd, stuck=True) as stuck:
        await _until_followed_by(crowd.presence.streams, 1)
        await _until_followed_by(crowd.presence.streams, 0)
        assert (stuck.status, stuck.parts) == (None, [])


async def _until_followed_by(followed: Streams, number: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while followed.followers != number:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_streams_end_when_the_process_is_to_stop_and_after_their_time(
    crowd: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping = asyncio.Event()
    ending = Streams(crowd.presence._live.read, stopping.is_set)
    async with reading(crowd, by=ending) as reader:
        await reader.until(lambda: len(reader.events) == 1)
        stopping.set()
        await reader.until(lambda: reader.has_ended)
    monkeypatch.setattr(event_stream, "LONGEST_S", 0.0)
    async with reading(crowd) as short:
        await short.until(lambda: short.has_ended)
    assert len(short.events) == 1


@pytest.mark.parametrize(
    ("accept", "streams_it"),
    [
        ("text/event-stream", True),
        ("text/event-stream;q=0.9, application/json", True),
        ("application/json", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_a_stream_is_for_those_who_ask_for_one(accept: str, streams_it: bool) -> None:
    assert wants_stream(accept) is streams_it
