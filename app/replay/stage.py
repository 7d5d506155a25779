"""What the play of a pack is handed, and where it says what surprised it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any, Protocol
from urllib.parse import urlencode

from app.replay.wire import Answer, Wire

# What falls due is done by the service's worker, a moment after its time; a crowd's, in minutes.
PATIENCE, PAUSE_S = 1_200, 0.2


class Progress(Protocol):
    """What the person at the keyboard sees meanwhile."""

    def plan(self, steps: int) -> None:
        """So many steps are to come."""

    def scene(self, words: str) -> None:
        """What is being played now."""

    def step(self) -> None: ...


@dataclass(slots=True)
class Surprises:
    """Answers that the contract does not foresee, counted by what was done and answered."""

    seen: Counter[str] = field(default_factory=Counter)

    def note(self, words: str) -> None:
        self.seen[words] += 1

    def __str__(self) -> str:
        return "\n".join(f"{count} × {words}" for words, count in self.seen.most_common(20))


class NotPlayable(Exception):
    """The deployment lacks what the play needs, in words for the person at the keyboard."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One deployment to play on.

    `staff` has a token for every role's account. `move_clock` comes back when all processes
    have the time. `provider` is the sandbox of the payment provider; None: there is none, and
    nobody can pay.
    """

    wire: Wire
    member_token: Callable[[str], str]
    staff: Mapping[str, str]
    move_clock: Callable[[datetime], Awaitable[None]]
    progress: Progress
    provider: Wire | None = None
    scale: Fraction = Fraction(1)
    seed: int = 2023
    surprises: Surprises = field(default_factory=Surprises)
    # What people said in confidence: afterwards it is looked for wherever it must not stand.
    confided: set[str] = field(default_factory=set)
    # What does stand in clear there, by place: whoever looks has to find it.
    beside: dict[str, str] = field(default_factory=dict)

    def expect(self, answer: Answer, *codes: str, act: str, repeated: str | None = None) -> bool:
        """Whether the answer is one of these (a status or a refusal's code); else a surprise.

        `repeated`: what whoever had to send it again may hear, because it was done before.
        """
        if answer.code in codes or (answer.resent and answer.code == repeated):
            return True
        self.surprises.note(f"{act}: {answer.code} instead of {' or '.join(codes)}")
        return False

    def must(self, answer: Answer, *codes: str, act: str) -> None:
        """As `expect`, for what nothing can go on without. Raises `NotPlayable`."""
        if answer.code not in codes:
            raise NotPlayable(f"{act} was answered {answer.code}")

    async def wait_until(self, is_so: Callable[[], Awaitable[bool]], *, else_: str) -> None:
        """Until the service's worker has done it. Raises `NotPlayable`, in those words."""
        for _ in range(PATIENCE):
            if await is_so():
                return
            await asyncio.sleep(PAUSE_S)
        raise NotPlayable(else_)

    async def read_all(self, path: str, token: str, **query: str) -> list[Any]:
        """Every item of a list, page by page. Raises `NotPlayable`."""
        items: list[Any] = []
        query["limit"] = "200"
        while True:
            page = await self.wire.send("GET", f"{path}?{urlencode(query)}", token=token)
            self.must(page, "200", act=f"reading {path}")
            items += page.body["items"]
            if page.body["next_cursor"] is None:
                return items
            query["cursor"] = page.body["next_cursor"]
