"""The campaign's report: as JSON, a workbook, a page with charts, a paragraph."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from app.models.states import ExportFormat, Role
from app.platform.errors import InputInvalid, NotFound
from app.routers.guard import DEADLINE_S, Reach, StaffCaller, anyone, api_router, staff_only
from app.routers.report_page import report_page
from app.routers.rooms import R, Rooms
from app.routers.sent_files import Expires, Signature, table_answer
from app.schemas.base import Day, Instant
from app.schemas.report import ReportOut
from app.schemas.report_links import (
    DISTRICTS_PATTERN,
    LINKED,
    ReportLinkOut,
    linked_question,
    question_id,
    read_districts,
)
from app.shared.exports.sheets import MEDIA_TYPES
from app.shared.files import LinkExpired
from app.shared.identity.callers import Districts
from app.shared.report import Report, paragraph, workbook
from app.shared.report.collect import SETTLED

router = api_router()

REPORT = "/v1/admin/report"
READERS = (Role.CAMPAIGN_MANAGER, Role.STORE_MANAGER, Role.FINANCE)
# Whoever asks about this very moment waits until it is settled.
PATIENCE_S = DEADLINE_S + SETTLED.total_seconds()
guarded = staff_only(
    *READERS,
    reads=True,
    reach=Reach.DISTRICT,
    refuses=(NotFound, InputInvalid),
    deadline_s=PATIENCE_S,
)


@dataclass(frozen=True, slots=True)
class Question:
    """What may be asked of each form of the report."""

    campaign_id: UUID | None
    as_of: datetime | None
    day: date | None

    async def ask(self, rooms: Rooms, staff: StaffCaller) -> Report:
        return await rooms.reports.read(
            campaign_id=self.campaign_id,
            as_of=self.as_of,
            day=self.day,
            districts=staff.districts,
        )


def _question(
    campaign_id: Annotated[
        UUID | None, Query(description="哪一届，默认当前 · which edition, by default the current")
    ] = None,
    as_of: Annotated[
        Instant | None,
        Query(description="截至何时，默认五秒之前 · as of when, by default five seconds ago"),
    ] = None,
    day: Annotated[
        Day | None, Query(description="只计该（上海）日 · that Shanghai day alone")
    ] = None,
) -> Question:
    return Question(campaign_id, as_of, day)


Asked = Annotated[Question, Depends(_question)]


@dataclass(frozen=True, slots=True)
class LinkedQuestion:
    """The rest of what a link asks."""

    campaign_id: UUID | None
    day: date | None
    districts: Districts


def _linked(
    campaign_id: UUID | None = None,
    day: Day | None = None,
    districts: Annotated[
        str | None, Query(pattern=DISTRICTS_PATTERN, description="以逗号分隔 · joined by commas")
    ] = None,
) -> LinkedQuestion:
    return LinkedQuestion(campaign_id, day, read_districts(districts))


Linked = Annotated[LinkedQuestion, Depends(_linked)]


def _media(media_type: str) -> dict[int | str, dict[str, object]]:
    return {
        200: {
            "description": "报告 · the report",
            "content": {media_type: {"schema": {"type": "string"}}},
        }
    }


@router.get(REPORT, summary="活动数据报告")
@guarded
async def get_report(staff: StaffCaller, rooms: R, asked: Asked) -> ReportOut:
    """Every figure of every pack with its definition, by day, hour, district and part.

    The same question about the same `as_of` gives the same figures for ever; the answer names
    the time that it is of. An account that is limited to districts gets their part, without
    what is of no district.
    """
    return ReportOut.of(await asked.ask(rooms, staff))


@router.get(REPORT + ".json", summary="活动数据报告（JSON 文件）")
@guarded
async def download_report(
    staff: StaffCaller, rooms: R, asked: Asked, response: Response
) -> ReportOut:
    """The same as a file."""
    report = await asked.ask(rooms, staff)
    response.headers.update(_named(report, "json"))
    return ReportOut.of(report)


@router.get(
    REPORT + ".xlsx",
    summary="活动数据报告（Excel）",
    response_class=Response,
    responses=_media(MEDIA_TYPES[ExportFormat.XLSX]),
)
@guarded
async def download_report_workbook(staff: StaffCaller, rooms: R, asked: Asked) -> Response:
    """A workbook: figures with definitions, days, hours, districts, parts."""
    report = await asked.ask(rooms, staff)
    return table_answer(await workbook(report), ExportFormat.XLSX, _name(report))


@router.get(
    REPORT + ".html",
    summary="活动数据报告（图表页）",
    response_class=Response,
    responses=_media("text/html"),
)
@guarded
async def download_report_page(staff: StaffCaller, rooms: R, asked: Asked) -> HTMLResponse:
    """A page with charts in one file: open it, print it, send it on; it needs no network."""
    report = await asked.ask(rooms, staff)
    page = report_page(report)
    page.headers.update(_named(report, "html"))
    return page


@router.get(
    REPORT + ".txt",
    summary="活动数据报告（新闻稿段落）",
    response_class=Response,
    responses=_media("text/plain"),
)
@guarded
async def download_report_paragraph(
    staff: StaffCaller, rooms: R, asked: Asked
) -> PlainTextResponse:
    """The paragraph that a newspaper would print, in Chinese."""
    report = await asked.ask(rooms, staff)
    return PlainTextResponse(paragraph(report) + "\n", headers=_named(report, "txt"))


@router.get(REPORT + "/link", summary="活动数据报告（网页链接）")
@guarded
async def link_report(staff: StaffCaller, rooms: R, asked: Asked) -> ReportLinkOut:
    """An address of the page for a browser: it needs no token and lives five minutes. It stays of
    the edition that was meant, also if another becomes the current one meanwhile."""
    campaign_id = await rooms.reports.edition(asked.campaign_id)
    as_of = await rooms.reports.settled(asked.as_of)
    question = linked_question(campaign_id, as_of, asked.day, staff.districts)
    return ReportLinkOut.of(REPORT + "/page", question, as_of, rooms.links)


@router.get(
    REPORT + "/page",
    summary="用链接打开活动数据报告",
    response_class=Response,
    responses=_media("text/html"),
)
@anyone(refuses=(NotFound, InputInvalid, LinkExpired))
async def open_report_page(
    rooms: R,
    as_of: Annotated[Instant, Query(examples=["2023-01-20T18:00:00+08:00"])],
    expires: Expires,
    signature: Signature,
    asked: Linked,
) -> HTMLResponse:
    """The page for whoever holds its link, as whoever asked for the link would see it."""
    question = linked_question(asked.campaign_id, as_of, asked.day, asked.districts)
    rooms.links.check(LINKED, question_id(question), expires=expires, signature=signature)
    report = await rooms.reports.read(
        campaign_id=asked.campaign_id, as_of=as_of, day=asked.day, districts=asked.districts
    )
    page = report_page(report)
    page.headers.update(_named(report, "html"))
    return page


def _name(report: Report) -> str:
    return f"report-{report.as_of:%Y%m%dT%H%M%SZ}"


def _named(report: Report, form: str) -> dict[str, str]:
    """Made for this answer, and nobody else's."""
    return {
        "Content-Disposition": f'inline; filename="{_name(report)}.{form}"',
        "Cache-Control": "no-store",
    }
