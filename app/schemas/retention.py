"""How long records are kept, in JSON."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool

from app.schemas.base import Instant, Output, StaffInput, Why
from app.shared.retention import KeptKind, Run


class PeriodIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={"example": {"version": 0, "keep_days": 1095, "reason": "按保存期限规定"}}
    )

    version: Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
    keep_days: Annotated[int, Field(ge=0, le=36_500, strict=True)]
    reason: Why


class KeptKindOut(Output):
    kind: str = Field(examples=["health.consultation_messages"])
    title: str
    title_en: str
    starts: str = Field(description="从何时起算")
    starts_en: str = Field(description="from when on it counts")
    keep_days: int
    version: int = Field(description="0 为尚未改动 · 0: as it was declared")
    changed_at: Instant | None
    changed_by: str | None

    @classmethod
    def of(cls, kept: KeptKind) -> Self:
        return cls(
            kind=kept.kind.name,
            title=kept.kind.title.zh,
            title_en=kept.kind.title.en,
            starts=kept.kind.starts.zh,
            starts_en=kept.kind.starts.en,
            keep_days=kept.keep_days,
            version=kept.version,
            changed_at=kept.changed_at,
            changed_by=kept.changed_by,
        )


class KeptKindList(Output):
    items: list[KeptKindOut]


class RunIn(StaffInput):
    model_config = ConfigDict(json_schema_extra={"example": {"dry_run": True}})

    dry_run: StrictBool = Field(
        description="演练：照做一遍再撤销，只留报告 · a rehearsal: done and taken back, with a "
        "report"
    )


class LineOut(Output):
    kind: str
    keep_days: int
    before: Instant = Field(description="在此之前起算的 · what began before that")
    erased: int
    is_complete: bool = Field(
        description="false：还有，下次继续 · false: there is more, for the next"
    )


class RunOut(Output):
    id: UUID
    at: Instant
    dry_run: bool
    run_by: str
    lines: list[LineOut]

    @classmethod
    def of(cls, run: Run) -> Self:
        return cls(
            id=run.id,
            at=run.at,
            dry_run=run.is_rehearsal,
            run_by=run.run_by,
            lines=[LineOut.model_validate(line) for line in run.lines],
        )
