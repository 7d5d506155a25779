"""Four times the load that the service can carry, for a minute; then normal load again.

What it can carry is measured first (closed loop, by so many connections a process). The rest is
open loop, so that no queue is hidden. Beside normal load, one member then presses over a thousand
connections, and a thousand callers begin a request and do not end it: the others must not feel
either.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import cycle, islice
from urllib.parse import urlsplit

from app.platform.ids import new_id
from app.platform.open_files import allow_many_connections
from benchmarks import crowd, people
from benchmarks.cpu import Cpu, children_s
from benchmarks.ground import Ground
from benchmarks.load import Heard
from benchmarks.measured import MS, percentile
from benchmarks.paths.batches import end_batch, open_batch
from benchmarks.paths.claims import claims_url
from benchmarks.scenarios.scenario import Line, Say, Scenario

# So many that nobody comes near a quota.
MEMBERS = 6_000
OVERLOAD_S, BEST_S, NORMAL_S, BACK_S = 60.0, 4.0, 6.0, 5.0
TIMES, NORMAL_SHARE = 4, 0.4
CROWDS, CARRIED, PRESSING, EAGER, SLOW = 2, 128, 8_000, 1_000, 1_000
WON, NOT_NOW = "201", "temporarily_unavailable"
MUST_CARRY, MUST_BE_BACK, LONGEST_S = 0.8, 2.0, 4.0


@dataclass(frozen=True)
class _Service:
    """The address, everybody's press, which may be repeated, and connections that carry most."""

    url: str
    presses: Sequence[bytes]
    connections: int

    async def carry(self, count: int) -> Heard:
        """So many presses, as fast as they are answered."""
        return await self._send(islice(cycle(self.presses), count), self.connections)

    async def at(self, rate: float, seconds: float, connections: int | None = None) -> Heard:
        """At that rate, whatever becomes of those before."""
        requests = islice(cycle(self.presses), max(CROWDS, int(rate * seconds)))
        return await self._send(requests, connections or self.connections, rate)

    async def _send(
        self, requests: Iterable[bytes], connections: int, rate: float | None = None
    ) -> Heard:
        return await asyncio.to_thread(
            lambda: crowd.send(
                self.url,
                list(requests),
                connections=connections,
                rate=rate,
                processes=CROWDS,
            )
        )


async def _play(ground: Ground, scale: float, say: Say) -> Sequence[Line]:
    say(f"shedding: {MEMBERS:,} members and their tokens")
    await people.import_workers(ground.rooms, MEMBERS)
    tokens = await asyncio.to_thread(people.tokens, ground.provider, MEMBERS)
    batch = await open_batch(ground, total=MEMBERS)
    url = claims_url(ground.service, batch.id)
    presses = [crowd.request("POST", url, token, key=str(new_id())) for token in tokens]
    service = _Service(ground.service.url, presses, CARRIED * len(ground.service.pids))
    # Everybody's first press is granted. From then on each is the same claim again, which goes
    # the whole way to the books.
    best = _rate(await service.carry(MEMBERS))
    best = _rate(await service.carry(int(best * BEST_S)))
    normal = NORMAL_SHARE * best
    say(f"shedding: {best:,.0f} a second carried; now {TIMES} times as many")
    before = await service.at(normal, NORMAL_S)
    spent, theirs = ground.cpu(ground.service), children_s()
    over = await service.at(TIMES * best, max(BEST_S, OVERLOAD_S * scale), PRESSING)
    spent, theirs = ground.cpu(ground.service).since(spent), children_s() - theirs
    back = await service.at(normal, BACK_S)
    after = await service.at(normal, NORMAL_S)
    say("shedding: one member presses over a thousand connections")
    eager, others = (replace(service, presses=part) for part in (presses[:1], presses[1:]))
    pressing = asyncio.create_task(eager.at(normal, 2 * NORMAL_S + BACK_S, EAGER))
    # His connections come at once and are a burst by themselves; then he goes on.
    beside_eager = await others.at(normal, NORMAL_S)
    beside_pressing = await others.at(normal, NORMAL_S)
    pressed = await pressing
    say("shedding: a thousand callers do not end what they begin")
    async with _half_sent(service.url, ground.reader_tokens[0]):
        beside_slow = await others.at(normal, NORMAL_S)
    await end_batch(ground, batch.id)
    faults = await ground.faults()
    return [
        Line("carried: best", f"{best:,.0f} a second"),
        *_overloaded(over, best),
        _busy(over, spent, theirs),
        Line("right after", f"p99 {_p99_ms(back):,.0f} ms"),
        _as_before(f"{BACK_S:g} s after", after, before),
        _as_before("beside a member who presses without end", beside_eager, before),
        _as_before("once his connections are there", beside_pressing, before),
        Line("that member was told", pressed.told),
        _as_before("beside callers who do not end", beside_slow, before),
        Line("conservation", "; ".join(faults) or "equal", "equal", not faults),
    ]


