"""Breakfast for staff: batches, their life, vouchers."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from app.models.states import Role
from app.packs.breakfast import batches, budget, plan, vouchers
from app.packs.breakfast.queries import BatchFacts
from app.platform.errors import CursorInvalid, NotFound, StateConflict, VersionStale
from app.routers.acting import Acting
from app.routers.asked import ASKED, asked_answer
from app.routers.guard import OPTIONAL, OnceKey, Reach, StaffCaller, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R, Rooms
from app.schemas.base import PageOut, Reason
from app.schemas.breakfast import (
    BatchChange,
    BatchIn,
    BudgetChange,
    StaffBatchOut,
)
from app.schemas.breakfast_desk import StaffVoucherOut
from app.schemas.seed_ids import FIRST_BATCH_ID
from app.shared.approvals import ApprovalPending, Asked
from app.shared.counter.refusals import CodeMalformed
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.stock import BelowIssued

router = api_router()

BATCHES = "/v1/admin/breakfast/batches"
READERS = (Role.CAMPAIGN_MANAGER, Role.STORE_MANAGER, Role.FINANCE)
BatchId = Annotated[UUID, Path(examples=[str(FIRST_BATCH_ID)])]
Series = Annotated[
    bool, Query(description="对整个系列执行 · the whole series, each batch that can")
]


@router.get(BATCHES, summary="早餐券批次")
@staff_only(*READERS, reads=True, reach=Reach.SHARED, refuses=(CursorInvalid,))
async def list_batches(
    request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[StaffBatchOut]:
    """All batches by opening time, drafts too."""
    found = await batches.list_batches(rooms.sessions, page=page)
    link_next(request, response, found)
    shown = found.map(lambda batch: StaffBatchOut.of(batch, rooms.clock))
    return PageOut[StaffBatchOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(BATCHES, status_code=201, summary="新建批次（草稿）")
@staff_only(Role.CAMPAIGN_MANAGER, verb="breakfast.batch.create", key=OPTIONAL, refuses=(NotFound,))
async def create_batch(body: BatchIn, actor: Acting, rooms: R, once: OnceKey) -> StaffBatchOut:
    """Create a draft, or a series of drafts. Members see it once it is started."""
    scope = body.stores
    planned = await plan.create_batch(
        rooms.sessions,
        rooms.clock,
        once.answering(
            201, lambda result: StaffBatchOut.of_plan(result, rooms.clock).model_dump_json()
        ),
        actor=actor,
        store_districts=scope.districts if scope else None,
        store_nos=scope.store_nos if scope else None,
        **body.model_dump(exclude={"stores"}),
    )
    return StaffBatchOut.of_plan(planned, rooms.clock)


@router.get(BATCHES + "/{batch_id}", summary="一个批次")
@staff_only(*READERS, reads=True, reach=Reach.SHARED)
async def get_batch(batch_id: BatchId, rooms: R) -> StaffBatchOut:
    """One batch with its figures."""
    batch = await batches.find_batch(rooms.sessions, batch_id=batch_id)
    return StaffBatchOut.of(batch, rooms.clock)


@router.patch(BATCHES + "/{batch_id}", summary="修改批次")
@staff_only(
    Role.CAMPAIGN_MANAGER, verb="breakfast.batch.change", refuses=(VersionStale, StateConflict)
)
async def change_batch(
    batch_id: BatchId, body: BatchChange, actor: Acting, rooms: R
) -> StaffBatchOut:
    """Correct a draft; a started batch takes only `name` and `closes_at`."""
    changed = await batches.change_batch(
        rooms.sessions,
        rooms.clock,
        rooms.stock,
        actor=actor,
        batch_id=batch_id,
        version=body.version,
        changes=body.model_dump(exclude={"version"}, exclude_none=True),
    )
    return StaffBatchOut.of(changed, rooms.clock)


@router.post(BATCHES + "/{batch_id}/start", summary="开始发放")
@staff_only(
    Role.CAMPAIGN_MANAGER, verb="breakfast.batch.start", key=OPTIONAL, refuses=(StateConflict,)
)
async def start_batch(
    batch_id: BatchId,
    body: Reason,
    actor: Acting,
    rooms: R,
    once: OnceKey,
    series: Series = False,
) -> StaffBatchOut:
    """Show the batch to members; it is issued within its window."""
    return await _move(rooms, once, actor, batch_id, "start", body.reason, series)


@router.post(BATCHES + "/{batch_id}/pause", summary="暂停发放")
@staff_only(
    Role.CAMPAIGN_MANAGER, verb="breakfast.batch.pause", key=OPTIONAL, refuses=(StateConflict,)
)
async def pause_batch(
    batch_id: BatchId,
    body: Reason,
    actor: Acting,
    rooms: R,
    once: OnceKey,
    series: Series = False,
) -> StaffBatchOut:
    """Stop issuing for now. Issued vouchers stay redeemable."""
    return await _move(rooms, once, actor, batch_id, "pause", body.reason, series)


@router.post(BATCHES + "/{batch_id}/resume", summary="恢复发放")
@staff_only(
    Role.CAMPAIGN_MANAGER, verb="breakfast.batch.resume", key=OPTIONAL, refuses=(StateConflict,)
)
async def resume_batch(
    batch_id: BatchId,
    body: Reason,
    actor: Acting,
    rooms: R,
    once: OnceKey,
    series: Series = False,
) -> StaffBatchOut:
    """Issue again after a pause."""
    return await _move(rooms, once, actor, batch_id, "resume", body.reason, series)


@router.post(BATCHES + "/{batch_id}/end", summary="结束发放")
@staff_only(
    Role.CAMPAIGN_MANAGER, verb="breakfast.batch.end", key=OPTIONAL, refuses=(StateConflict,)
)
async def end_batch(
    batch_id: BatchId,
    body: Reason,
    actor: Acting,
    rooms: R,
    once: OnceKey,
    series: Series = False,
) -> StaffBatchOut:
    """Stop issuing for good. Issued vouchers stay redeemable."""
    return await _move(rooms, once, actor, batch_id, "end", body.reason, series)


@router.post(
    BATCHES + "/{batch_id}/budget",
    summary="调整总量",
    response_model=StaffBatchOut,
    responses=ASKED,
)
@staff_only(
    Role.CAMPAIGN_MANAGER,
    verb="breakfast.batch.budget",
    key=OPTIONAL,
    refuses=(VersionStale, BelowIssued, ApprovalPending),
)
async def change_budget(
    batch_id: BatchId, body: BudgetChange, actor: Acting, rooms: R, once: OnceKey
) -> StaffBatchOut | Response:
    """Change a batch's total; `expected_total` is what you believe it to be now.

    202: it adds more than one may alone, counted over 24 hours; it is done when a second
    person approves it.
    """
    changed = await budget.change_budget(
        rooms.sessions,
        rooms.clock,
        rooms.stock,
        _answering(once, rooms),
        actor=actor,
        batch_id=batch_id,
        expected_total=body.expected_total,
        total=body.total,
        reason=body.reason,
    )
    if isinstance(changed, Asked):
        return asked_answer(changed)
    return StaffBatchOut.of(changed, rooms.clock)


@router.get("/v1/admin/breakfast/vouchers", summary="查询早餐券")
@staff_only(
    *READERS,
    verb="breakfast.voucher.find",
    reads=True,
    reach=Reach.DISTRICT,
    refuses=(CursorInvalid, CodeMalformed),
)
async def search_vouchers(
    request: Request,
    response: Response,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    page: Paging,
    member_no: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = None,
    code: Annotated[str | None, Query(max_length=64)] = None,
) -> PageOut[StaffVoucherOut]:
    """Vouchers of a member, or the one with a code; newest first. The member sees the look."""
    found = await vouchers.search_vouchers(
        rooms.sessions,
        rooms.clock,
        rooms.vouchers,
        staff=staff,
        actor=actor,
        page=page,
        member_no=member_no,
        code=code,
    )
    link_next(request, response, found)
    shown = found.map(lambda voucher: StaffVoucherOut.of(voucher, rooms.clock))
    return PageOut[StaffVoucherOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post("/v1/admin/breakfast/vouchers/{voucher_id}/void", summary="作废早餐券")
@staff_only(
    Role.CAMPAIGN_MANAGER,
    verb="breakfast.voucher.void",
    reach=Reach.DISTRICT,
    key=OPTIONAL,
    refuses=(StateConflict,),
)
async def void_voucher(
    voucher_id: UUID, body: Reason, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> StaffVoucherOut:
    """Take an issued voucher back; its unit returns to the batch."""
    voided = await vouchers.void_voucher(
        rooms.sessions,
        rooms.clock,
        rooms.stock,
        once.answering(
            200, lambda voucher: StaffVoucherOut.of(voucher, rooms.clock).model_dump_json()
        ),
        actor=actor,
        voucher_id=voucher_id,
        reason=body.reason,
        districts=staff.districts,
    )
    return StaffVoucherOut.of(voided, rooms.clock)


def _answering(once: Once, rooms: Rooms) -> Once:
    def render(batch: BatchFacts) -> str:
        return StaffBatchOut.of(batch, rooms.clock).model_dump_json()

    return once.answering(200, render)


async def _move(
    rooms: Rooms, once: Once, actor: Actor, batch_id: UUID, act: str, reason: str, series: bool
) -> StaffBatchOut:
    moved = await batches.move_batch(
        rooms.sessions,
        rooms.clock,
        rooms.stock,
        _answering(once, rooms),
        actor=actor,
        batch_id=batch_id,
        act=act,
        reason=reason,
        whole_series=series,
    )
    return StaffBatchOut.of(moved, rooms.clock)
