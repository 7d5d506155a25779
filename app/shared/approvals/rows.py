"""The SQL of approvals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.models.approvals import Approval
from app.models.identity import Staff
from app.models.states import ApprovalState
from app.platform.db import AnySelect
from app.platform.errors import NotFound

_ASKER, _DECIDER = aliased(Staff), aliased(Staff)
_COLUMNS = (
    Approval.id,
    Approval.kind,
    Approval.object_kind,
    Approval.object_id,
    Approval.payload,
    Approval.private_sealed,
    Approval.summary_zh,
    Approval.summary_en,
    Approval.reason,
    Approval.amount_fen,
    Approval.counted_fen,
    Approval.threshold_fen,
    Approval.state,
    Approval.asked_by,
    _ASKER.name,
    Approval.asked_at,
    Approval.expires_at,
    Approval.decided_by,
    _DECIDER.name,
    Approval.decided_at,
    Approval.decision_reason,
    Approval.refusal,
)


@dataclass(frozen=True, slots=True)
class ApprovalFacts:
    """An approval as stored (`approval_state` reads it); accounts with their names of now."""

    id: UUID
    kind: str
    object_kind: str
    object_id: UUID
    payload: dict[str, Any]
    private: bytes | None
    summary_zh: str
    summary_en: str
    reason: str
    amount_fen: int | None
    counted_fen: int | None
    threshold_fen: int | None
    state: ApprovalState
    asked_by: UUID
    asked_by_name: str
    asked_at: datetime
    expires_at: datetime
    decided_by: UUID | None
    decided_by_name: str | None
    decided_at: datetime | None
    decision_reason: str | None
    refusal: str | None


def select_approvals() -> AnySelect:
    return (
        select(*_COLUMNS)
        .join(_ASKER, _ASKER.id == Approval.asked_by)
        .outerjoin(_DECIDER, _DECIDER.id == Approval.decided_by)
    )


def approval_facts(row: Sequence[Any]) -> ApprovalFacts:
    """A row of `select_approvals`."""
    return ApprovalFacts(*row[: len(_COLUMNS)])


async def read_approval(
    session: AsyncSession, approval_id: UUID, *, locked: bool = False
) -> ApprovalFacts:
    """Raises `NotFound`. An approval's row is locked before its object's."""
    statement = select_approvals().where(Approval.id == approval_id)
    if locked:
        statement = statement.with_for_update(of=Approval)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound()
    return approval_facts(row)


async def moment(session: AsyncSession) -> datetime:
    """Campaign time, asked after the locks: who waited for one must not judge by an earlier."""
    now: datetime | None = await session.scalar(select(func.campaign_now()))
    assert now is not None
    return now
