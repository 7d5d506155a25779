"""The last trace of erased persons is forgotten when it is due, whether or not anybody comes by."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.clock import Clock
from app.platform.jobs import Handler, Payload, Periodic
from app.shared.personal_data.forgetting import MOST_AT_ONCE, forget_due


async def forget(session: AsyncSession, payload: Payload, *, clock: Clock) -> bool:
    """Forget what is due; whether there may be more."""
    return await forget_due(session, clock.now()) == MOST_AT_ONCE


HANDLERS: dict[str, Handler] = {"personal_data.forget": Periodic(forget, every=timedelta(hours=1))}
