"""What a claim costs as members, issued vouchers and stores grow ten and a hundred times.

Each stage is measured against the no-op that only checks a token, in turn with it, so that a
slow minute of the machine meets both. Beside it: what Redis keeps of a member who was granted
something.
"""

import asyncio
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, BinaryIO

from app.models.states import District
from app.packs.breakfast.claim import claim
from app.platform.ids import new_id
from app.shared.idempotency import KeyedRequest
from app.shared.identity.callers import Actor, Member
from app.shared.imports import STORE_COLUMNS, import_stores
from benchmarks import people
from benchmarks.ground import Ground
from benchmarks.paths.batches import open_batch
from benchmarks.paths.claims import WINNERS
from benchmarks.paths.noop import MEMBER_NOOP, NOOP
from benchmarks.paths.path import Measure, Target
from benchmarks.rounds import measure
from benchmarks.scenarios.scenario import Line, Say, Scenario

TIMES = (1, 10, 100)
MEMBERS, VOUCHERS, STORES = 3_000, 3_000, 1_000
ROUNDS, AT_ONCE = 3, 1_000
# A hundred times as much in the books may cost this much more a claim.
MUST_STAY = 1.3

_CPU = Target(NOOP, None, None, Measure.CPU)
_CLAIM = replace(WINNERS, name="growth", references=(MEMBER_NOOP,), targets=(_CPU,))


async def _play(ground: Ground, scale: float, say: Say) -> Sequence[Line]:
    lines, issued, first = [], 0, 0.0
    for times in TIMES:
        members, vouchers, stores = (int(n * times * scale) for n in (MEMBERS, VOUCHERS, STORES))
        say(f"growth: {members:,} members, {vouchers:,} vouchers, {stores:,} stores")
        await people.import_workers(ground.rooms, members)
        await _import_stores(ground, stores)
        await _issue(ground, vouchers - issued)
        issued = vouchers
        result = await measure(ground, _CLAIM, rounds=ROUNDS, scale=min(1.0, scale * 10), say=say)
        ratio = result.ratio(_CPU)
        first = first or ratio.median
        grown = ratio.median / first
        lines.append(
            Line(
                f"{members:,} members, {vouchers:,} vouchers, {stores:,} stores",
                f"{ratio.median:.2f} of a no-op's CPU ({ratio.low:.2f}-{ratio.high:.2f}), "
                f"{grown:.2f} of the first",
                f"≤ {MUST_STAY:g} of the first",
                grown <= MUST_STAY,
            )
        )
    return [*lines, await kept_by_redis(ground)]


async def _import_stores(ground: Ground, count: int) -> None:
    rooms = ground.rooms
    report = await import_stores(
        rooms.engine, _stores_file(count), actor=Actor.system("bench", rooms.digester)
    )
    assert not report.refused, report


def _stores_file(count: int) -> BinaryIO:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(STORE_COLUMNS.required)
    writer.writerows(_stores(count))
    return io.BytesIO(text.getvalue().encode())


def _stores(count: int) -> Iterator[Sequence[object]]:
    for place in range(count):
        number = f"BENCH{place:07}"
        yield (
            *(number, f"便利店{place}", f"商户{place % 100}", District.SHINAN, "测试路 1 号"),
            *("36.07", "120.38", "06:00", "24:00"),
        )


async def _issue(ground: Ground, count: int) -> None:
    """By the service's own way, in one batch without limits, to the same members in turn."""
    batch = await open_batch(ground, total=max(1, count), per_person_per_day=None)
    for begun in range(0, count, AT_ONCE):
        places = range(begun, min(count, begun + AT_ONCE))
        await asyncio.gather(
            *(_claim(ground, batch.id, ground.members[p % len(ground.members)]) for p in places)
        )


async def _claim(ground: Ground, batch_id: Any, member: Member) -> None:
    rooms = ground.rooms
    await claim(
        rooms.stock,
        rooms.catalogue,
        rooms.directory,
        rooms.vouchers,
        rooms.clock,
        member=member,
        actor=member.acting(rooms.digester),
        batch_id=batch_id,
        request=KeyedRequest(str(member.id), "bench", str(new_id()), b"0" * 16),
    )


async def kept_by_redis(ground: Ground) -> Line:
    """All keys of all pools, over the members that they know as holders."""
    redis, kept, holders = ground.rooms.redis, 0, 0
    async for key in redis.scan_iter("stock:*"):
        kept += await redis.memory_usage(key, samples=0) or 0
        if key.endswith(b":h"):
            holders += int(await redis.scard(key))
    return Line("Redis, a holder and pool", f"{kept / max(1, holders):,.0f} bytes")


GROWTH = Scenario(
    name="growth",
    about="数据增长十倍、百倍时领一张券的代价 · what a claim costs as the books grow",
    play=_play,
)
