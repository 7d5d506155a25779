"""Breakfast in JSON: batches and vouchers."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.models.states import Category, District, PoolState, VoucherState
from app.packs.breakfast.offered import Offered
from app.packs.breakfast.plan import Planned
from app.packs.breakfast.queries import BatchFacts
from app.packs.breakfast.rules import batch_state, voucher_state
from app.packs.breakfast.voucher_records import VoucherRow
from app.platform.clock import Clock
from app.schemas.base import (
    Count,
    Fen,
    Instant,
    OfEdition,
    Output,
    PageOut,
    ShortText,
    StaffInput,
    Why,
)

StoreNo = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
ValidDays = Annotated[
    int,
    Field(
        ge=1,
        le=366,
        strict=True,
        description="有效天数，发放当日为第一天 · days, the day of issue being the first",
    ),
]
PerPerson = Annotated[int, Field(ge=1, le=10_000, strict=True)]


class StoreScope(StaffInput):
    """A union of districts and single stores."""

    districts: list[District] | None = Field(default=None, max_length=10)
    store_nos: list[StoreNo] | None = Field(default=None, max_length=2_000)


class BatchIn(StaffInput):
    """A batch, or with `repeat_days` a series of one a day."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "骑手早餐券 · 试发",
                "total": 1000,
                "opens_at": "2026-01-01T00:00:00+08:00",
                "closes_at": "2099-01-01T00:00:00+08:00",
                "valid_days": 7,
                "face_value_fen": 1000,
                "per_person_per_day": 1,
                "eligible_categories": ["new_employment", "outdoor"],
            }
        }
    )

    name: ShortText
    total: Count
    opens_at: Instant
    closes_at: Instant
    valid_days: ValidDays
    face_value_fen: Fen
    per_person_per_day: PerPerson | None = Field(
        default=None, description="每人每日限领，不填不限 · no limit if absent"
    )
    per_person_total: PerPerson | None = Field(
        default=None, description="每人总共限领，不填不限 · no limit if absent"
    )
    limit_group: ShortText | None = Field(
        default=None,
        description="同名的各批次合计限领；不填为本系列 · batches of one name share the limits; "
        "absent: this series",
    )
    eligible_categories: list[Category] = Field(
        max_length=3,
        description="任一类别即可领取；空为全体会员 · any of them may claim; empty: every member",
    )
    stores: StoreScope | None = Field(
        default=None, description="可用门店，不填为全部 · where it is redeemed; absent: everywhere"
    )
    repeat_days: Annotated[int, Field(ge=1, le=120, strict=True)] = Field(
        default=1, description="连续几天每天一批 · a series: one batch a day for so many days"
    )
    valid_from: Instant | None = Field(
        default=None, description="最早何时可用，不填为领取即用 · absent: usable once it is claimed"
    )
    campaign_id: OfEdition = None
    test: bool = Field(
        default=False,
        description="测试批次：生成测试券码，不计入任何数字 · for test codes, counted nowhere",
    )

    @model_validator(mode="after")
    def _window_has_length(self) -> Self:
        if self.opens_at >= self.closes_at:
            raise PydanticCustomError("window_empty", "opens_at should be before closes_at")
        return self