def _overloaded(over: Heard, best: float) -> list[Line]:
    carried = over.counts.get(WON, 0) / over.elapsed_s
    turned_away = over.ordered_s(NOT_NOW)
    known = set(over.counts) <= {WON, NOT_NOW}
    return [
        Line(f"{TIMES} times that: answers", over.told, f"{WON} or {NOT_NOW}", known),
        Line(
            "carried meanwhile",
            f"{carried / best:.2f} of the best",
            f"≥ {MUST_CARRY:g}",
            carried >= MUST_CARRY * best,
        ),
        Line("winners meanwhile: p50, p99", _spread(over.ordered_s(WON))),
        Line(
            "turned away: p50, p99",
            _spread(turned_away),
            f"p99 ≤ {LONGEST_S:g} s",
            not turned_away or percentile(turned_away, 99) <= LONGEST_S,
        ),
    ]


def _busy(over: Heard, spent: Cpu, theirs_s: float) -> Line:
    """Who had the machine meanwhile: the crowd is on it, too."""
    shares = (
        ("the service", spent.app_s),
        ("PostgreSQL", spent.postgres_s),
        ("Redis", spent.redis_s),
        ("the crowd", theirs_s),
    )
    parts = ", ".join(f"{who} {each_s / over.elapsed_s:.2f}" for who, each_s in shares)
    return Line("cores meanwhile", f"{parts}; of {os.cpu_count()}")


def _as_before(what: str, heard: Heard, before: Heard) -> Line:
    """Everybody is answered yes, and in the time of quiet."""
    p99_ms, must_ms = _p99_ms(heard), MUST_BE_BACK * _p99_ms(before)
    all_won = set(heard.counts) == {WON}
    return Line(
        what,
        f"{heard.told}, p99 {p99_ms:,.0f} ms",
        f"{WON}, p99 ≤ {must_ms:,.0f} ms",
        all_won and p99_ms <= must_ms,
    )


def _rate(heard: Heard) -> float:
    return heard.counts.get(WON, 0) / heard.elapsed_s


def _p99_ms(heard: Heard) -> float:
    return percentile(heard.ordered_s(), 99) * MS


def _spread(ordered: Sequence[float]) -> str:
    if not ordered:
        return "none"
    p50, p99 = (percentile(ordered, share) * MS for share in (50, 99))
    return f"{p50:,.0f} ms, {p99:,.0f} ms"


@asynccontextmanager
async def _half_sent(url: str, token: str) -> AsyncIterator[None]:
    """Meanwhile so many have sent all but the last of a body."""
    allow_many_connections()
    parts = urlsplit(url)
    whole = crowd.request("POST", f"{url}/v1/views", token, body=b'{"pack":"breakfast"}')
    async with AsyncExitStack() as stack:
        for _ in range(SLOW):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port)
            stack.callback(writer.close)
            writer.write(whole[:-1])
        yield


SHEDDING = Scenario(
    name="shedding",
    about="四倍负载一分钟，之后恢复 · four times the load for a minute, then normal again",
    play=_play,
)
