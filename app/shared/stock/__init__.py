"""Everything limited: vouchers, pairs, boxes, seats, slots. See `docs/stock.md`.

PostgreSQL's books say yes, Redis's turnstile only says no. Packs come in by
`Stock.press` and the functions of `books`; they hand in tables and values, and
never touch a counter. The turnstile is private to this room.
"""

from app.shared.stock.books import (
    POOL_COLUMNS,
    Pool,
    change_person_limit,
    change_pool,
    check_total,
    create_pool,
    give_back,
    lock_pools,
    read_pools,
)
from app.shared.stock.conservation import Balance, Holdings, balances, inspect_books, snapshot
from app.shared.stock.decisions import Decision, Grant, Outdated, Press, Recorder, Verdict
from app.shared.stock.erasing import erase_pools
from app.shared.stock.granting import grant
from app.shared.stock.refusals import BelowIssued, LimitReached, NotOpen, SoldOut
from app.shared.stock.room import Mirror, Stock
from app.shared.stock.uses import uses, uses_of

__all__ = [
    "POOL_COLUMNS",
    "Balance",
    "BelowIssued",
    "Decision",
    "Grant",
    "Holdings",
    "LimitReached",
    "Mirror",
    "NotOpen",
    "Outdated",
    "Pool",
    "Press",
    "Recorder",
    "SoldOut",
    "Stock",
    "Verdict",
    "balances",
    "change_person_limit",
    "change_pool",
    "check_total",
    "create_pool",
    "erase_pools",
    "give_back",
    "grant",
    "inspect_books",
    "lock_pools",
    "read_pools",
    "snapshot",
    "uses",
    "uses_of",
]
