"""What those who run the service are told."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from app.schemas.base import Output


class BooksState(StrEnum):
    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"


class MigrationsState(StrEnum):
    CURRENT = "current"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


class TurnstileState(StrEnum):
    REACHABLE = "reachable"
    AWAY = "away"


class Health(Output):
    status: Literal["alive"] = "alive"


class Checks(Output):
    books: BooksState = Field(description="PostgreSQL")
    migrations: MigrationsState = Field(
        description=(
            "different: 数据库与程序的迁移版本不同 · the database is at another migration "
            "than this program; unknown: 读不到 · could not be read"
        )
    )
    turnstile: TurnstileState = Field(
        description="Redis；离开只影响快慢，不影响就绪 · away makes the service slower, not unready"
    )


class JobsBehind(Output):
    """How far the workers are behind."""

    waiting_count: int = Field(description="到期而尚未执行 · due, and nobody has begun them")
    failed_count: int = Field(description="等待人工处理 · given up, waiting for staff")
    lag_s: float = Field(
        description="其中最早的已等待几秒 · how long the first has waited, real seconds"
    )


class Readiness(Output):
    status: Literal["ready"] = "ready"
    checks: Checks
    jobs: JobsBehind | None = Field(
        description=(
            "后台任务的积压，不影响就绪；空为此刻读不到 · the workers' backlog, which makes "
            "nothing unready; null: it could not be read just now"
        )
    )


class Version(Output):
    version: str
    commit: str | None = Field(
        description="构建时给出的 git 提交 · as the build was told (GIT_COMMIT)"
    )
