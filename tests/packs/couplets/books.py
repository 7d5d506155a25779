"""The books after a test of couplets."""

from app.packs.couplets.holdings import CHECKS, HOLDINGS
from app.routers.rooms import Rooms
from app.shared.stock import balances, inspect_books
from app.shared.verification import run_checks


async def assert_couplets_are_right(rooms: Rooms) -> None:
    """Every invariant holds, for both pools."""
    async with rooms.sessions() as session:
        checks = [check async for check in inspect_books(session, HOLDINGS)]
        checks += [check async for check in run_checks(session, CHECKS)]
        assert not [(check.name, check.faults) for check in checks if check.faults]
        found = await balances(session, HOLDINGS)
        assert not [balance for balance in found if not balance.equal]
