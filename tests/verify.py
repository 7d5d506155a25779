"""The books after a test, against what the callers saw."""

from sqlalchemy import select

from app.models.breakfast import Voucher
from app.packs.breakfast.holdings import CHECKS, HOLDINGS
from app.routers.rooms import Rooms
from app.shared.stock import balances, inspect_books
from app.shared.verification import run_checks


async def assert_books_are_right(rooms: Rooms, *, vouchers: set[str] | None = None) -> None:
    """Every invariant holds; with `vouchers`, the rows are those that were answered."""
    async with rooms.sessions() as session:
        checks = [check async for check in inspect_books(session, [HOLDINGS])]
        checks += [check async for check in run_checks(session, CHECKS)]
        assert not [check for check in checks if check.faults]
        assert all(balance.equal for balance in await balances(session, [HOLDINGS]))
        if vouchers is not None:
            rows = await session.scalars(select(Voucher.id))
            assert {str(voucher_id) for voucher_id in rows} == vouchers
