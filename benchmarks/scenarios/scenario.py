"""The words of this room: a scenario, and the lines of what became of it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from benchmarks.ground import Ground

Say = Callable[[str], None]


@dataclass(frozen=True)
class Axes:
    """What a picture is about, and what it counts along its sides. `is_log`: upwards by tens."""

    title: str
    x: str
    y: str
    is_log: bool = False


@dataclass(frozen=True)
class Point:
    """Where a figure stands in a picture, on the line of that name."""

    axes: Axes
    line: str
    x: float
    y: float


@dataclass(frozen=True)
class Line:
    """One figure. `held`: whether it is what it must be; None where nothing is demanded."""

    what: str
    figure: str
    must: str = ""
    held: bool | None = None
    points: Sequence[Point] = ()


@dataclass(frozen=True)
class Scenario:
    """`play` takes the ground and how much of its length to play (1: all of it)."""

    name: str
    about: str
    play: Callable[[Ground, float, Say], Awaitable[Sequence[Line]]]
