"""The whole drop: 60,000 members press for 20,000 vouchers, as many at once as are let in.

Closed loop: every connection is a member who presses once, then the next. Then everybody presses
once more with the same key: whoever has one is told so again, and nobody else.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

import httpx

from app.platform.ids import new_id
from app.shared.limits import AT_ONCE
from app.shared.stock import read_pools
from benchmarks import crowd, memory, people
from benchmarks.ground import Ground
from benchmarks.load import Heard
from benchmarks.measured import MS, percentile
from benchmarks.paths.batches import end_batch, open_batch
from benchmarks.paths.claims import claims_url
from benchmarks.scenarios.scenario import Line, Say, Scenario
from benchmarks.site import Site

MEMBERS, VOUCHERS = 60_000, 20_000
CROWDS = 2
WON, GONE = "201", "sold_out"
LONGEST_S = 5.0
# Of presses that the turnstile lets through to a unit.
MOST_A_UNIT = 1.05
DECIDED = "stock_flush_presses_sum "


async def _play(ground: Ground, scale: float, say: Say) -> Sequence[Line]:
    members, vouchers = int(MEMBERS * scale), int(VOUCHERS * scale)
    say(f"drop: {members:,} members and their tokens")
    await people.import_workers(ground.rooms, members)
    tokens = await asyncio.to_thread(people.tokens, ground.provider, members)
    batch = await open_batch(ground, total=vouchers)
    url = claims_url(ground.service, batch.id)
    presses = [crowd.request("POST", url, token, key=str(new_id())) for token in tokens]
    at_once = connections(ground, members)
    say(f"drop: {members:,} press for {vouchers:,}, {at_once:,} at once")
    before = await _decided(ground.service)
    heard = await _press(ground, presses, at_once)
    reached = await _decided(ground.service) - before
    again = await _press(ground, presses, at_once)
    async with ground.rooms.sessions() as session:
        issued = (await read_pools(session, [batch.pool.id]))[batch.pool.id].issued
    await end_batch(ground, batch.id)
    faults = await ground.faults()
    return [
        Line("pressing at once", f"{at_once:,}"),
        _right("answers", heard, members, vouchers),
        _right("pressed again", again, members, vouchers),
        Line("issued", f"{issued:,}", f"{vouchers:,}", issued == vouchers),
        *_reached(ground.service, reached / vouchers),
        Line("sold out after", f"{heard.last_s.get(WON, 0.0):,.2f} s"),
        *_latencies("winners", heard, WON),
        *_latencies("losers", heard, GONE),
        _longest(heard),
        *(
            Line(f"most memory: {process}", f"{mib:,.0f} MiB")
            for process, mib in memory.peaks_mib(ground).items()
        ),
        Line("conservation", "; ".join(faults) or "equal", "equal", not faults),
    ]


def connections(ground: Ground, members: int) -> int:
    """Nobody is to be turned away, and a kernel does not spread connections evenly."""
    workers = len(ground.service.pids)
    room = AT_ONCE.in_all if workers == 1 else workers * AT_ONCE.in_all * 3 // 4
    return min(members, room)


async def _press(ground: Ground, presses: Sequence[bytes], at_once: int) -> Heard:
    send = partial(crowd.send, ground.service.url, presses, connections=at_once, processes=CROWDS)
    return await asyncio.to_thread(send)


async def _decided(site: Site) -> float:
    """Presses that this site's flushes have decided, as the process says that is asked."""
    async with httpx.AsyncClient(base_url=site.url) as client:
        told = (await client.get("/metrics")).raise_for_status().text
    # One line: none would pass for nobody at the books.
    [decided] = [line for line in told.splitlines() if line.startswith(DECIDED)]
    return float(decided.removeprefix(DECIDED))


def _reached(site: Site, a_unit: float) -> list[Line]:
    """One process knows of all; of several each knows its own part."""
    if len(site.pids) > 1:
        return []
    what, must = "presses at the books, to a unit", f"≤ {MOST_A_UNIT:g}"
    return [Line(what, f"{a_unit:.3f}", must, a_unit <= MOST_A_UNIT)]


def _right(what: str, heard: Heard, members: int, vouchers: int) -> Line:
    wanted = {WON: vouchers, GONE: members - vouchers}
    must = ", ".join(f"{word} {count:,}" for word, count in wanted.items())
    return Line(what, heard.told, must, heard.counts == wanted)


def _latencies(who: str, heard: Heard, word: str) -> list[Line]:
    ordered = heard.ordered_s(word)
    return [
        Line(f"{who}: p{share}", f"{percentile(ordered, share) * MS:,.0f} ms")
        for share in (50, 99)
        if ordered
    ]


def _longest(heard: Heard) -> Line:
    longest_s = heard.ordered_s()[-1]
    return Line("longest", f"{longest_s:,.2f} s", f"≤ {LONGEST_S:g} s", longest_s <= LONGEST_S)


DROP = Scenario(
    name="drop",
    about="60,000 人抢 20,000 张 · 60,000 members press for 20,000 vouchers",
    play=_play,
)
