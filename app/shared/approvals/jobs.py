"""The deadline of an approval: a reason to look and to tidy, not what lets it lapse."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.approvals import Approval
from app.platform.crypto import Digester
from app.platform.jobs import Handler, Payload, Within
from app.shared.approvals.lapse import BY, lapse_due


async def lapse(session: AsyncSession, payload: Payload, *, digester: Digester) -> None:
    """Mark it if it is pending still; nothing if it was decided."""
    await lapse_due(session, digester, Approval.id == UUID(payload["approval_id"]))


HANDLERS: dict[str, Handler] = {BY: Within(lapse)}
