"""Breakfast in figures, for staff; as pages and as files."""

from typing import Annotated

from fastapi import Query, Request, Response

from app.models.states import Role
from app.packs.breakfast import figures, figures_files
from app.platform.errors import CursorInvalid, InputInvalid, NotFound
from app.routers.guard import Reach, StaffCaller, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.routers.sent_files import TABLE_RESPONSES, FileFormat, table_answer
from app.schemas.base import Day
from app.schemas.figures import (
    DayFiguresOut,
    DaysOut,
    DistrictFiguresOut,
    DistrictsOut,
    FiguresOut,
    StoreFiguresList,
    StoreFiguresOut,
)

router = api_router()

FIGURES = "/v1/admin/breakfast/figures"
READERS = (Role.CAMPAIGN_MANAGER, Role.STORE_MANAGER, Role.FINANCE)
Since = Annotated[Day | None, Query(description="起始日（含） · first day")]
Until = Annotated[Day | None, Query(description="截止日（含） · last day")]


@router.get(FIGURES, summary="早餐券数据")
@staff_only(*READERS, reads=True, refuses=(NotFound,))
async def get_figures(rooms: R) -> FiguresOut:
    """The current campaign's figures and what each of them means."""
    return FiguresOut.of(await figures.breakfast_totals(rooms.sessions, rooms.clock))


@router.get(FIGURES + "/days", summary="早餐券数据（按日）")
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(NotFound, InputInvalid))
async def get_figures_by_day(
    staff: StaffCaller, rooms: R, since: Since = None, until: Until = None
) -> DaysOut:
    """The same by Shanghai day; days on which nothing happened are left out."""
    as_of, days = await figures.figures_by_day(
        rooms.sessions, rooms.clock, districts=staff.districts, since=since, until=until
    )
    return DaysOut(as_of=as_of, items=[DayFiguresOut.model_validate(day) for day in days])


@router.get(FIGURES + "/districts", summary="早餐券数据（按区）")
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(NotFound,))
async def get_figures_by_district(staff: StaffCaller, rooms: R) -> DistrictsOut:
    """The same for each of the ten districts: issued by the member's, redeemed by the store's."""
    as_of, districts = await figures.figures_by_district(
        rooms.sessions, rooms.clock, districts=staff.districts
    )
    items = [DistrictFiguresOut.model_validate(each) for each in districts]
    return DistrictsOut(as_of=as_of, items=items)


@router.get(FIGURES + "/stores", summary="早餐券数据（按门店）")
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(NotFound, CursorInvalid))
async def get_figures_by_store(
    request: Request, response: Response, staff: StaffCaller, rooms: R, page: Paging
) -> StoreFiguresList:
    """What each store redeemed and reversed, by store number."""
    as_of, found = await figures.figures_by_store(
        rooms.sessions, rooms.clock, page=page, districts=staff.districts
    )
    link_next(request, response, found)
    shown = found.map(StoreFiguresOut.model_validate)
    return StoreFiguresList(items=shown.items, next_cursor=shown.next_cursor, as_of=as_of)


@router.get(
    FIGURES + ".{format}",
    summary="早餐券数据文件",
    response_class=Response,
    responses=TABLE_RESPONSES,
)
@staff_only(*READERS, reads=True, refuses=(NotFound,))
async def download_figures(form: FileFormat, rooms: R) -> Response:
    """The current campaign's figures as CSV or XLSX, in one row."""
    content = await figures_files.totals_file(rooms.sessions, rooms.clock, form)
    return table_answer(content, form, "breakfast")


@router.get(
    FIGURES + "/days.{format}",
    summary="早餐券数据文件（按日）",
    response_class=Response,
    responses=TABLE_RESPONSES,
)
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(NotFound, InputInvalid))
async def download_figures_by_day(
    form: FileFormat, staff: StaffCaller, rooms: R, since: Since = None, until: Until = None
) -> Response:
    """The figures by Shanghai day as CSV or XLSX."""
    content = await figures_files.days_file(
        rooms.sessions, rooms.clock, form, districts=staff.districts, since=since, until=until
    )
    return table_answer(content, form, "breakfast-days")


@router.get(
    FIGURES + "/districts.{format}",
    summary="早餐券数据文件（按区）",
    response_class=Response,
    responses=TABLE_RESPONSES,
)
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(NotFound,))
async def download_figures_by_district(form: FileFormat, staff: StaffCaller, rooms: R) -> Response:
    """The figures by district as CSV or XLSX."""
    content = await figures_files.districts_file(
        rooms.sessions, rooms.clock, form, districts=staff.districts
    )
    return table_answer(content, form, "breakfast-districts")


@router.get(
    FIGURES + "/stores.{format}",
    summary="早餐券数据文件（按门店）",
    response_class=Response,
    responses=TABLE_RESPONSES,
)
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(NotFound,))
async def download_figures_by_store(form: FileFormat, staff: StaffCaller, rooms: R) -> Response:
    """What every store redeemed and reversed, as CSV or XLSX."""
    content = await figures_files.stores_file(rooms.sessions, form, districts=staff.districts)
    return table_answer(content, form, "breakfast-stores")
