"""Who did what, and the proof that nobody changed it since. See `docs/ledger.md`.

Services `write` an `Act` in the transaction of its effect; a hot path takes `INSERT_ALIKE` into
its own statement; `Refusals.note` is for acts that were refused. Sealing, reading and verifying
go their own ways and slow nobody.
"""

from app.shared.ledger.actor import Actor
from app.shared.ledger.acts import Act, Changes, changed, made
from app.shared.ledger.browse import Head, Kept, Wanted, find_head, list_entries
from app.shared.ledger.inspection import inspect_ledger
from app.shared.ledger.refused import Refusals
from app.shared.ledger.rows import INSERT_ALIKE, parameters_alike, write
from app.shared.ledger.sealer import seal_closed_rows, sealing

__all__ = [
    "INSERT_ALIKE",
    "Act",
    "Actor",
    "Changes",
    "Head",
    "Kept",
    "Refusals",
    "Wanted",
    "changed",
    "find_head",
    "inspect_ledger",
    "list_entries",
    "made",
    "parameters_alike",
    "seal_closed_rows",
    "sealing",
    "write",
]
