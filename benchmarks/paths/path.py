"""The words of this room: a path, its variants, its targets."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.ground import Ground
from benchmarks.site import Site


@dataclass(frozen=True)
class Crowd:
    """Requests to send to a site, and the answers that this path is about."""

    site: Site
    requests: list[bytes]
    wanted: frozenset[str]
    # Asked when they are answered; words for what is wrong, nothing if all is right.
    check: Callable[[], Awaitable[list[str]]] | None = None


Prepare = Callable[[Ground, int], Awaitable[Crowd]]


@dataclass(frozen=True)
class Variant:
    """One way to do it: `prepare` makes so many fresh requests. `count`: how many a round,
    fewer where a variant is slow, so that no round takes minutes."""

    name: str
    prepare: Prepare
    count: int


class Measure(StrEnum):
    """Of what the ratio is: answers a second, or processor time an answer."""

    RATE = "rate"
    CPU = "cpu"


@dataclass(frozen=True)
class Target:
    """Subject to reference. A rate must reach at least `must`, processor time at most."""

    reference: str
    must: float | None
    aim: float | None
    measure: Measure = Measure.RATE

    def is_met(self, ratio: float) -> bool:
        if self.must is None:
            return True
        return ratio >= self.must if self.measure is Measure.RATE else ratio <= self.must


@dataclass(frozen=True)
class Path:
    name: str
    about: str
    subject: Variant
    references: tuple[Variant, ...]
    targets: tuple[Target, ...]
    connections: int = 128
