"""What nobody decided in time is marked so. It had lapsed before: reading decides."""

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.approvals import Approval
from app.models.states import ApprovalState
from app.platform.crypto import Digester
from app.shared.ledger import Act, Actor, write

BY = "approvals.lapse"


async def lapse_due(
    session: AsyncSession,
    digester: Digester,
    *conditions: ColumnElement[bool],
    skip_locked: bool = False,
) -> None:
    """Mark those of the conditions that are due. Whoever decides one at this moment is waited
    for, or passed over with `skip_locked`."""
    due = await session.scalars(
        select(Approval.id)
        .where(
            Approval.state == ApprovalState.PENDING,
            Approval.expires_at <= func.campaign_now(),
            *conditions,
        )
        .order_by(Approval.id)
        .with_for_update(skip_locked=skip_locked)
    )
    ids = list(due)
    if not ids:
        return
    await session.execute(
        update(Approval)
        .where(Approval.id.in_(ids))
        .values(state=ApprovalState.LAPSED, private_sealed=None)
    )
    actor, changes = Actor.system(BY, digester), {"state": ("pending", "lapsed")}
    await write(session, [Act(actor, "approval.lapse", "approval", each, changes) for each in ids])
