"""The switch by which staff stop every change at once, while everything can still be looked at.

For a move to other servers, a restore, or a doubt that must be settled before anything more is
granted. It is asked at one place, at the guard of every route (`app/routers/guarded_route.py`),
and by the worker before it takes a job.
"""

from app.shared.read_only.refusals import ReadOnlyNow
from app.shared.read_only.switch import ReadOnly, Standing, read_switch, switch

__all__ = ["ReadOnly", "ReadOnlyNow", "Standing", "read_switch", "switch"]
