"""How things stand, for those who watch: read from the books when they ask, by one connection.

What a process counts itself stands in `app/platform/telemetry.py`. Names and labels are what
`ops/` and docs/operations.md refer to; a test holds them together.
"""

from app.shared.gauges.books import read_books
from app.shared.gauges.connections import connections_of
from app.shared.gauges.gauge import Gauge

__all__ = ["Gauge", "connections_of", "read_books"]
