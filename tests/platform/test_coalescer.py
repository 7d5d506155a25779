"""Asking together: rounds, order, neighbours, the queue's end."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from app.platform.coalescer import Coalescer
from app.platform.errors import TemporarilyUnavailable

pytestmark = pytest.mark.anyio


class Desk:
    """Answers each question with itself, once its gate is open; remembers its rounds."""

    def __init__(self) -> None:
        self.rounds: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def answer(self, questions: Sequence[str]) -> list[str | BaseException]:
        self.rounds.append(list(questions))
        await self.gate.wait()
        return [ValueError(each) if each.startswith("bad") else each for each in questions]


async def test_a_lone_caller_waits_for_nobody() -> None:
    desk = Desk()
    assert await Coalescer(desk.answer).ask("a") == "a"
    assert desk.rounds == [["a"]]


async def test_those_who_come_while_a_round_runs_are_the_next_in_order() -> None:
    desk = Desk()
    room: Coalescer[str, str] = Coalescer(desk.answer, most=3)
    desk.gate.clear()
    first = asyncio.create_task(room.ask("first"))
    await until(lambda: desk.rounds == [["first"]])
    crowd = [asyncio.create_task(room.ask(f"{number}")) for number in range(5)]
    await asyncio.sleep(0)
    desk.gate.set()
    assert await asyncio.gather(first, *crowd) == ["first", "0", "1", "2", "3", "4"]
    assert desk.rounds == [["first"], ["0", "1", "2"], ["3", "4"]]


async def test_an_exception_as_an_answer_is_its_askers_alone() -> None:
    room: Coalescer[str, str] = Coalescer(Desk().answer)
    answers = await asyncio.gather(
        *(room.ask(each) for each in ("a", "bad", "b")), return_exceptions=True
    )
    assert answers[0] == "a"
    assert isinstance(answers[1], ValueError)
    assert answers[2] == "b"


async def test_a_round_that_breaks_breaks_for_all_of_it_and_the_next_goes_on() -> None:
    broken = True

    async def answer(questions: Sequence[str]) -> Sequence[str]:
        if broken:
            raise OSError("gone")
        return questions

    room = Coalescer(answer)
    answers = await asyncio.gather(room.ask("a"), room.ask("b"), return_exceptions=True)
    assert [type(each) for each in answers] == [OSError, OSError]
    broken = False
    assert await room.ask("c") == "c"


async def test_the_newest_is_turned_away_when_too_many_wait() -> None:
    desk = Desk()
    room: Coalescer[str, str] = Coalescer(desk.answer, queue=2)
    desk.gate.clear()
    first = asyncio.create_task(room.ask("first"))
    await until(lambda: desk.rounds == [["first"]])
    waiting = [asyncio.create_task(room.ask(f"{number}")) for number in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(TemporarilyUnavailable):
        await room.ask("one too many")
    desk.gate.set()
    assert await asyncio.gather(first, *waiting) == ["first", "0", "1"]


async def test_who_gives_up_does_not_disturb_the_others() -> None:
    desk = Desk()
    room: Coalescer[str, str] = Coalescer(desk.answer)
    desk.gate.clear()
    impatient, patient = (asyncio.create_task(room.ask(each)) for each in ("a", "b"))
    await until(lambda: bool(desk.rounds))
    impatient.cancel()
    desk.gate.set()
    assert await patient == "b"
    assert impatient.cancelled()


async def test_a_drained_room_is_idle() -> None:
    desk = Desk()
    room: Coalescer[str, str] = Coalescer(desk.answer)
    desk.gate.clear()
    asked = asyncio.create_task(room.ask("a"))
    await until(lambda: bool(desk.rounds))
    assert not room.idle
    draining = asyncio.create_task(room.drain())
    await asyncio.sleep(0)
    assert not draining.done()
    desk.gate.set()
    await draining
    assert room.idle
    assert await asked == "a"


async def until(condition: Callable[[], bool]) -> None:
    """Let others run until it holds."""
    while not condition():  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0)
