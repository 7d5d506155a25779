"""Two pictures: what more processes carry, and how long a claim takes as more of them come.

Claims that are won, with all that they write. By processes: closed loop, beside the no-op that
only checks a token, on as many processes. By rate: open loop, at shares of the most that one
deployment carried just before, so that no queue is hidden.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from statistics import median

from app.serving import APPLICATION
from benchmarks import crowd
from benchmarks.ground import REFERENCES, Ground, site
from benchmarks.load import Heard
from benchmarks.measured import MS, percentile
from benchmarks.paths.batches import end_batch, open_batch
from benchmarks.paths.claims import WINNERS, claims_url, presses
from benchmarks.paths.noop import MEMBER_NOOP, NOOP
from benchmarks.paths.path import Variant
from benchmarks.rounds import once
from benchmarks.scenarios.scenario import Axes, Line, Point, Say, Scenario

PROCESSES, ROUNDS, CONNECTIONS = (1, 2, 3, 4), 3, 128
SHARES, SECONDS = (0.1, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1), 5.0
WON = "201"
BY_PROCESSES = Axes("Throughput by processes of the service", "processes", "answers a second")
BY_RATE = Axes(
    "A claim's latency by how many come",
    "arrivals, as a share of the most that is carried",
    "milliseconds",
    is_log=True,
)


async def _play(ground: Ground, scale: float, say: Say) -> Sequence[Line]:
    by_processes = [await _carried(ground, count, scale, say) for count in PROCESSES]
    best = await _best(ground, scale)
    by_rate = [await _waited(ground, share, share * best, scale, say) for share in SHARES]
    faults = await ground.faults()
    held = Line("conservation", "; ".join(faults) or "equal", "equal", not faults)
    return [*by_processes, Line("the most carried", f"{best:,.0f} a second"), *by_rate, held]


async def _carried(ground: Ground, processes: int, scale: float, say: Say) -> Line:
    """Claims and no-ops in turn, on as many processes each."""
    say(f"curves: {processes} processes")
    with (
        site(ground.environ, APPLICATION, workers=processes) as service,
        site(ground.environ, REFERENCES, workers=processes) as references,
    ):
        here = replace(ground, service=service, references=references)
        claims, noops = [], []
        for number in range(ROUNDS + 1):
            claim = await _rate(here, WINNERS.subject, scale)
            noop = await _rate(here, MEMBER_NOOP, scale)
            # The first only warms up.
            if number:
                claims.append(claim)
                noops.append(noop)
    claim, noop = median(claims), median(noops)
    return Line(
        f"{processes} processes",
        f"{claim:,.0f} claims a second, {noop:,.0f} of the {NOOP}: {claim / noop:.2f}",
        points=(
            Point(BY_PROCESSES, "claim", processes, claim),
            Point(BY_PROCESSES, NOOP, processes, noop),
        ),
    )


async def _rate(ground: Ground, variant: Variant, scale: float) -> float:
    count = max(8, int(variant.count * scale))
    return (await once(ground, variant, count, connections=CONNECTIONS)).rate


async def _best(ground: Ground, scale: float) -> float:
    return median([await _rate(ground, WINNERS.subject, scale) for _ in range(ROUNDS)])


async def _waited(ground: Ground, share: float, rate: float, scale: float, say: Say) -> Line:
    """Fresh claims at that rate, each member once a batch."""
    say(f"curves: {share:g} of the most that is carried")
    heard = await _arrive(ground, rate, max(8, int(rate * SECONDS * scale)))
    won = heard.ordered_s(WON)
    p50, p99 = (percentile(won, each) * MS if won else 0.0 for each in (50, 99))
    return Line(
        f"{share:g} of that: {rate:,.0f} a second",
        f"p50 {p50:,.1f} ms, p99 {p99:,.1f} ms ({heard.told})",
        points=(
            Point(BY_RATE, "p50", share, p50),
            Point(BY_RATE, "p99", share, p99),
        ),
    )


async def _arrive(ground: Ground, rate: float, count: int) -> Heard:
    site, everybody = ground.service, len(ground.tokens)
    batches = [await open_batch(ground, total=everybody) for _ in range(ceil(count / everybody))]
    requests = [
        press
        for batch in batches
        for press in presses(ground, claims_url(site, batch.id), everybody)
    ]
    heard = await asyncio.to_thread(
        crowd.send, site.url, requests[:count], connections=CONNECTIONS, rate=rate
    )
    for batch in batches:
        await end_batch(ground, batch.id)
    return heard


CURVES = Scenario(
    name="curves",
    about="吞吐与进程数、延迟与到达率的两张图 · throughput by processes, latency by arrival rate",
    play=_play,
)
