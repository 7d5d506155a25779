"""For how long each kind is kept: what its pack declares, or what staff have said since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.retention import RetentionPeriod
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, VersionStale
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, write
from app.shared.retention.kinds import RetentionKind


@dataclass(frozen=True, slots=True)
class KeptKind:
    """`version` 0: nobody has changed it."""

    kind: RetentionKind
    keep_days: int
    version: int = 0
    changed_at: datetime | None = None
    changed_by: str | None = None


async def list_kinds(sessions: Sessions, kinds: Sequence[RetentionKind]) -> list[KeptKind]:
    """All of them, by name."""
    async with sessions() as session:
        return await read_kinds(session, kinds)


async def read_kinds(session: AsyncSession, kinds: Sequence[RetentionKind]) -> list[KeptKind]:
    """The same, within a transaction."""
    rows = await session.scalars(select(RetentionPeriod))
    known = {row.kind: row for row in rows}
    return [_kept(kind, known.get(kind.name)) for kind in sorted(kinds, key=lambda each: each.name)]


async def change_period(
    sessions: Sessions,
    clock: Clock,
    kinds: Sequence[RetentionKind],
    *,
    actor: Actor,
    name: str,
    version: int,
    keep_days: int,
    reason: str,
) -> KeptKind:
    """From the next run on. Raises `NotFound`, `VersionStale`."""
    kind = next((each for each in kinds if each.name == name), None)
    if kind is None:
        raise NotFound()
    async with sessions.begin() as session:
        before = await _find(session, kind)
        now = clock.now()
        values = {"keep_days": keep_days, "changed_at": now, "changed_by": actor.name}
        # One statement decides, whoever changed it meanwhile.
        written = await session.scalar(
            insert(RetentionPeriod)
            .values(kind=name, version=1, **values)
            .on_conflict_do_update(
                index_elements=[RetentionPeriod.kind],
                set_={**values, "version": RetentionPeriod.version + 1},
                where=RetentionPeriod.version == version,
            )
            .returning(RetentionPeriod.version)
        )
        if written != version + 1:
            raise VersionStale(version=(await _find(session, kind)).version)
        changes = {name: (before.keep_days, keep_days)}
        act = Act(actor, "retention.period.change", "kind", None, changes, at=now, reason=reason)
        await write(session, [act])
        return await _find(session, kind)


async def _find(session: AsyncSession, kind: RetentionKind) -> KeptKind:
    return _kept(
        kind,
        await session.scalar(
            select(RetentionPeriod)
            .where(RetentionPeriod.kind == kind.name)
            .execution_options(populate_existing=True)
        ),
    )


def _kept(kind: RetentionKind, row: RetentionPeriod | None) -> KeptKind:
    if row is None:
        return KeptKind(kind, kind.keep_days)
    return KeptKind(kind, row.keep_days, row.version, row.changed_at, row.changed_by)
