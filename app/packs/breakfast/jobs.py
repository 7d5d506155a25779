"""What breakfast does later: tells holders of vouchers that are about to expire."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.packs.breakfast import expiring
from app.platform.clock import Clock
from app.platform.jobs import Handler, Payload, Periodic
from app.shared.notices import Notices, quiet_until


async def announce_expiring(
    session: AsyncSession, payload: Payload, *, clock: Clock, notices: Notices
) -> bool:
    """Tell the holders of the next vouchers whose last day is today or tomorrow; whether there
    may be more.

    In quiet hours nothing is looked for: by the morning many of them will have had breakfast,
    and a notice that was written at midnight would be untrue.
    """
    now = clock.now()
    if quiet_until(now):
        return False
    vouchers = await expiring.find_expiring(session, now)
    await notices.notify_many(session, await expiring.announcements(session, vouchers))
    return len(vouchers) == expiring.BATCH


HANDLERS: dict[str, Handler] = {
    "breakfast.announce_expiring": Periodic(announce_expiring, every=timedelta(minutes=30))
}
