"""A replay that is killed midway (kill -9) where it is served, and the next one there.

Breakfast's part alone; `test_wishes.py` does the same to wishes, and `test_whole.py` begins
beside what a killed one has left on the machine.
"""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from tests.embedded.conftest import Launcher, bare_environ, stop_servers
from tests.factories import auth
from tests.faults.wires import wire

LIMIT_S = 300
POLL_S = 0.02
VOUCHERS = 40
SMALL = ("--scale", "0.002", "--seed", "2", "--only", "breakfast")


@pytest.fixture
def environ(folder: Path) -> dict[str, str]:
    # Nobody reads what the service says while it serves, and a pipe holds only so many lines.
    return {**bare_environ(), "TMPDIR": str(folder), "LOG_LEVEL": "WARNING"}


@pytest.fixture
def served(folder: Path, environ: dict[str, str]) -> Iterator[tuple[str, Path]]:
    """Where the edition is served, and from which folder."""
    data_dir = folder / "data"
    service = Launcher(environ, "app.cli", "serve", "--data", str(data_dir), "--port", "0")
    try:
        service.line()
        yield next(word for word in service.line().split() if "://" in word), data_dir
        assert service.terminate() == 0
    finally:
        service.process.kill()
        stop_servers(data_dir, environ)


def replay(environ: dict[str, str], *arguments: str) -> Launcher:
    return Launcher(environ, "app.cli", "replay", *SMALL, *arguments)


def wait_for(reached: Event, play: Launcher) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not reached.wait(POLL_S):
        assert play.process.poll() is None, play.complaint()
        assert time.monotonic() < deadline


def played_to_the_end(environ: dict[str, str], file: Path, *arguments: str) -> str:
    """Every figure reached, nothing surprising, the books clean. Answers what it showed."""
    play = replay(environ, "--json", str(file), *arguments)
    shown, said = play.process.communicate(timeout=LIMIT_S)
    assert play.process.returncode == 0, shown + said
    outcome = json.loads(file.read_text())
    assert outcome["surprises"] == {}
    assert outcome["verify"]["clean"] is True
    assert {each["pack"] for each in outcome["figures"]} == {"breakfast"}
    assert all(each["reached"] == each["expected"] for each in outcome["figures"])
    return shown + said


def test_where_it_is_served_the_next_one_plays_a_new_series_to_a_clean_end(
    served: tuple[str, Path], folder: Path, environ: dict[str, str]
) -> None:
    url, data_dir = served
    there = ("--url", url, "--data", str(data_dir))
    asked = Launcher(environ, "app.cli", "token", "staff", "store_manager", *there[2:])
    token = asked.line()
    assert asked.end() == 0

    def ask(path: str) -> Any:
        return httpx.get(f"{url}/v1/admin/{path}", headers=auth(token), timeout=10).json()

    def is_a_store_closed() -> bool:
        return len(ask("stores?state=suspended")["items"]) == 1

    # The day on which a store is suspended is the worst to be killed on.
    with wire(int(url.rsplit(":", 1)[1]), held=b"/restore HTTP/1.1") as way:
        killed = replay(environ, "--url", f"http://127.0.0.1:{way.port}", "--data", str(data_dir))
        wait_for(way.holds, killed)
        killed.kill()
    left = ask("breakfast/figures")
    assert is_a_store_closed()
    assert 0 < left["issued"] < VOUCHERS
    assert left["redeemed"] > 0 < left["open"]

    said = played_to_the_end(environ, folder / "outcome.json", *there)
    assert "day 26 of 26" in said
    assert re.search(r"vouchers issued +│ +20,000 │ +40 │ +40 │ ok", said)
    assert "verify: clean" in said

    after = ask("breakfast/figures")
    assert not is_a_store_closed()
    assert after["issued"] == left["issued"] + VOUCHERS
    assert after["open"] == 0
