"""Exports asked for, looked at, fetched. Whoever asked may, and the administrator."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import insert

from app.models.exports import Export
from app.models.states import ExportFormat, ExportState
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict
from app.platform.ids import new_id
from app.platform.pages import Page, PageRequest
from app.shared.exports import queries
from app.shared.exports.listing import Exports, Filters
from app.shared.exports.queries import ExportFacts
from app.shared.exports.refusals import ExportGone, ExportsUnfinished
from app.shared.files import BytesMissing, Store, StoredBytes
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, StaffMember
from app.shared.ledger import Act, made, write
from app.shared.outbox import NewJob, put

KEPT = timedelta(days=7)
# Each takes a lane of a worker for as long as it is being made.
MOST_UNFINISHED = 2
KIND = "exports.make"


async def request_export(
    sessions: Sessions,
    clock: Clock,
    exports: Exports,
    once: Once,
    *,
    staff: StaffMember,
    actor: Actor,
    what: str,
    filters: Filters,
    form: ExportFormat,
) -> ExportFacts:
    """Have a file made by a worker, of the districts in which the asker may look; the job is
    put with the row.

    Raises `Forbidden`, `InputInvalid`, `ExportsUnfinished`.
    """
    listing = exports.find(what)
    listing.check_roles(staff.roles)
    listing.check_filters(filters)
    now, export_id = clock.now(), new_id()
    async with sessions.begin() as session:
        await once.first(session)
        await queries.lock_staff(session, staff.id)
        if await queries.count_unfinished(session, staff.id) >= MOST_UNFINISHED:
            raise ExportsUnfinished(most=MOST_UNFINISHED)
        job_id = await put(session, NewJob(KIND, {"export_id": export_id}))
        assert job_id is not None, "a job without a key is always put"
        await session.execute(
            insert(Export).values(
                id=export_id,
                staff_id=staff.id,
                roles=sorted(staff.roles),
                job_id=job_id,
                what=what,
                filters=filters.given(),
                districts=staff.districts and sorted(staff.districts),
                format=form,
                created_at=now,
                expires_at=now + KEPT,
            )
        )
        wanted = made(what=what, format=form, **filters.given())
        await write(session, [Act(actor, "export.request", "export", export_id, wanted, at=now)])
        asked = await queries.find(session, export_id)
        assert asked is not None
        await once.keep(session, asked)
    return asked


async def list_exports(
    sessions: Sessions, *, staff: StaffMember, page: PageRequest
) -> Page[ExportFacts]:
    """Mine, the last first; everybody's for the administrator. Those that are gone, too."""
    statement = queries.select_exports().where(queries.shown_to(staff))
    async with sessions() as session:
        rows = await queries.NEWEST_FIRST.page(session, statement, page)
    return rows.map(queries.export_facts)


async def find_export(
    sessions: Sessions, clock: Clock, exports: Exports, *, staff: StaffMember, export_id: UUID
) -> ExportFacts:
    """How far it is. Raises `NotFound` (somebody else's, too), `Forbidden` (the role that the
    list needs was taken away since), `ExportGone`."""
    async with sessions() as session:
        found = await queries.find(session, export_id, by=staff)
    if found is None:
        raise NotFound()
    exports.find(found.what).check_roles(staff.roles)
    if found.state(clock.now()) is ExportState.GONE:
        raise ExportGone()
    return found


async def find_linked(sessions: Sessions, *, export_id: UUID) -> ExportFacts:
    """Anybody's, for whoever holds its link, which the caller checks. Raises `NotFound`."""
    async with sessions() as session:
        found = await queries.find(session, export_id)
    if found is None:
        raise NotFound()
    return found


async def open_file(store: Store, clock: Clock, export: ExportFacts) -> StoredBytes:
    """Raises `StateConflict` (not done), `ExportGone`."""
    state = export.state(clock.now())
    if state is ExportState.GONE:
        raise ExportGone()
    if state is not ExportState.DONE:
        raise StateConflict(state=state)
    try:
        return await store.open(export.key)
    except BytesMissing as error:
        raise ExportGone() from error
