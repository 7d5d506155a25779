"""Work after the answer, for staff: what waits, what failed, try again."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from app.models.states import JobState
from app.platform.errors import CursorInvalid, StateConflict
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import PageOut
from app.schemas.jobs import JobOut
from app.shared import outbox

router = api_router()

JOBS = "/v1/admin/jobs"
JobId = Annotated[UUID, Path(description="见后台任务列表 · as listed")]


@router.get(JOBS, summary="后台任务")
@staff_only(reads=True, refuses=(CursorInvalid,))
async def list_jobs(
    request: Request,
    response: Response,
    rooms: R,
    page: Paging,
    state: Annotated[JobState | None, Query(description="不填为全部 · all if absent")] = None,
    kind: Annotated[
        str | None, Query(pattern=r"^[a-z_.]{1,64}$", description="如 · such as `outbox.sweep`")
    ] = None,
) -> PageOut[JobOut]:
    """Jobs, the last put first; done ones for a week. `state=failed` is what waits for you."""
    found = await outbox.list_jobs(rooms.sessions, page=page, state=state, kind=kind)
    link_next(request, response, found)
    shown = found.map(JobOut.model_validate)
    return PageOut[JobOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(JOBS + "/{job_id}/retry", summary="重试失败的任务")
@staff_only(verb="job.retry", key=OPTIONAL, refuses=(StateConflict,))
async def retry_job(job_id: JobId, actor: Acting, rooms: R, once: OnceKey) -> JobOut:
    """Queue a failed job as if it were new. Conflict: it has not failed, or a newer job does
    its work (`superseded`)."""
    retried = await outbox.retry_job(
        rooms.sessions,
        once.answering(200, lambda result: JobOut.model_validate(result).model_dump_json()),
        actor=actor,
        job_id=job_id,
    )
    return JobOut.model_validate(retried)
