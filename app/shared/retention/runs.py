"""A run erases what is due, kind by kind, a thousand at most of each; its report is a row.

A rehearsal does the very same within a savepoint, and takes it back: what it says would go is what
a run at that moment would have erased.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.retention import RetentionRun
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.ids import new_id
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, write
from app.shared.retention.kinds import RetentionKind
from app.shared.retention.periods import KeptKind, read_kinds

MOST_AT_ONCE = 1_000
_NEWEST_FIRST = Keyset(RetentionRun.at, RetentionRun.id, descending=True)


@dataclass(frozen=True, slots=True)
class Line:
    """One kind: what began before `before` went. `is_complete`: there was no more of it."""

    kind: str
    keep_days: int
    before: datetime
    erased: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Run:
    id: UUID
    at: datetime
    is_rehearsal: bool
    run_by: str
    lines: list[Line]


async def run_now(
    sessions: Sessions,
    clock: Clock,
    kinds: Sequence[RetentionKind],
    once: Once,
    *,
    actor: Actor,
    is_rehearsal: bool,
) -> Run:
    """Staff's own run; the report is kept, a rehearsal's too."""
    async with sessions.begin() as session:
        await once.first(session)
        lines = await _erase(session, kinds, clock.now(), is_rehearsal=is_rehearsal)
        run = await _report(session, clock.now(), lines, actor=actor, is_rehearsal=is_rehearsal)
        await once.keep(session, run)
    return run


async def erase_due(
    session: AsyncSession, kinds: Sequence[RetentionKind], *, actor: Actor, now: datetime
) -> bool:
    """The job's run, in its transaction; whether there may be more. Without anything due there is
    no report."""
    lines = await _erase(session, kinds, now, is_rehearsal=False)
    if any(line.erased for line in lines):
        await _report(session, now, lines, actor=actor, is_rehearsal=False)
    return not all(line.is_complete for line in lines)


async def list_runs(sessions: Sessions, *, page: PageRequest) -> Page[Run]:
    """The newest first."""
    async with sessions() as session:
        rows = await _NEWEST_FIRST.page(session, select(RetentionRun), page)
    return rows.map(_run)


async def _erase(
    session: AsyncSession, kinds: Sequence[RetentionKind], now: datetime, *, is_rehearsal: bool
) -> list[Line]:
    kept = await read_kinds(session, kinds)
    savepoint = await session.begin_nested()
    lines = [await _erase_kind(session, each, now) for each in kept]
    await (savepoint.rollback() if is_rehearsal else savepoint.commit())
    return lines


async def _erase_kind(session: AsyncSession, kept: KeptKind, now: datetime) -> Line:
    before = now - timedelta(days=kept.keep_days)
    erased = await kept.kind.erase(session, before, MOST_AT_ONCE)
    return Line(kept.kind.name, kept.keep_days, before, erased, erased < MOST_AT_ONCE)


async def _report(
    session: AsyncSession, now: datetime, lines: list[Line], *, actor: Actor, is_rehearsal: bool
) -> Run:
    row = RetentionRun(
        id=new_id(),
        at=now,
        is_rehearsal=is_rehearsal,
        run_by=actor.name,
        lines=[_as_json(line) for line in lines],
    )
    session.add(row)
    await session.flush()
    changes = {line.kind: (None, line.erased) for line in lines}
    verb = "retention.run.rehearse" if is_rehearsal else "retention.run.erase"
    await write(session, [Act(actor, verb, "run", row.id, changes, at=now)])
    return _run(row)


def _as_json(line: Line) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "keep_days": line.keep_days,
        "before": line.before.isoformat(),
        "erased": line.erased,
        "is_complete": line.is_complete,
    }


def _run(row: RetentionRun) -> Run:
    lines = [
        Line(**{**line, "before": datetime.fromisoformat(line["before"])}) for line in row.lines
    ]
    return Run(row.id, row.at, row.is_rehearsal, row.run_by, lines)
