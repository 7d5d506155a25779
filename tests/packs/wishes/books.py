"""The books after a test of wishes."""

from app.packs.wishes.holdings import CHECKS, HOLDINGS
from app.routers.rooms import Rooms
from app.shared.stock import balances, inspect_books
from app.shared.verification import run_checks


async def assert_wishes_are_right(rooms: Rooms) -> None:
    """Every invariant holds."""
    async with rooms.sessions() as session:
        checks = [check async for check in inspect_books(session, [HOLDINGS])]
        checks += [check async for check in run_checks(session, CHECKS)]
        assert not [check for check in checks if check.faults]
        assert all(balance.equal for balance in await balances(session, [HOLDINGS]))
