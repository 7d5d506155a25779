"""What the tills did, for staff: by store, day, number, voucher, and what looks odd; as files."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from app.models.states import ExportFormat, RedemptionState, Role
from app.packs.breakfast import batches, exports, oversight
from app.platform.errors import CursorInvalid, InputInvalid
from app.routers.guard import Reach, StaffCaller, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R, Rooms
from app.routers.sent_files import TABLE_RESPONSES, FileFormat, table_answer
from app.schemas.base import Day, PageOut
from app.schemas.oversight import OverseenRedemptionOut, OverseenRefusalOut
from app.schemas.redemptions import REDEMPTION_NO_PATTERN, STORE_NO_PATTERN
from app.schemas.seed_ids import FIRST_BATCH_ID
from app.shared.exports import Filters, file_of_list
from app.shared.exports.refusals import TooManyRows

router = api_router()

READERS = (Role.STORE_MANAGER, Role.FINANCE, Role.CAMPAIGN_MANAGER)
OfStore = Annotated[str | None, Query(pattern=STORE_NO_PATTERN, description="门店编号 · a store")]
Since = Annotated[Day | None, Query(description="起始日（含） · first day")]
Until = Annotated[Day | None, Query(description="截止日（含） · last day")]
OfCode = Annotated[
    str | None, Query(pattern=r"^[a-z_]{1,64}$", description="原因代码 · a refusal's code")
]
OnDay = Annotated[Day | None, Query(description="上海日期 · a Shanghai day")]


@router.get("/v1/admin/redemptions", summary="核销记录")
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(CursorInvalid, InputInvalid))
async def oversee_redemptions(
    request: Request,
    response: Response,
    staff: StaffCaller,
    rooms: R,
    page: Paging,
    store_no: OfStore = None,
    date: OnDay = None,
    state: RedemptionState | None = None,
    redemption_no: Annotated[str | None, Query(pattern=REDEMPTION_NO_PATTERN)] = None,
    voucher_id: UUID | None = None,
    flagged: Annotated[
        bool | None, Query(description="冲正过于频繁 · reversed suspiciously often")
    ] = None,
) -> PageOut[OverseenRedemptionOut]:
    """All stores' redemptions, newest first, reversed ones too."""
    found = await oversight.list_redemptions(
        rooms.sessions,
        page=page,
        districts=staff.districts,
        store_no=store_no,
        day=date,
        state=state,
        redemption_no=redemption_no,
        voucher_id=voucher_id,
        flagged=flagged,
    )
    link_next(request, response, found)
    shown = found.map(OverseenRedemptionOut.of)
    return PageOut[OverseenRedemptionOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get(
    "/v1/admin/redemptions.{format}",
    summary="核销记录文件",
    response_class=Response,
    responses=TABLE_RESPONSES,
)
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(InputInvalid, TooManyRows))
async def download_redemptions(
    form: FileFormat,
    staff: StaffCaller,
    rooms: R,
    store_no: OfStore = None,
    since: Since = None,
    until: Until = None,
) -> Response:
    """Redemptions as CSV or XLSX, in the order of their arrival, up to 5,000 of them. More:
    `POST /v1/admin/exports`."""
    filters = Filters(store_no=store_no, since=since, until=until)
    return await _file(rooms, staff, exports.REDEMPTIONS, filters, form, name="redemptions")


@router.get("/v1/admin/redemptions/{redemption_id}", summary="一笔核销")
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT)
async def oversee_redemption(
    redemption_id: UUID, staff: StaffCaller, rooms: R
) -> OverseenRedemptionOut:
    """One redemption of any store."""
    return OverseenRedemptionOut.of(
        await oversight.find_redemption(
            rooms.sessions, redemption_id=redemption_id, districts=staff.districts
        )
    )


@router.get("/v1/admin/refused-redemptions", summary="被拒绝的核销")
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(CursorInvalid, InputInvalid))
async def oversee_refusals(
    request: Request,
    response: Response,
    staff: StaffCaller,
    rooms: R,
    page: Paging,
    store_no: OfStore = None,
    date: OnDay = None,
    code: OfCode = None,
) -> PageOut[OverseenRefusalOut]:
    """What tills tried and were refused, newest first; never what was typed."""
    found = await oversight.list_refusals(
        rooms.sessions,
        page=page,
        districts=staff.districts,
        store_no=store_no,
        day=date,
        code=code,
    )
    link_next(request, response, found)
    shown = found.map(OverseenRefusalOut.model_validate)
    return PageOut[OverseenRefusalOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get(
    "/v1/admin/refused-redemptions.{format}",
    summary="被拒绝的核销文件",
    response_class=Response,
    responses=TABLE_RESPONSES,
)
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(InputInvalid, TooManyRows))
async def download_refusals(
    form: FileFormat,
    staff: StaffCaller,
    rooms: R,
    store_no: OfStore = None,
    since: Since = None,
    until: Until = None,
    code: OfCode = None,
) -> Response:
    """Refusals as CSV or XLSX, up to 5,000 of them. More: `POST /v1/admin/exports`."""
    filters = Filters(store_no=store_no, since=since, until=until, code=code)
    return await _file(rooms, staff, exports.REFUSALS, filters, form, name="refused-redemptions")


@router.get(
    "/v1/admin/breakfast/batches/{batch_id}/vouchers.{format}",
    summary="批次的早餐券文件",
    response_class=Response,
    responses=TABLE_RESPONSES,
)
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(TooManyRows,))
async def download_vouchers(
    batch_id: Annotated[UUID, Path(examples=[str(FIRST_BATCH_ID)])],
    form: FileFormat,
    staff: StaffCaller,
    rooms: R,
) -> Response:
    """A batch's vouchers as CSV or XLSX, without their codes, up to 5,000 of them. More:
    `POST /v1/admin/exports`."""
    await batches.find_batch(rooms.sessions, batch_id=batch_id)
    filters = Filters(batch_id=batch_id)
    return await _file(rooms, staff, exports.VOUCHERS, filters, form, name=f"vouchers-{batch_id}")


async def _file(
    rooms: Rooms,
    staff: StaffCaller,
    what: str,
    filters: Filters,
    form: ExportFormat,
    *,
    name: str,
) -> Response:
    content = await file_of_list(
        rooms.sessions,
        rooms.exports,
        what=what,
        filters=filters,
        form=form,
        districts=staff.districts,
    )
    return table_answer(content, form, name)
