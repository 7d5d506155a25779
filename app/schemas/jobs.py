"""Jobs in JSON: work after the answer, as staff see it."""

from typing import Any
from uuid import UUID

from pydantic import Field

from app.models.states import JobState
from app.schemas.base import Instant, Output


class JobOut(Output):
    id: UUID
    kind: str = Field(description="哪个房间的什么工作 · whose work, and which: `outbox.sweep`")
    state: JobState = Field(
        description=(
            "`queued` 等待；`leased` 正在执行（或执行者已中断）；`done` 完成；"
            "`failed` 多次失败，等待人工 · waiting; under way, or its worker died; done; "
            "given up after its last attempt"
        )
    )
    payload: dict[str, Any] = Field(
        description="只含编号、数字、时间 · ids, numbers, times; nothing about a person"
    )
    dedupe_key: str | None
    due_at: Instant = Field(description="到期（活动时间） · campaign time")
    wait_until: Instant = Field(
        description="在此之前不会（再次）执行（真实时间） · not begun (again) before; real time"
    )
    attempts_count: int
    last_error: str | None = Field(
        description="错误的类别和代码，不含任何值 · class and code of what was raised, no values"
    )
    created_at: Instant = Field(description="真实时间 · real time")
    ended_at: Instant | None = Field(
        description="完成或放弃（真实时间） · done or failed; real time"
    )
