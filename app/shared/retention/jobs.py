"""What is due is erased every hour, whether or not anybody comes by."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.clock import Clock
from app.platform.crypto import Digester
from app.platform.jobs import Handler, Payload, Periodic
from app.shared.identity.callers import Actor
from app.shared.retention.kinds import RetentionKinds
from app.shared.retention.runs import erase_due

ERASE = "retention.erase"


async def erase(
    session: AsyncSession,
    payload: Payload,
    *,
    clock: Clock,
    digester: Digester,
    retention: RetentionKinds,
) -> bool:
    """One run; whether there may be more."""
    actor = Actor.system(ERASE, digester)
    return await erase_due(session, retention, actor=actor, now=clock.now())


HANDLERS: dict[str, Handler] = {ERASE: Periodic(erase, every=timedelta(hours=1))}
