"""1,570,000 members in the books: how they come in, and what everybody else notices of it.

Two deployments stand side by side, one with 10,000 members and one with them all. Each path is
measured at one and at the other, round after round, forwards and backwards; the ratio says what
the others in the books cost. Whoever asks is spread over all of them.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from app.embedded.fictitious import write_members
from app.models.states import Role
from app.shared.identity.staff_sign_in import local_staff_token
from benchmarks import crowd, people
from benchmarks.ground import READERS, Ground, Servers, ground, serving
from benchmarks.measured import NotAFigure, Ratio
from benchmarks.paths.claims import WINNERS
from benchmarks.paths.path import Crowd, Variant
from benchmarks.paths.reads import BATCHES, HOME, VOUCHERS
from benchmarks.paths.redemptions import looked_up
from benchmarks.rounds import once
from benchmarks.scenarios.growth import kept_by_redis
from benchmarks.scenarios.scenario import Line, Say, Scenario

MANY, FEW = 1_570_000, 10_000
# A round of claims is a press each.
ASKING, TILLS = WINNERS.subject.count, 100
ROUNDS, READINGS = 5, 3
# Noise of a ratio between two measurements of the same.
MOST_CPU, LEAST_RATE, MOST_TIME = 1.3, 0.75, 1.5
OK = frozenset({"200"})
# All rounds together are within what one staff account may ask a minute.
SEARCHES, SEARCHING_AT_ONCE = 150, 8
CONNECTIONS = 128
MIB = 1 << 20


@dataclass(frozen=True)
class _Imported:
    """`peak_mib` and `cpu_s` are of the process that read the file."""

    took_s: float
    cpu_s: float
    peak_mib: float


async def _play(few: Ground, scale: float, say: Say) -> Sequence[Line]:
    members = max(FEW, int(MANY * scale))
    say(f"million: {FEW:,} members here")
    await people.import_workers(few.rooms, FEW)
    few = await _spread(few, FEW)
    async with _beside(members, say) as (many, imported, again):
        return [
            *_import_lines(members, imported, again),
            *await _paths(few, many, min(1.0, scale * 10), say),
            *await _readings(few, many, say),
            *await _memory(few, many, members),
        ]


@asynccontextmanager
async def _beside(members: int, say: Say) -> AsyncIterator[tuple[Ground, _Imported, _Imported]]:
    """Another deployment, its members come in as staff bring them: by the command, from a file."""
    async with AsyncExitStack() as stack:
        # What starts servers does not do so within a running loop.
        servers_of = serving(1)
        servers = await asyncio.to_thread(servers_of.__enter__)
        stack.push_async_callback(asyncio.to_thread, servers_of.__exit__, None, None, None)
        file = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "members.csv"
        say(f"million: a file of {members:,} members")
        await asyncio.to_thread(_write, file, members)
        say("million: the import")
        imported = await asyncio.to_thread(_import, servers, file)
        say("million: the same file again")
        again = await asyncio.to_thread(_import, servers, file)
        where = await stack.enter_async_context(ground(servers, members=ASKING, tills=TILLS))
        yield await _spread(where, members), imported, again


def _write(file: Path, members: int) -> None:
    with file.open("w", newline="") as text:
        write_members(text, workers=members)


def _import(servers: Servers, file: Path) -> _Imported:
    began = time.perf_counter()
    process = subprocess.Popen(
        [
            *(sys.executable, "-P", "-m", "app.cli", "import", "members", str(file)),
            *("--data", str(servers.data_dir)),
        ],
        env={**os.environ, **servers.environ},
        stdout=sys.stderr,
    )
    _, status, spent = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise NotAFigure("the import failed")
    took_s = time.perf_counter() - began
    # Linux counts a process's most memory in KiB.
    return _Imported(took_s, spent.ru_utime + spent.ru_stime, spent.ru_maxrss * 1024 / MIB)


async def _spread(where: Ground, members: int) -> Ground:
    """The same, asked by members from the whole of its books."""
    found = await people.workers(where.rooms, ASKING, apart=members // ASKING)
    readers = await people.workers(where.rooms, READERS, apart=members // READERS, after=1)
    tokens = await asyncio.to_thread(people.member_tokens, where.provider, [*found, *readers])
    return replace(
        where,
        members=found,
        tokens=tokens[:ASKING],
        readers=readers,
        reader_tokens=tokens[ASKING:],
    )


def _import_lines(members: int, imported: _Imported, again: _Imported) -> list[Line]:
    return [
        Line(
            what,
            f"{each.took_s:,.0f} s, {members / each.took_s:,.0f} rows a second, "
            f"{each.cpu_s:,.0f} s of CPU, {each.peak_mib:,.0f} MiB at most",
        )
        for what, each in (
            (f"import of {members:,} members", imported),
            ("the same file again", again),
        )
    ]


async def _paths(few: Ground, many: Ground, share: float, say: Say) -> list[Line]:
    variants = [
        *(path.subject for path in (WINNERS, HOME, BATCHES, VOUCHERS)),
        Variant("till looks up", looked_up, 1_000),
        Variant("staff find by number", partial(_find, by="member_no"), SEARCHES),
        Variant("staff find by phone", partial(_find, by="phone_last4"), SEARCHES),
    ]
    rates: dict[str, list[float]] = {each.name: [] for each in variants}
    costs: dict[str, list[float]] = {each.name: [] for each in variants}
    for number in range(ROUNDS + 1):
        say("million: " + ("warming up" if number == 0 else f"round {number} of {ROUNDS}"))
        for variant in variants:
            count = max(8, int(variant.count * share / (1 if number else 4)))
            sides = (few, many) if number % 2 else (many, few)
            connections = SEARCHING_AT_ONCE if variant.count == SEARCHES else CONNECTIONS
            measured = {
                id(side): await once(side, variant, count, connections=connections)
                for side in sides
            }
            if number:
                ours, theirs = measured[id(many)], measured[id(few)]
                rates[variant.name].append(ours.rate / theirs.rate)
                costs[variant.name].append(ours.cpu_ms / theirs.cpu_ms)
    return [
        line
        for each in variants
        for line in _ratio_lines(each.name, Ratio.of(rates[each.name]), Ratio.of(costs[each.name]))
    ]


def _ratio_lines(name: str, rate: Ratio, cost: Ratio) -> list[Line]:
    return [
        Line(
            f"{name}: answers a second, to {FEW:,}",
            f"{rate.median:.2f} ({rate.low:.2f}-{rate.high:.2f})",
            f"≥ {LEAST_RATE:g}",
            rate.median >= LEAST_RATE,
        ),
        Line(
            f"{name}: CPU an answer, to {FEW:,}",
            f"{cost.median:.2f} ({cost.low:.2f}-{cost.high:.2f})",
            f"≤ {MOST_CPU:g}",
            cost.median <= MOST_CPU,
        ),
    ]


async def _find(where: Ground, count: int, *, by: str) -> Crowd:
    """Numbers and phones of the people who ask; a phone's last digits are many people's."""
    rooms = where.rooms
    token = await local_staff_token(
        rooms.sessions, rooms.clock, rooms.own_tokens, name=Role.CAMPAIGN_MANAGER
    )
    url = f"{where.service.url}/v1/admin/members"
    chosen = [where.members[place * 37 % len(where.members)].member_no for place in range(count)]
    asked = chosen if by == "member_no" else [number[-4:] for number in chosen]
    return Crowd(
        where.service,
        [crowd.request("GET", f"{url}?{by}={each}&limit=1", token) for each in asked],
        OK,
    )


async def _readings(few: Ground, many: Ground, say: Say) -> list[Line]:
    """The report is about what happened; `verify` opens every sealed value there is."""
    say("million: the report")
    reports = [(await _report_s(many), await _report_s(few)) for _ in range(READINGS)]
    ratio = Ratio.of([ours / theirs for ours, theirs in reports])
    report = Line(
        f"report: time, to {FEW:,}",
        f"{ratio.median:.2f} ({ratio.low:.2f}-{ratio.high:.2f})",
        f"≤ {MOST_TIME:g}",
        ratio.median <= MOST_TIME,
    )
    return [report, *[await _verified(name, side, say) for name, side in _named(few, many)]]


async def _report_s(where: Ground) -> float:
    began = time.perf_counter()
    await where.rooms.reports.read()
    return time.perf_counter() - began


async def _verified(name: str, where: Ground, say: Say) -> Line:
    say(f"million: verify with {name} members")
    began = time.perf_counter()
    faults = await where.faults()
    told = "; ".join(faults) or "clean"
    return Line(
        f"verify with {name} members", f"{told}, {time.perf_counter() - began:.1f} s", "clean",
        not faults,
    )  # fmt: skip


async def _memory(few: Ground, many: Ground, members: int) -> list[Line]:
    """Who did nothing is not in Redis at all."""
    used = {
        name: int((await side.rooms.redis.info("memory"))["used_memory"])
        for name, side in _named(few, many)
    }
    told = ", ".join(f"{size / MIB:,.1f} MiB with {name}" for name, size in used.items())
    small, large = used.values()
    lines = [await kept_by_redis(many), Line("Redis, all of it", told)]
    # At a small scale the two are alike, and what is between them is nobody's.
    if members > FEW:
        a_member = (large - small) / (members - FEW)
        what, is_held = "Redis, a member in the books more", a_member <= 1
        lines.append(Line(what, f"{a_member:,.2f} bytes", "≤ 1", is_held))
    return lines


def _named(few: Ground, many: Ground) -> list[tuple[str, Ground]]:
    return [("few", few), ("all", many)]


MILLION = Scenario(
    name="million",
    about="157 万会员在册，与一万会员相比 · 1,570,000 members in the books, beside 10,000",
    play=_play,
)
