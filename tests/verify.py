"""The books after a test, against what the callers saw."""

from sqlalchemy import select

from app.models.breakfast import Voucher
from app.routers.rooms import Rooms
from app.shared.ledger import inspect_ledger, seal_closed_rows
from app.shared.stock import balances, inspect_books
from app.shared.verification import run_checks
from app.verification import all_checks, all_holdings

# Effect and row commit together: whatever died meanwhile, there is neither without the other.
# (A deployment that is older than its ledger has vouchers without, so `verify` does not ask.)
KEPT = {
    "every_voucher_has_its_row_of_the_ledger": """
        SELECT v.id FROM breakfast_voucher v
          LEFT JOIN ledger_entry e ON e.object_kind = 'voucher' AND e.object_id = v.id
                                  AND e.verb = 'breakfast.voucher.claim'
         GROUP BY v.id HAVING count(e.id) <> 1""",
    "every_row_of_the_ledger_has_its_voucher": """
        SELECT e.id FROM ledger_entry e LEFT JOIN breakfast_voucher v ON v.id = e.object_id
         WHERE e.object_kind = 'voucher' AND e.refusal IS NULL AND v.id IS NULL""",
    "every_move_of_a_voucher_has_its_row_of_the_ledger": """
        SELECT moves.id, moves.act FROM (
            SELECT voucher_id AS id, 'breakfast.voucher.' || act AS act, 1 AS moved, 0 AS kept
              FROM breakfast_voucher_history
            UNION ALL
            SELECT object_id, verb, 0, 1 FROM ledger_entry
             WHERE object_kind = 'voucher' AND refusal IS NULL
               AND verb NOT IN ('breakfast.voucher.claim', 'breakfast.voucher.look_up')
        ) AS moves GROUP BY moves.id, moves.act HAVING sum(moved) <> sum(kept)""",
}


async def assert_books_are_right(rooms: Rooms, *, vouchers: set[str] | None = None) -> None:
    """Every invariant holds; with `vouchers`, the rows are those that were answered."""
    await seal_closed_rows(rooms.sessions)
    holdings = all_holdings()
    async with rooms.sessions() as session:
        checks = [check async for check in inspect_books(session, holdings)]
        checks += [check async for check in run_checks(session, all_checks() | KEPT)]
        checks += [check async for check in inspect_ledger(session)]
        assert not [check for check in checks if check.faults]
        assert all(balance.equal for balance in await balances(session, holdings))
        if vouchers is not None:
            rows = await session.scalars(select(Voucher.id))
            assert {str(voucher_id) for voucher_id in rows} == vouchers
