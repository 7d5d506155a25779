"""32,000 viewers who each send a beacon every 30 s, for a minute, beside a rush of reservations.

Open loop: beacons start at their times whatever became of those before. A shorter play keeps the
rate, and so has fewer viewers.
"""

import asyncio
import time
from collections.abc import Sequence
from functools import partial

from app.platform.ids import new_id
from benchmarks import crowd, people
from benchmarks.cpu import Cpu
from benchmarks.ground import Ground
from benchmarks.load import Heard
from benchmarks.measured import MS, percentile
from benchmarks.paths.live import LiveEvent, live_event
from benchmarks.scenarios.scenario import Line, Say, Scenario

VIEWERS_COUNT, EVERY_S, SECONDS = 32_000, 30, 60
RATE = VIEWERS_COUNT / EVERY_S
PAIRS = 200
# Everybody who wants a pair presses within the first sixth.
RUSH_RATE, RUSH_SHARE = 300, 1 / 6
CONNECTIONS, RUSH_CONNECTIONS = 512, 128
RESERVED = {"201", "sold_out", "already_reserved"}
# The estimate's standard error four times.
MEMBERS_WITHIN = 0.033
BEACON_P99_MS, RESERVATION_P99_MS = 1_000, 4_000


async def _play(ground: Ground, scale: float, say: Say) -> Sequence[Line]:
    seconds = max(2.0, SECONDS * scale)
    viewers = min(VIEWERS_COUNT, int(RATE * seconds))
    say(f"viewers: {viewers} members and their tokens")
    await people.import_workers(ground.rooms, viewers)
    tokens = await asyncio.to_thread(people.tokens, ground.provider, viewers)
    event = await live_event(ground, pairs=PAIRS)
    beacons = [
        crowd.request("POST", event.presence_url, tokens[place % viewers])
        for place in range(int(RATE * seconds))
    ]
    presses = _presses(event, tokens[: int(RUSH_RATE * seconds * RUSH_SHARE)])
    say(f"viewers: {len(beacons)} beacons in {seconds:.0f} s, {len(presses)} reservations")
    before, began = ground.cpu(ground.service), time.perf_counter()
    watching, reserving = await asyncio.gather(
        asyncio.to_thread(
            partial(crowd.send, event.url, beacons, connections=CONNECTIONS, rate=RATE)
        ),
        asyncio.to_thread(
            partial(crowd.send, event.url, presses, connections=RUSH_CONNECTIONS, rate=RUSH_RATE)
        ),
    )
    spent, lasted = ground.cpu(ground.service).since(before), time.perf_counter() - began
    figures, faults = await event.figures(), await ground.faults()
    return [
        *_answers("beacons", watching, {"200"}, BEACON_P99_MS),
        *_answers("reservations", reserving, RESERVED, RESERVATION_P99_MS),
        _counted("joins", figures["joins"], viewers),
        _counted("most at once", figures["peak"], viewers),
        _counted("members", figures["members"], viewers, within=MEMBERS_WITHIN),
        _counted("pairs", reserving.counts.get("201", 0), min(PAIRS, len(presses))),
        *_cores(spent, lasted),
        Line("conservation", "; ".join(faults) or "equal", "equal", not faults),
    ]


def _presses(event: LiveEvent, tokens: Sequence[str]) -> list[bytes]:
    body = f'{{"variant_id":"{event.variant_id}","site_id":"{event.site_id}"}}'.encode()
    return [
        crowd.request("POST", event.reservations_url, token, key=str(new_id()), body=body)
        for token in tokens
    ]


def _answers(what: str, heard: Heard, wanted: set[str], p99_ms: float) -> list[Line]:
    latencies = sorted(each for all_ in heard.latencies_s.values() for each in all_)
    p50, p99 = percentile(latencies, 50) * MS, percentile(latencies, 99) * MS
    return [
        Line(
            f"{what}: answers", heard.told, " or ".join(sorted(wanted)), set(heard.counts) <= wanted
        ),
        Line(f"{what}: a second", f"{heard.answered / heard.elapsed_s:,.0f}"),
        Line(f"{what}: p50", f"{p50:,.1f} ms"),
        Line(f"{what}: p99", f"{p99:,.1f} ms", f"≤ {p99_ms:,.0f} ms", p99 <= p99_ms),
    ]


def _counted(what: str, counted: int, came: int, *, within: float = 0.0) -> Line:
    must = f"{came:,}" + (f" ± {within:.1%}" if within else "")
    return Line(what, f"{counted:,}", must, abs(counted - came) <= within * came)


def _cores(spent: Cpu, lasted: float) -> list[Line]:
    parts = {"application": spent.app_s, "PostgreSQL": spent.postgres_s, "Redis": spent.redis_s}
    return [Line(f"cores: {part}", f"{s / lasted:.2f}") for part, s in parts.items()]


VIEWERS = Scenario(
    name="viewers",
    about="32,000 人观看，同时预约 · 32,000 viewers beside a rush of reservations",
    play=_play,
)