class BatchChange(StaffInput):
    """What to change; a batch that was started takes only `name` and `closes_at`."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"version": 1, "name": "骑手早餐券 · 更名"}}
    )

    version: Annotated[int, Field(ge=1, strict=True)]
    name: ShortText | None = None
    opens_at: Instant | None = None
    closes_at: Instant | None = None
    valid_days: ValidDays | None = None
    face_value_fen: Fen | None = None
    eligible_categories: list[Category] | None = Field(default=None, max_length=3)


class BudgetChange(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={"example": {"expected_total": 1000, "total": 1200, "reason": "追加预算"}}
    )

    expected_total: Count
    total: Count
    reason: Why


class BatchOut(Output):
    """A batch as members see it. `left` and `can_claim` may be a second old."""

    id: UUID
    campaign_id: UUID
    name: str
    state: PoolState
    total: int
    left: int
    opens_at: Instant
    closes_at: Instant
    face_value_fen: int
    per_person_per_day: int | None
    per_person_total: int | None
    mine: int = Field(description="本人在此批已领数量 · granted to me here")
    can_claim: bool
    reason: str | None = Field(description="不能领取的原因代码 · the code of the refusal")
    next_at: Instant | None = Field(description="何时可能改变 · when that may change")

    @classmethod
    def of(cls, offered: Offered) -> "BatchOut":
        batch, pool = offered.batch, offered.batch.pool
        return cls.made_of(
            id=batch.id,
            campaign_id=batch.campaign_id,
            name=batch.name,
            state=offered.state,
            total=pool.total,
            left=pool.free,
            opens_at=pool.opens_at,
            closes_at=pool.closes_at,
            face_value_fen=batch.face_value_fen,
            per_person_per_day=pool.per_person_per_day,
            per_person_total=pool.per_person_total,
            mine=offered.mine,
            can_claim=offered.reason is None,
            reason=offered.reason,
            next_at=offered.next_at,
        )


class BatchList(PageOut[BatchOut]):
    server_time: Instant


class StaffBatchOut(Output):
    """A batch as staff see it."""

    id: UUID
    campaign_id: UUID
    series_id: UUID
    series_day: int
    name: str
    state: PoolState
    total: int
    issued: int
    left: int
    opens_at: Instant
    closes_at: Instant
    valid_days: int
    valid_from: Instant | None
    face_value_fen: int
    per_person_per_day: int | None
    per_person_total: int | None
    limit_group: str
    eligible_categories: list[Category]
    store_districts: list[District] | None
    store_count: int | None = Field(description="单列门店数 · stores named one by one")
    test: bool = Field(description="测试批次，不计入任何数字 · for testing, counted nowhere")
    test_of: UUID | None = Field(
        description="为哪个测试批次补足测试券码 · the test batch whose codes this one completes"
    )
    version: int
    created_at: Instant
    series: list[UUID] | None = Field(default=None, description="同系列各批 · the series' batches")

    @classmethod
    def of(cls, batch: BatchFacts, clock: Clock, series: list[UUID] | None = None) -> Self:
        pool = batch.pool
        return cls(
            id=batch.id,
            campaign_id=batch.campaign_id,
            series_id=batch.series_id,
            series_day=batch.series_day,
            name=batch.name,
            state=batch_state(pool.state, pool.closes_at, clock.now()),
            total=pool.total,
            issued=pool.issued,
            left=pool.free,
            opens_at=pool.opens_at,
            closes_at=pool.closes_at,
            valid_days=batch.valid_days,
            valid_from=batch.valid_from,
            face_value_fen=batch.face_value_fen,
            per_person_per_day=pool.per_person_per_day,
            per_person_total=pool.per_person_total,
            limit_group=batch.limit_group,
            eligible_categories=[Category(each) for each in batch.eligible_categories],
            store_districts=_districts(batch),
            store_count=None if batch.store_ids is None else len(batch.store_ids),
            test=batch.test,
            test_of=batch.test_of,
            version=batch.version,
            created_at=batch.created_at,
            series=series,
        )

    @classmethod
    def of_plan(cls, planned: Planned, clock: Clock) -> Self:
        return cls.of(planned.batch, clock, list(planned.series))


def _districts(batch: BatchFacts) -> list[District] | None:
    if batch.store_districts is None:
        return None
    return [District(each) for each in batch.store_districts]


class VoucherOut(Output):
    """A voucher as its holder sees it."""

    id: UUID
    batch_id: UUID
    code: str = Field(description="券码，可手工输入 · may be typed at the till")
    state: VoucherState
    face_value_fen: int
    issued_at: Instant
    valid_from: Instant
    valid_until: Instant

    @classmethod
    def as_issued(cls, voucher: VoucherRow) -> "VoucherOut":
        """The first answer, which never changes."""
        return cls._of(voucher, VoucherState.ISSUED)

    @classmethod
    def of(cls, voucher: VoucherRow, now: datetime) -> "VoucherOut":
        """As it stands now."""
        return cls._of(voucher, voucher_state(voucher.state, voucher.valid_until, now))

    @classmethod
    def _of(cls, voucher: VoucherRow, state: VoucherState) -> "VoucherOut":
        return cls.made_of(
            id=voucher.id,
            batch_id=voucher.batch_id,
            code=voucher.code,
            state=state,
            face_value_fen=voucher.face_value_fen,
            issued_at=voucher.issued_at,
            valid_from=voucher.valid_from,
            valid_until=voucher.valid_until,
        )


class VoucherList(PageOut[VoucherOut]):
    server_time: Instant
