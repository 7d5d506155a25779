"""Every pool held against its entries and its pack's rows, again and again, so that what must
never happen is known within minutes if it does."""

from datetime import timedelta

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.stock import StockInspection
from app.platform.jobs import Handler, Payload, Periodic
from app.shared.stock.conservation import Holdings, balances

EVERY = timedelta(minutes=10)


async def inspect(
    session: AsyncSession, payload: Payload, *, holdings: tuple[Holdings, ...]
) -> bool:
    """Pools of one kind are read by one statement, so each is compared as of one moment."""
    found = await balances(session, holdings)
    figures = {
        "pools_count": len(found),
        "unequal_count": sum(not balance.equal for balance in found),
        "inspected_at": func.clock_timestamp(),
    }
    await session.execute(
        insert(StockInspection)
        .values(id=1, **figures)
        .on_conflict_do_update(index_elements=["id"], set_=figures)
    )
    return False


HANDLERS: dict[str, Handler] = {"stock.inspect": Periodic(inspect, every=EVERY)}
