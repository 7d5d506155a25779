"""What one crowd brought, and what many of them say together. Plain figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.cpu import Cpu
from benchmarks.load import Heard

MS = 1000


class NotAFigure(Exception):
    """An answer that was not to come, or a broken invariant: the round counts for nothing."""


@dataclass(frozen=True)
class Measured:
    """One crowd at one site. `rate`: a second. `cpu_ms`: milliseconds an answer, all processes
    of the site and both servers."""

    rate: float
    cpu_ms: float
    p50_ms: float
    p99_ms: float
    cpu: Cpu
    answered: int

    @classmethod
    def of(cls, heard: Heard, cpu: Cpu, wanted: frozenset[str]) -> "Measured":
        """Raises `NotAFigure` where something else was answered than this path is about."""
        strange = {word: count for word, count in heard.counts.items() if word not in wanted}
        if strange:
            raise NotAFigure(f"answered {strange}, wanted {' or '.join(sorted(wanted))}")
        latencies = sorted(each for all_ in heard.latencies_s.values() for each in all_)
        return cls(
            rate=heard.answered / heard.elapsed_s,
            cpu_ms=cpu.whole_s / heard.answered * MS,
            p50_ms=percentile(latencies, 50) * MS,
            p99_ms=percentile(latencies, 99) * MS,
            cpu=cpu,
            answered=heard.answered,
        )


@dataclass(frozen=True)
class Ratio:
    """Of every round, its own ratio; `low` and `high` are the spread."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, each: Sequence[float]) -> "Ratio":
        return cls(median(each), min(each), max(each))


def percentile(ordered: Sequence[float], share: float) -> float:
    """By nearest rank."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))]
