"""A draw over more than 65,535 tickets, against hashing its list once: time and memory.

No servers and no rows: what the method itself costs whoever draws, and whoever draws again.
"""

import asyncio
import time
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial

from app.shared.draws.commitment_rules import list_text, sha256
from app.shared.draws.entering import new_ticket_no
from app.shared.draws.picking_rules import MOST_BY_RFC, key_of, method_for, picks, turns
from benchmarks.ground import Ground
from benchmarks.measured import Ratio
from benchmarks.scenarios.scenario import Line, Say, Scenario

TICKETS, ROUNDS = 70_000, 5
PRIZES = 110
NUMBER = int("5f" * 32, 16)
MEGABYTE = 1_000_000


async def _play(_: Ground, scale: float, say: Say) -> Sequence[Line]:
    tickets = max(MOST_BY_RFC + 1, int(TICKETS * scale))
    say(f"long_list: {tickets} tickets")
    return await asyncio.to_thread(_measure, tickets)


def _measure(tickets: int) -> list[Line]:
    listed = [new_ticket_no() for _ in range(tickets)]
    method, key = method_for(tickets), key_of([[NUMBER]])
    hashed = partial(lambda: sha256(list_text(listed)))
    drawn = partial(turns, method, key, tickets, PRIZES, ())
    ordered = partial(lambda: list(picks(method, key, tickets)))
    return [
        Line("tickets", f"{tickets:,} by {method.value}"),
        _time(f"{PRIZES} winners, to hashing the list", drawn, hashed, most=1),
        _time("the order of all, to hashing the list", ordered, hashed, most=60),
        _memory(f"{PRIZES} winners", drawn, hashed, most=2),
        _memory("the order of all", ordered, hashed, most=8),
    ]


def _time(
    what: str, act: Callable[[], object], reference: Callable[[], object], most: float
) -> Line:
    """Processor time, in turn with the reference's."""
    ratio = Ratio.of([_spent(act) / _spent(reference) for _ in range(ROUNDS)])
    figure = f"{ratio.median:.2f} ({ratio.low:.2f}–{ratio.high:.2f})"
    return Line(what, figure, f"≤ {most:g}", ratio.median <= most)


def _memory(
    what: str, act: Callable[[], object], reference: Callable[[], object], most: float
) -> Line:
    peak = _peak(act)
    ratio = peak / _peak(reference)
    figure = f"{ratio:.2f} ({peak / MEGABYTE:.1f} MB)"
    return Line(f"memory of {what}, to hashing the list", figure, f"≤ {most:g}", ratio <= most)


def _spent(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def _peak(act: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


LONG_LIST = Scenario(
    name="long_list",
    about="超过 65,535 张奖券的抽奖 · a draw over more than 65,535 tickets",
    play=_play,
)
