"""The failure matrix: what strikes, and in the middle of what.

The whole of it by `./run test tests/faults --matrix`, with its table; a part that has every
fault and every point whenever the tests run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pytest
from rich.console import Console
from rich.table import Table

from app.platform.fault_points import Point
from tests.faults import faults
from tests.faults.claims import ClaimRush
from tests.faults.faults import FAULTS, Fault
from tests.faults.redemptions import RedemptionRush
from tests.faults.returns import ReturnRush

Rush: TypeAlias = ClaimRush | RedemptionRush | ReturnRush

POINTS: dict[Point, str] = {
    Point.BEFORE_FLUSH: "before the flush",
    Point.IN_FLUSH: "inside its transaction",
    Point.AFTER_COMMIT: "after commit, before the answer",
    Point.BEFORE_FEED: "before the feed",
    Point.IN_REDEMPTION: "during a redemption",
    Point.IN_RETURN: "during a return",
}
_RUSHES: dict[Point, type[Rush]] = {
    Point.IN_REDEMPTION: RedemptionRush,
    Point.IN_RETURN: ReturnRush,
}
CELL, LONGEST = "cell", "longest_s"


@dataclass(frozen=True)
class Cell:
    fault: Fault
    point: Point

    def __str__(self) -> str:
        return f"{self.fault.name}, {POINTS[self.point]}"

    @property
    def rush(self) -> type[Rush]:
        """What callers are about, so that the point is reached."""
        return _RUSHES.get(self.point, ClaimRush)


WHOLE = [Cell(fault, point) for fault in FAULTS for point in POINTS]
# Where each fault bites most: what it takes away is just then in use.
FAST = [
    Cell(faults.ALL_PROCESSES, Point.IN_RETURN),
    Cell(faults.REDIS_KILLED, Point.BEFORE_FEED),
    Cell(faults.REDIS_WIPED, Point.BEFORE_FLUSH),
    Cell(faults.REDIS_PAUSED, Point.IN_REDEMPTION),
    Cell(faults.POSTGRES_KILLED, Point.IN_REDEMPTION),
    Cell(faults.POSTGRES_PAUSED, Point.IN_FLUSH),
    Cell(faults.DISK_FULL, Point.IN_FLUSH),
    # Just before the way changes, so that nothing is started for it.
    Cell(faults.ONE_OF_TWO, Point.AFTER_COMMIT),
    Cell(faults.REDIS_CUT, Point.BEFORE_FEED),
    Cell(faults.POSTGRES_CUT, Point.IN_FLUSH),
]


def show(reporter: pytest.TerminalReporter) -> None:
    """The table: each cell with its longest answer in seconds."""
    found = _outcomes(reporter)
    table = Table("", *POINTS.values(), title="the failure matrix (longest answer)")
    for fault in FAULTS:
        table.add_row(
            fault.name, *(found.get(str(Cell(fault, point)), "not played") for point in POINTS)
        )
    Console(width=140).print(table)


def _outcomes(reporter: pytest.TerminalReporter) -> dict[str, str]:
    found = {}
    for outcome in ("passed", "skipped", "error", "failed"):
        for report in reporter.stats.get(outcome, ()):
            noted = _noted(getattr(report, "user_properties", ()))
            if CELL in noted:
                longest = f"held, {noted[LONGEST]:.1f} s" if LONGEST in noted else outcome
                found[noted[CELL]] = longest if outcome == "passed" else outcome.upper()
    return found


def _noted(properties: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    return dict(properties)
