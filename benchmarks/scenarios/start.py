"""`./run serve` from nothing, and again: until it serves, and how soon it stops.

From nothing is a copy of the checkout with Python and nothing else: it makes its environment,
starts its servers, migrates and seeds. Then with that environment and a data folder of its own,
and then the same once more. Seconds of this machine and its network, so nothing is demanded of
them; that each start ends in an answer is.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.ground import Ground
from benchmarks.measured import NotAFigure
from benchmarks.scenarios.scenario import Line, Say, Scenario

ROOT = Path(__file__).parents[2]
# What a checkout has that a newcomer's has not.
OWN = shutil.ignore_patterns(".git", ".venv", ".data*", "__pycache__", ".*_cache")
SERVING, GIVEN = "Serving at ", {"UNIONAPP_VENV", "PYTHONPATH"}
# Each with the data folder that it has.
STARTS = (
    ("from nothing", "first"),
    ("with its environment, without data", "second"),
    ("again", "second"),
)
# The service's own time to finish what is in flight is shorter.
STOPPED_S = 30.0


async def _play(_: Ground, scale: float, say: Say) -> Sequence[Line]:
    return await asyncio.to_thread(_measure, say)


def _measure(say: Say) -> list[Line]:
    with tempfile.TemporaryDirectory(prefix="five-gift-packs-start-") as place:
        checkout = Path(place) / "checkout"
        shutil.copytree(ROOT, checkout, ignore=OWN)
        lines = []
        for what, folder in STARTS:
            say(f"start: {what}")
            lines.append(Line(what, *_start(checkout, str(Path(place) / folder))))
    return lines


def _start(checkout: Path, data: str) -> tuple[str, str, bool]:
    """A figure, what it must be, and whether it is. Raises `NotAFigure` if it does not serve."""
    began = time.perf_counter()
    with _serving(checkout, data) as url:
        serves_s = time.perf_counter() - began
        answered = httpx.get(f"{url}/readyz").status_code
        ended = time.perf_counter()
    stopped_s = time.perf_counter() - ended
    figure = f"{serves_s:.1f} s; /readyz {answered}; stopped in {stopped_s:.1f} s"
    return figure, "/readyz 200", answered == httpx.codes.OK


@contextmanager
def _serving(checkout: Path, data: str) -> Iterator[str]:
    """The address, until Ctrl-C."""
    process = subprocess.Popen(
        [str(checkout / "run"), "serve", "--port", "0", "--data", data],
        env=_newcomers(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        process_group=0,
    )
    assert process.stdout is not None
    try:
        yield _address(process.stdout)
    finally:
        # As a terminal sends it: to all whom it started as well.
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=STOPPED_S)


def _address(told: Iterator[str]) -> str:
    for line in told:
        if line.startswith(SERVING):
            return line.removeprefix(SERVING).split()[0]
    raise NotAFigure("./run serve ended before it served; see what it says by itself")


def _newcomers(environ: Mapping[str, str]) -> dict[str, str]:
    """Without what this run was given for itself."""
    return {name: value for name, value in environ.items() if name not in GIVEN}


START = Scenario(
    name="start",
    about="从零启动，再启动一次 · ./run serve from nothing, and again",
    play=_play,
)
