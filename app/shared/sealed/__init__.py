"""Sealed columns: what may be read with a key only, by what it is found, how it is shown.

Each room and pack declares its own in its `seals.py` (`SEALED`), next to whoever writes
them; a door gathers them (`app/registrations.py`). Here they are sealed, opened, masked
and found, and brought under the current keys (`reseal`). docs/sealed-fields.md.
"""

from app.shared.sealed.fields import Lookup, SealedField
from app.shared.sealed.inspection import inspect_seals
from app.shared.sealed.renewal import (
    Passed,
    Place,
    Progress,
    Stop,
    count_rows,
    reseal,
    reseal_batch,
)

__all__ = [
    "Lookup",
    "Passed",
    "Place",
    "Progress",
    "SealedField",
    "Stop",
    "count_rows",
    "inspect_seals",
    "reseal",
    "reseal_batch",
]
