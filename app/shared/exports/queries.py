"""The SQL of exports."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, and_, cast, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.exports import Export
from app.models.identity import Staff
from app.models.outbox import Job
from app.models.states import District, ExportFormat, ExportState, JobState, Role
from app.platform.db import AnySelect
from app.platform.pages import Keyset
from app.shared.identity.callers import Districts, StaffMember

NEWEST_FIRST = Keyset(Export.id, descending=True)

_COLUMNS = (
    Export.id,
    Export.staff_id,
    Export.roles,
    Export.what,
    Export.filters,
    Export.districts,
    Export.format,
    Export.rows_done,
    Export.rows_total,
    Export.size_bytes,
    Export.created_at,
    Export.ready_at,
    Export.expires_at,
    Export.swept_at,
    Job.state,
)


@dataclass(frozen=True, slots=True)
class ExportFacts:
    """An export, and how its job stands (None: ended so long ago that it is forgotten)."""

    id: UUID
    staff_id: UUID
    roles: list[str]
    what: str
    filters: dict[str, Any]
    districts: list[str] | None
    format: ExportFormat
    rows_done: int
    rows_total: int | None
    size_bytes: int | None
    created_at: datetime
    ready_at: datetime | None
    expires_at: datetime
    swept_at: datetime | None
    job_state: JobState | None

    @property
    def reach(self) -> Districts:
        """Where the asker could look when it was asked for."""
        return None if self.districts is None else frozenset(map(District, self.districts))

    @property
    def key(self) -> str:
        return key_of(self.id, self.format)

    def state(self, now: datetime) -> ExportState:
        """Time alone decides when it is gone; nobody waits for the sweep."""
        if self.swept_at is not None or self.expires_at <= now:
            return ExportState.GONE
        if self.ready_at is not None:
            return ExportState.DONE
        if self.job_state in (JobState.QUEUED, JobState.LEASED):
            return ExportState.QUEUED if self.rows_total is None else ExportState.RUNNING
        return ExportState.FAILED


def key_of(export_id: UUID, form: ExportFormat) -> str:
    """Under what its bytes are kept: the same at every attempt, so that none leaves others."""
    return f"exports/{export_id}.{form}"


def select_exports() -> AnySelect:
    return select(*_COLUMNS).outerjoin(Job, Job.id == Export.job_id)


def shown_to(staff: StaffMember) -> ColumnElement[bool]:
    """Their own, and all for the administrator; of no district where they may not look now."""
    shown = true() if Role.ADMINISTRATOR in staff.roles else Export.staff_id == staff.id
    if staff.districts is None:
        return shown
    reach = cast(sorted(staff.districts), ARRAY(Text))
    return and_(shown, Export.districts.bool_op("<@")(reach))


def export_facts(row: Any) -> ExportFacts:
    """A row of `select_exports`, whatever was added behind it."""
    return ExportFacts(*row[: len(_COLUMNS)])


async def find(
    session: AsyncSession, export_id: UUID, *, by: StaffMember | None = None
) -> ExportFacts | None:
    """`by`: as far as it is shown to them."""
    statement = select_exports().where(Export.id == export_id)
    if by is not None:
        statement = statement.where(shown_to(by))
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else export_facts(row)


async def lock_staff(session: AsyncSession, staff_id: UUID) -> None:
    """So that what one account asks for at once is counted one after the other."""
    await session.execute(
        select(Staff.id).where(Staff.id == staff_id).with_for_update(key_share=True)
    )


async def count_unfinished(session: AsyncSession, staff_id: UUID) -> int:
    statement = (
        select(func.count())
        .select_from(Export)
        .join(Job, Job.id == Export.job_id)
        .where(
            Export.staff_id == staff_id,
            Export.ready_at.is_(None),
            Job.state.in_([JobState.QUEUED, JobState.LEASED]),
        )
    )
    return (await session.execute(statement)).scalar_one()


async def note_progress(session: AsyncSession, export_id: UUID, *, done: int, total: int) -> None:
    await session.execute(
        update(Export)
        .where(Export.id == export_id, Export.ready_at.is_(None))
        .values(rows_done=done, rows_total=total)
    )


async def note_ready(
    session: AsyncSession, export_id: UUID, *, size_bytes: int, at: datetime
) -> None:
    await session.execute(
        update(Export)
        .where(Export.id == export_id, Export.ready_at.is_(None))
        .values(size_bytes=size_bytes, ready_at=at)
    )


async def overdue(session: AsyncSession, most: int) -> list[UUID]:
    """Exports whose time is over and whose bytes may still be there, the oldest first."""
    now = select(func.campaign_now()).scalar_subquery()
    statement = (
        select(Export.id)
        .where(Export.swept_at.is_(None), Export.expires_at <= now)
        .order_by(Export.expires_at)
        .limit(most)
    )
    return list(await session.scalars(statement))


async def note_swept(session: AsyncSession, export_id: UUID) -> None:
    await session.execute(
        update(Export).where(Export.id == export_id).values(swept_at=func.campaign_now())
    )
