"""What the person at the keyboard sees: the bar meanwhile, the table in the end."""

from collections.abc import Mapping, Sequence
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.replay.figures import Figure


class Bar:
    """A progress bar on standard error; where that is no terminal, a line a scene."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def plan(self, steps: int) -> None:
        self._bar.update(self._task, total=steps, completed=0)

    def scene(self, words: str) -> None:
        self._bar.update(self._task, description=words)
        if not self._console.is_terminal:
            self._console.print(words, highlight=False)

    def step(self) -> None:
        self._bar.advance(self._task)


def show_table(figures: Sequence[Figure]) -> None:
    """The figures beside the published ones, on standard output."""
    table = Table("pack", "figure")
    for column in ("published", "expected", "reached"):
        table.add_column(column, justify="right")
    table.add_column("")
    for figure in figures:
        table.add_row(
            figure.pack,
            figure.name.replace("_", " "),
            _number(figure.published),
            _number(figure.expected),
            _number(figure.reached),
            "ok" if figure.is_reached else "NOT REACHED",
        )
    Console().print(table)


def show_took(took_s: Mapping[str, float]) -> None:
    """How long each part took, on standard output."""
    table = Table("part")
    table.add_column("took", justify="right")
    for part, seconds in took_s.items():
        table.add_row(part, _span(seconds))
    table.add_row("in all", _span(sum(took_s.values())))
    Console().print(table)


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{seconds:.1f} s"


def _number(count: int | None) -> str:
    return "" if count is None else f"{count:,}"
