"""A line a request: all of a turn in one write, none lost, none before its time."""

import asyncio
import json

import pytest

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

    async def say(event: str) -> None:
        lines.say(event)

    broken.run_until_complete(say("first"))
    broken.close()
    capsys.readouterr()

    async def say_and_wait() -> None:
        lines.say("second")
        await asyncio.sleep(0)

    asyncio.run(say_and_wait())
    assert "second" in capsys.readouterr().out
