"""A line a request: all of a turn in one write, none lost, none before its time."""

import asyncio
import io
import json
from contextlib import redirect_stdout
from select import PIPE_BUF

import pytest
from typing_extensions import Buffer

from app.platform.lines import Lines

pytestmark = pytest.mark.anyio


async def test_what_a_turn_says_is_written_at_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    for place in range(3):
        lines.say("answered", place=place, words="名额已满 \n")
    assert capsys.readouterr().out == ""
    await asyncio.sleep(0)
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["place"] for line in said] == [0, 1, 2]
    for line in said:
        assert (line["event"], line["level"]) == ("answered", "info")
        assert line["words"] == "名额已满 \n"
        assert line["timestamp"].endswith("Z")
    await asyncio.sleep(0)
    assert capsys.readouterr().out == "", "a line is written once"


def test_what_a_loop_that_broke_off_did_not_write_the_next_one_writes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = Lines()
    broken = asyncio.new_event_loop()
    broken.call_soon(lines.say, "first")
    broken.call_soon(broken.stop)
    broken.run_forever()
    broken.close()
    assert capsys.readouterr().out == ""

    async def say_and_wait() -> None:
        lines.say("second")
        await asyncio.sleep(0)

    asyncio.run(say_and_wait())
    said = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]
    assert said == ["first", "second"]


async def test_what_others_write_to_the_same_pipe_stands_between_whole_lines() -> None:
    """The kernel keeps together what is written at once, as long as it is short enough."""
    written: list[bytes] = []

    class Pipe(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: Buffer, /) -> int:
            written.append(bytes(data))
            return len(written[-1])

    lines = Lines()
    with redirect_stdout(io.TextIOWrapper(io.BufferedWriter(Pipe()))):
        for place in range(200):
            lines.say("answered", place=place, words="x" * (place % 90))
        await asyncio.sleep(0)
    assert len(written) < 20, "many lines a write"
    for piece in written:
        assert len(piece) <= PIPE_BUF
        assert piece.endswith(b"}\n")
    said = [json.loads(line) for line in b"".join(written).splitlines()]
    assert [line["place"] for line in said] == list(range(200))
