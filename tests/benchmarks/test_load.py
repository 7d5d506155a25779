"""The crowd of the benchmarks: it times what it should, and hides no queue."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from benchmarks.cpu import Cpu
from benchmarks.crowd import request
from benchmarks.load import Crowd, Heard, Load
from benchmarks.measured import Measured, NotAFigure, Ratio, percentile
from tests.shared.limits.wire import listening

pytestmark = pytest.mark.anyio

ANSWERS = {
    b"/yes": b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}",
    b"/no": b'HTTP/1.1 409 Conflict\r\nContent-Length: 20\r\n\r\n{"code": "sold_out"}',
}


@asynccontextmanager
async def server(pause: Callable[[], float] = lambda: 0.0) -> AsyncIterator[int]:
    """Answers `/yes` and `/no`, one request after the other on each connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await asyncio.sleep(pause())
                writer.write(ANSWERS[head.split(b" ")[1]])

    async with listening(serve) as port:
        yield port


def get(path: str) -> bytes:
    return request("GET", f"http://127.0.0.1{path}", "token")


async def test_answers_are_counted_by_status_and_by_the_refusals_code() -> None:
    async with server() as port:
        requests = [get("/yes")] * 30 + [get("/no")] * 20
        heard = await Crowd(Load("127.0.0.1", port, requests, 8)).play()
    assert heard.counts == {"201": 30, "sold_out": 20}
    assert heard.elapsed_s > 0


async def test_in_an_open_loop_the_wait_of_those_in_the_queue_is_counted() -> None:
    """One connection, a server that takes 20 ms: the tenth of ten at once has waited for nine."""
    async with server(lambda: 0.02) as port:
        heard = await Crowd(Load("127.0.0.1", port, [get("/yes")] * 10, 1, rate=100_000)).play()
        closed = await Crowd(Load("127.0.0.1", port, [get("/yes")] * 10, 1)).play()
    assert max(heard.latencies_s["201"]) > 4 * max(closed.latencies_s["201"])


async def test_a_connection_that_is_lost_is_an_answer_that_is_lost() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with listening(hang_up) as port:
        heard = await Crowd(Load("127.0.0.1", port, [get("/yes")], 1)).play()
    assert heard.counts == {"lost": 1}


def test_an_answer_that_is_not_the_paths_makes_it_no_figure() -> None:
    heard = Heard(1.0, {"201": [0.1], "temporarily_unavailable": [0.1]})  # type: ignore[arg-type]
    with pytest.raises(NotAFigure, match="temporarily_unavailable"):
        Measured.of(heard, Cpu(0, 0, 0), frozenset({"201"}))


def test_a_ratio_is_the_median_of_the_rounds_own_ratios_with_its_spread() -> None:
    assert Ratio.of([3.0, 1.0, 2.0]) == Ratio(2.0, 1.0, 3.0)


def test_percentiles_are_by_nearest_rank() -> None:
    ordered = [float(each) for each in range(100)]
    assert (percentile(ordered, 50), percentile(ordered, 99)) == (50.0, 99.0)
