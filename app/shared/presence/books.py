"""What the books keep of viewers: one row a subject, and the gaps."""

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import TextClause, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.presence import PresenceFigure, PresenceGap, PresenceHistory
from app.shared.presence.rules import Count, Gap
from app.shared.presence.watched import Subject

_LOCK: TextClause = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('presence:' || :kind || ':' || :id, 0))"
)


async def lock_subject(session: AsyncSession, subject: Subject) -> None:
    """One at a time goes on counting a subject, also before it has a row."""
    await session.execute(_LOCK, {"kind": subject.kind, "id": str(subject.id)})


async def read_count(session: AsyncSession, subject: Subject) -> tuple[Count, bytes | None] | None:
    """The figures with their sketch; None where nobody has looked yet."""
    row = await session.get(PresenceFigure, (subject.kind, subject.id))
    if row is None:
        return None
    return Count(
        counted_until=row.counted_until,
        look_us=row.look_us,
        life=row.life,
        present=row.present,
        known=row.known,
        members=row.members,
        joins=row.joins,
        peak=row.peak,
        peak_at=row.peak_at,
        joins_before=row.joins_before,
        known_before=row.known_before,
    ), row.sketch


async def write_count(
    session: AsyncSession, subject: Subject, count: Count, sketch: bytes | None
) -> None:
    values = {**asdict(count), "sketch": sketch}
    given = insert(PresenceFigure).values(kind=subject.kind, subject_id=subject.id, **values)
    await session.execute(
        given.on_conflict_do_update(index_elements=["kind", "subject_id"], set_=values)
    )


async def keep_final(session: AsyncSession, subject: Subject, count: Count) -> None:
    """As they are now, for whoever asks about this time later."""
    given = insert(PresenceHistory).values(
        kind=subject.kind,
        subject_id=subject.id,
        at=count.counted_until,
        members=count.members,
        joins=count.joins,
        peak=count.peak,
        peak_at=count.peak_at,
    )
    await session.execute(given.on_conflict_do_nothing())


async def read_gaps(session: AsyncSession, subject: Subject) -> list[Gap]:
    rows = await session.execute(
        select(PresenceGap.missed_from, PresenceGap.missed_until).where(
            PresenceGap.kind == subject.kind, PresenceGap.subject_id == subject.id
        )
    )
    return [Gap(*row) for row in rows]


async def keep_gaps(session: AsyncSession, gaps: Iterable[tuple[Subject, Gap]]) -> None:
    """A gap that begins as one that is known is that one, and as long as the longer."""
    rows = [
        {
            "kind": subject.kind,
            "subject_id": subject.id,
            "missed_from": gap.missed_from,
            "missed_until": gap.missed_until,
        }
        # In one order, so that two processes do not wait for each other in a circle.
        for subject, gap in sorted(gaps, key=lambda each: (each[0], each[1].missed_from))
    ]
    given = insert(PresenceGap).values(rows)
    await session.execute(
        given.on_conflict_do_update(
            index_elements=["kind", "subject_id", "missed_from"],
            set_={
                "missed_until": func.greatest(PresenceGap.missed_until, given.excluded.missed_until)
            },
        )
    )
