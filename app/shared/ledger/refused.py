"""Refusals that matter, in rows of their own: a refused act leaves no transaction to write in.

They are gathered for a moment and written together by a task that no caller waits for. In a
rush they are counted, not written: equal ones are one row with `times`, and past a few rows a
round the rest is one row an act and code, without saying who. So nobody fills the ledger, with
wrong passwords or otherwise; what dies with the process in that moment is at most one round.
"""

import asyncio
from dataclasses import replace
from typing import TypeAlias

import structlog
from prometheus_client import Counter

from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.telemetry import REGISTRY
from app.shared.ledger.actor import Actor
from app.shared.ledger.acts import Act
from app.shared.ledger.rows import write

# At most so many refusals are named a round, and a round is so long, in seconds of real time.
MOST_NAMED = 10
GATHER_S = 5.0
# Who acted where too many did to be named.
CROWD = "crowd"

REFUSALS = Counter(
    "ledger_refusals_total",
    "Refusals that matter: in a row of their own, counted in another's, or lost.",
    ("fate",),
    registry=REGISTRY,
)

# There from the start, so that the first one lost is a step upwards and not a beginning.
for _fate in ("written", "counted", "lost"):
    REFUSALS.labels(_fate)

Likeness: TypeAlias = tuple[object, ...]

log = structlog.get_logger(__name__)


class Refusals:
    """One a process."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._named: dict[Likeness, Act] = {}
        self._crowd: dict[Likeness, Act] = {}
        self._writing: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    def note(self, act: Act) -> None:
        """An act with its `refusal`. Waits for nothing."""
        likeness = _likeness(act)
        if likeness in self._named or len(self._named) < MOST_NAMED:
            self._count(self._named, likeness, act)
        else:
            actor = Actor.system(CROWD, act.actor.digester)
            self._count(
                self._crowd, (act.verb, act.refusal), replace(act, actor=actor, object_id=None)
            )
        if self._writing is None:
            self._writing = asyncio.create_task(self._run())

    async def drain(self) -> None:
        """Write what was noted so far, without gathering more (shutdown)."""
        while self._writing is not None:
            self._hurry.set()
            await asyncio.shield(self._writing)

    def _count(self, rows: dict[Likeness, Act], likeness: Likeness, act: Act) -> None:
        before = rows.get(likeness)
        if before is None:
            rows[likeness] = replace(act, at=self._clock.now())
        else:
            rows[likeness] = replace(before, times=before.times + 1)
        REFUSALS.labels("written" if before is None else "counted").inc()

    async def _run(self) -> None:
        try:
            while self._named:
                await self._gather()
                await self._write()
        finally:
            self._writing = None
            self._hurry.clear()

    async def _gather(self) -> None:
        try:
            async with asyncio.timeout(GATHER_S):
                await self._hurry.wait()
        except TimeoutError:
            return

    async def _write(self) -> None:
        acts = [*self._named.values(), *self._crowd.values()]
        self._named, self._crowd = {}, {}
        try:
            async with self._sessions.begin() as session:
                await write(session, acts)
        except Exception as error:  # noqa: BLE001 - whoever was refused has had the answer
            REFUSALS.labels("lost").inc(len(acts))
            log.warning("refusals_lost", rows=len(acts), error=type(error).__name__)


def _likeness(act: Act) -> Likeness:
    """What makes two refusals one row."""
    actor = act.actor
    who = (actor.kind, actor.id, actor.origin)
    return (*who, act.verb, act.object_kind, act.object_id, act.refusal)
