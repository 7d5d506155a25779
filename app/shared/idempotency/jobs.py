"""Kept answers are swept: a key is good for two days."""

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.idempotency import IdempotencyRecord
from app.platform.jobs import Handler, Payload, Periodic

# In real time. Callers are promised a day at least (contract, section 2).
KEPT = timedelta(hours=48)
BATCH = 1_000


async def sweep(session: AsyncSession, payload: Payload) -> bool:
    """Forget the oldest answers; whether there may be more."""
    record = IdempotencyRecord
    old = (
        select(record.key_digest)
        .where(record.created_at < func.now() - KEPT)
        .order_by(record.created_at)
        .limit(BATCH)
    )
    gone = await session.scalars(
        delete(record).where(record.key_digest.in_(old)).returning(record.key_digest)
    )
    return len(gone.all()) == BATCH


HANDLERS: dict[str, Handler] = {"idempotency.sweep": Periodic(sweep, every=timedelta(hours=1))}
