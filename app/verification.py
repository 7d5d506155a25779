"""All conservation checks over a live database: the door's own gathering of rooms and packs.

Used by `./run verify` and by the replay. Packs are found by name here because a
door may; nothing below knows them all.
"""

import importlib
from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession

from app.packs import KINDS
from app.platform.crypto import Digester, Sealer
from app.registrations import all_sealed
from app.shared.draws import inspect_draws
from app.shared.ledger import inspect_ledger
from app.shared.payments import CHECKS as PAYMENT_CHECKS
from app.shared.personal_data import CHECKS as ERASURE_CHECKS
from app.shared.sealed import inspect_seals
from app.shared.stock import Holdings, Stock, balances, inspect_books
from app.shared.verification import SHOWN, Check, run_checks


def all_holdings() -> list[Holdings]:
    """What each pack holds of stock; several where it has several kinds of pool."""
    found: list[Holdings] = []
    for kind in KINDS:
        held = importlib.import_module(f"app.packs.{kind}.holdings").HOLDINGS
        found += [held] if isinstance(held, Holdings) else held
    return found


def all_checks() -> dict[str, str]:
    """Each pack's own statements that select what is wrong."""
    checks: dict[str, str] = {}
    for kind in KINDS:
        checks |= importlib.import_module(f"app.packs.{kind}.holdings").CHECKS
    return checks


async def verify(
    session: AsyncSession, stock: Stock, sealer: Sealer, digester: Digester
) -> AsyncIterator[Check]:
    """Every check by name. The session should be REPEATABLE READ: one snapshot."""
    holdings = all_holdings()
    async for check in inspect_books(session, holdings):
        yield check
    async for check in run_checks(session, all_checks()):
        yield check
    async for check in run_checks(session, PAYMENT_CHECKS):
        yield check
    async for check in run_checks(session, ERASURE_CHECKS):
        yield check
    async for check in inspect_seals(session, sealer, digester, all_sealed()):
        yield check
    async for check in inspect_draws(session):
        yield check
    async for check in inspect_ledger(session):
        yield check
    yield await _mirrors(session, stock, holdings)


async def _mirrors(session: AsyncSession, stock: Stock, holdings: list[Holdings]) -> Check:
    """Where the turnstile has heard of the last entry, it must say what the books say."""
    faults = []
    for balance in await balances(session, holdings):
        mirror = await stock.mirror(balance.pool_id, balance.group_id)
        if mirror is None or mirror.seq < balance.seq:
            continue
        if (mirror.seq, mirror.free) != (balance.seq, balance.free):
            faults.append(
                f"pool {balance.pool_id}: books {balance.seq}/{balance.free}, "
                f"turnstile {mirror.seq}/{mirror.free}"
            )
    return Check("stock_turnstile_repeats_the_books", faults[:SHOWN])
