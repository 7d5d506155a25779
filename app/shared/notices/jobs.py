"""What the outbox does for notices: deliver each, on each of its kind's channels; and forget
what members were told longer than a year ago, with what became of the sending."""

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.notices import Notice
from app.platform.jobs import Handler, Outside, Payload, Periodic
from app.shared.notices.delivery import deliver
from app.shared.notices.put import DELIVER

KEPT = timedelta(days=365)
BATCH = 1_000


async def sweep(session: AsyncSession, payload: Payload) -> bool:
    """Forget notices older than `KEPT`; whether there may be more. Their sends go with them."""
    long_ago = select(func.campaign_now(type_=Notice.created_at.type) - KEPT).scalar_subquery()
    old = select(Notice.id).where(Notice.created_at < long_ago).limit(BATCH)
    gone = await session.scalars(delete(Notice).where(Notice.id.in_(old)).returning(Notice.id))
    return len(gone.all()) == BATCH


HANDLERS: dict[str, Handler] = {
    DELIVER: Outside(deliver),
    # It reads the whole table, and a day more or less is nothing to a year.
    "notices.sweep": Periodic(sweep, every=timedelta(days=1)),
}
