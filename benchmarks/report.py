"""The figures as a person reads them, and as a program does."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from rich.console import Console
from rich.table import Table

from benchmarks.cpu import Cpu
from benchmarks.measured import MS, Measured, Ratio
from benchmarks.paths.path import Measure
from benchmarks.rounds import Result
from benchmarks.scenarios.scenario import Line

# What became of each scenario, by its name.
Played: TypeAlias = Mapping[str, Sequence[Line]]
# The processes that a claim passes, and the processor time that each had.
_PARTS: Mapping[str, Callable[[Cpu], float]] = {
    "service": lambda cpu: cpu.app_s,
    "PostgreSQL": lambda cpu: cpu.postgres_s,
    "Redis": lambda cpu: cpu.redis_s,
}
_HELD = {None: "", True: "ok", False: "MISSED"}


def show(results: Sequence[Result]) -> None:
    """The ratios, on standard output."""
    table = Table("path", "measure", "to", "ratio", "spread", "must", "aim", "")
    for result in results:
        for target in result.path.targets:
            ratio = result.ratio(target)
            bound = "≥" if target.measure is Measure.RATE else "≤"
            table.add_row(
                result.path.name,
                "answers/s" if target.measure is Measure.RATE else "CPU an answer",
                target.reference,
                f"{ratio.median:.2f}",
                f"{ratio.low:.2f}–{ratio.high:.2f}",
                f"{bound} {target.must:g}" if target.must is not None else "",
                f"{target.aim:g}" if target.aim is not None else "",
                "ok" if target.is_met(ratio.median) else "MISSED",
            )
    Console().print(table)


def show_absolute(results: Sequence[Result]) -> None:
    """What this machine did just now; worth nothing on another one, or tomorrow."""
    table = Table("path", "variant", "answers/s", "p50 ms", "p99 ms", *_PARTS)
    table.title = "this machine, just now (medians; CPU in ms an answer)"
    for result in results:
        for name, rounds in result.rounds.items():
            table.add_row(
                result.path.name,
                name,
                *(
                    f"{Ratio.of(figures).median:,.{digits}f}"
                    for figures, digits in (
                        ([each.rate for each in rounds], 0),
                        ([each.p50_ms for each in rounds], 1),
                        ([each.p99_ms for each in rounds], 1),
                    )
                ),
                *(f"{each_s * MS:,.3f}" for each_s in _spent_s(rounds).values()),
            )
    Console().print(table)


def show_carried(results: Sequence[Result]) -> None:
    """What a core of each part carries, and so which part is full first."""
    table = Table("path", *_PARTS, "full first")
    table.title = "answers/s that a core of each carries"
    for result in results:
        spent_s = _spent_s(result.rounds[result.path.subject.name])
        carried = [f"{1 / each_s:,.0f}" if each_s else "" for each_s in spent_s.values()]
        table.add_row(result.path.name, *carried, max(spent_s, key=lambda part: spent_s[part]))
    Console().print(table)


def _spent_s(rounds: Sequence[Measured]) -> dict[str, float]:
    """The median of each part's processor time an answer, in seconds."""
    return {
        part: Ratio.of([of(each.cpu) / each.answered for each in rounds]).median
        for part, of in _PARTS.items()
    }


def as_json(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Every ratio with its spread and its target."""
    rows = []
    for result in results:
        for target in result.path.targets:
            ratio = result.ratio(target)
            rows.append(
                {
                    "path": result.path.name,
                    "measure": target.measure.value,
                    "reference": target.reference,
                    "ratio": ratio.median,
                    "low": ratio.low,
                    "high": ratio.high,
                    "must": target.must,
                    "aim": target.aim,
                    "met": target.is_met(ratio.median),
                }
            )
    return rows


def show_played(played: Played) -> None:
    """Scenarios, line by line, on standard output."""
    for name, lines in played.items():
        table = Table("figure", "", "must", "", title=name)
        for line in lines:
            table.add_row(line.what, line.figure, line.must, _HELD[line.held])
        Console().print(table)


def played_as_json(played: Played) -> list[dict[str, Any]]:
    return [
        {
            "scenario": name,
            "what": line.what,
            "figure": line.figure,
            "must": line.must,
            "held": line.held,
            "points": [
                {"picture": each.axes.title, "line": each.line, "x": each.x, "y": each.y}
                for each in line.points
            ],
        }
        for name, lines in played.items()
        for line in lines
    ]


def not_held(played: Played) -> list[str]:
    """What a scenario did not hold, in words."""
    return [
        f"{name}: {line.what}: {line.figure}, must {line.must}"
        for name, lines in played.items()
        for line in lines
        if line.held is False
    ]
