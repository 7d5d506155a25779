"""Exports in JSON: what is asked for, how far it is, where the file is."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from app.models.states import Category, District, ExportFormat, ExportState
from app.platform.clock import Clock
from app.schemas.base import Day, Instant, Output, StaffInput
from app.schemas.redemptions import STORE_NO_PATTERN
from app.shared.exports import ExportFacts, Filters
from app.shared.files import Links

LINKED = "exports"
CODE_PATTERN = r"^[a-z_]{1,64}$"


class FiltersIn(StaffInput):
    """Each list takes some of them, and says so when it does not take one."""

    store_no: Annotated[str, StringConstraints(pattern=STORE_NO_PATTERN)] | None = None
    batch_id: UUID | None = None
    code: Annotated[str, StringConstraints(pattern=CODE_PATTERN)] | None = None
    since: Day | None = Field(default=None, description="起始日（含） · first day")
    until: Day | None = Field(default=None, description="截止日（含） · last day")
    district: District | None = None
    category: Category | None = None

    def chosen(self) -> Filters:
        return Filters(**self.model_dump())


class ExportIn(StaffInput):
    what: Annotated[str, StringConstraints(pattern=r"^[a-z_.]{1,64}$")] = Field(
        description=(
            "`wishes.queue`、`wishes.service_records`（`district, since, until`）；"
            "`breakfast.redemptions`（`store_no, since, until`）；"
            "`breakfast.refused_redemptions`（`store_no, code, since, until`）；"
            "`breakfast.vouchers`（`batch_id`，必填 · needed）；"
            "`couplets.reservations`、`couplets.pickups`（`since, until`）；"
            "`health.registrations`（`since, until`）；"
            "`gift_boxes.orders`（`since, until`）；"
            "`identity.members`（`district, category`；掩码，记入数据访问 · masked, logged）"
        ),
        examples=["breakfast.redemptions"],
    )
    filters: FiltersIn = Field(default_factory=FiltersIn, examples=[{"since": "2023-01-01"}])
    format: ExportFormat = Field(default=ExportFormat.XLSX, examples=["xlsx"])


class ExportOut(Output):
    id: UUID
    what: str
    filters: dict[str, str]
    format: ExportFormat
    state: ExportState = Field(
        description=(
            "`queued` 等待；`running` 生成中；`done` 可下载；`failed` 多次失败；"
            "`gone` 文件已清除 · waiting; being made; to be fetched; given up; removed"
        )
    )
    rows_done: int = Field(description="已写行数 · rows written so far")
    rows_total: int | None = Field(description="总行数；空：尚未开始 · null: not begun")
    size_bytes: int | None
    created_at: Instant
    ready_at: Instant | None
    expires_at: Instant = Field(description="文件保留至 · the file is kept until then")
    url: str | None = Field(description="下载地址，五分钟有效 · lives five minutes")
    url_expires_at: Instant | None

    @classmethod
    def of(cls, export: ExportFacts, clock: Clock, links: Links, *, path: str) -> Self:
        """`path` is where its file is fetched by link."""
        state = export.state(clock.now())
        link = links.sign(LINKED, export.id) if state is ExportState.DONE else None
        return cls(
            id=export.id,
            what=export.what,
            filters=export.filters,
            format=export.format,
            state=state,
            rows_done=export.rows_done,
            rows_total=export.rows_total,
            size_bytes=export.size_bytes,
            created_at=export.created_at,
            ready_at=export.ready_at,
            expires_at=export.expires_at,
            url=f"{path}?{link.query}" if link else None,
            url_expires_at=link.expires_at if link else None,
        )
