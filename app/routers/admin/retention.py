"""How long records are kept, what was erased, and a rehearsal of it."""

from typing import Annotated

from fastapi import Path, Request, Response

from app.models.states import Role
from app.platform.errors import CursorInvalid, NotFound, VersionStale
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.approvals import KIND_PATTERN
from app.schemas.base import PageOut
from app.schemas.retention import KeptKindList, KeptKindOut, PeriodIn, RunIn, RunOut
from app.shared import retention

router = api_router()

RETENTION = "/v1/admin/retention"
OFFICER = Role.PRIVACY_OFFICER
DEADLINE_S = 30


@router.get(RETENTION + "/kinds", summary="保存期限")
@staff_only(OFFICER, reads=True)
async def list_kinds(rooms: R) -> KeptKindList:
    """Every kind of record that is erased when its time is over, and for how long it is kept."""
    found = await retention.list_kinds(rooms.sessions, rooms.retention)
    return KeptKindList(items=[KeptKindOut.of(each) for each in found])


@router.put(RETENTION + "/kinds/{kind}", summary="修改保存期限")
@staff_only(OFFICER, verb="retention.period.change", refuses=(NotFound, VersionStale))
async def change_period(
    kind: Annotated[str, Path(pattern=KIND_PATTERN, examples=["health.consultation_messages"])],
    body: PeriodIn,
    actor: Acting,
    rooms: R,
) -> KeptKindOut:
    """From the next run on. `version` is the one that you read."""
    changed = await retention.change_period(
        rooms.sessions,
        rooms.clock,
        rooms.retention,
        actor=actor,
        name=kind,
        version=body.version,
        keep_days=body.keep_days,
        reason=body.reason,
    )
    return KeptKindOut.of(changed)


@router.get(RETENTION + "/runs", summary="到期删除报告")
@staff_only(OFFICER, reads=True, refuses=(CursorInvalid,))
async def list_runs(
    request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[RunOut]:
    """What runs and rehearsals erased or would have, the newest first; a job runs every hour and
    reports when something went."""
    found = await retention.list_runs(rooms.sessions, page=page)
    link_next(request, response, found)
    shown = found.map(RunOut.of)
    return PageOut[RunOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(RETENTION + "/runs", status_code=201, summary="执行或演练到期删除")
@staff_only(OFFICER, verb="retention.run.erase", key=OPTIONAL, deadline_s=DEADLINE_S)
async def run_now(body: RunIn, actor: Acting, rooms: R, once: OnceKey) -> RunOut:
    """Erase what is due, a thousand at most of each kind; with `dry_run: true` do the same, take it
    back, and say what would have gone."""
    run = await retention.run_now(
        rooms.sessions,
        rooms.clock,
        rooms.retention,
        once.answering(201, lambda each: RunOut.of(each).model_dump_json()),
        actor=actor,
        is_rehearsal=body.dry_run,
    )
    return RunOut.of(run)
