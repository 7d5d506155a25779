"""Approvals for those who decide them and those who asked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_

from app.models.approvals import Approval
from app.models.states import ApprovalState
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.approvals.rows import (
    ApprovalFacts,
    approval_facts,
    read_approval,
    select_approvals,
)

_NEWEST_FIRST = Keyset(Approval.id, descending=True)


async def list_approvals(
    sessions: Sessions,
    clock: Clock,
    *,
    page: PageRequest,
    state: ApprovalState | None = None,
    kind: str | None = None,
) -> Page[ApprovalFacts]:
    """The last asked for first; `state` as it is read."""
    statement = select_approvals()
    if state is not None:
        statement = statement.where(_reads_as(state, clock.now()))
    if kind is not None:
        statement = statement.where(Approval.kind == kind)
    async with sessions() as session:
        rows = await _NEWEST_FIRST.page(session, statement, page)
    return rows.map(approval_facts)


async def find_approval(sessions: Sessions, *, approval_id: UUID) -> ApprovalFacts:
    """One of them. Raises `NotFound`."""
    async with sessions() as session:
        return await read_approval(session, approval_id)


def _reads_as(state: ApprovalState, now: datetime) -> ColumnElement[bool]:
    pending = Approval.state == ApprovalState.PENDING
    if state is ApprovalState.PENDING:
        return and_(pending, Approval.expires_at > now)
    if state is ApprovalState.LAPSED:
        return or_(Approval.state == state, and_(pending, Approval.expires_at <= now))
    return Approval.state == state
