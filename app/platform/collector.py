"""What a process has loaded stays until it ends: routes, models, statements.

Python's collector of cycles would go through all of it again and again, for tens of
milliseconds each time, while a crowd waits.
"""

import gc
from functools import cache

# New objects until the youngest are gone through, and how many such rounds make the next.
THRESHOLDS = 10_000, 20, 20


@cache
def spare_what_is_loaded() -> None:
    """Once a process, when all is loaded: look from now on at what comes after it alone, and less
    often. Requests leave few cycles behind."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
