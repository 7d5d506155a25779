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


class Readiness(Output):
    status: Literal["ready"] = "ready"
    checks: Checks


class Version(Output):
    version: str
    commit: str | None = Field(
        description="构建时给出的 git 提交 · as the build was told (GIT_COMMIT)"
    )
