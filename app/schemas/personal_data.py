"""What is kept about a member, in JSON: the copy, the looks, the erasure."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from enum import Enum
from typing import Any, Self
from uuid import UUID

from pydantic import Field

from app.models.states import Role
from app.platform.clock import SHANGHAI
from app.platform.errors import Words
from app.schemas.base import Instant, Output
from app.shared.personal_data import Copied, DataKind, ErasureReport, Outcome


class CopiedOut(Output):
    """One kind of data. What an item holds depends on the kind."""

    kind: str = Field(examples=["breakfast_vouchers"])
    title: str
    complete: bool = Field(description="false: 条目过多，未全部列出 · there are more than these")
    items: list[dict[str, Any]]

    @classmethod
    def of(cls, copied: Copied, title: str) -> Self:
        return cls(
            kind=copied.kind.name,
            title=title,
            complete=copied.complete,
            items=[{name: _plain(value) for name, value in item.items()} for item in copied.items],
        )


class MyDataOut(Output):
    """Everything that is kept about me, in clear."""

    as_of: Instant
    kinds: list[CopiedOut]


class AccessOut(Output):
    """Somebody of the staff looked at my data, or changed it."""

    id: UUID
    at: Instant
    roles: list[Role] = Field(description="查看者的角色 · the roles of whoever looked")
    act: str = Field(examples=["find"])
    what: str = Field(description="做了什么 · what it was")


class ErasureLine(Output):
    """`erased`: gone. `detached`: the rows stay and lead to nobody. `refused`: kept, and why."""

    kind: str = Field(examples=["breakfast_redemptions"])
    title: str
    outcome: Outcome
    count: int = Field(description="条目数 · how many items")
    reason: str | None
    until: Instant | None = Field(description="保留至 · kept until then")


class ErasureOut(Output):
    """What an erasure did, kind by kind; with `erased_at` null, what it would do."""

    id: UUID | None
    erased_at: Instant | None
    forget_at: Instant = Field(
        description="限领摘要届时删除 · the digests that limits need are forgotten then"
    )
    forgotten_at: Instant | None
    kinds: list[ErasureLine]

    @classmethod
    def of(
        cls, report: ErasureReport, kinds: Iterable[DataKind], spoken: Callable[[Words], str]
    ) -> Self:
        """`spoken` says a sentence in the caller's language."""
        titles = {kind.name: spoken(kind.title) for kind in kinds}
        return cls(
            id=report.id,
            erased_at=report.erased_at,
            forget_at=report.forget_at,
            forgotten_at=report.forgotten_at,
            kinds=[
                ErasureLine(
                    kind=line.kind,
                    # A kind that is kept no more has no title any more.
                    title=titles.get(line.kind, line.kind),
                    outcome=line.outcome,
                    count=line.count,
                    reason=line.reason and spoken(line.reason),
                    until=line.until,
                )
                for line in report.lines
            ],
        )


def _plain(value: Any) -> Any:
    """As JSON has it: times with Shanghai's offset, everything else as text or number."""
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).isoformat()
    if isinstance(value, date):
        return None if value == date.min else value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, UUID) else value
