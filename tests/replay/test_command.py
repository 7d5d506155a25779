"""`./run replay` as it is typed: a deployment of its own, the table, the file, nothing left."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.commands import replay as command
from app.commands.replay import Outcome, unplayed
from app.embedded.playground import FOLDER_PREFIX, clear_up
from app.embedded.service_file import ServiceFile
from app.replay.figures import Figure
from app.replay.screen import show_table
from app.replay.stage import Surprises
from app.shared.verification import Check
from tests.embedded.conftest import Launcher, bare_environ, servers_run, stop_servers

ROOT = Path(__file__).parents[2]
LIMIT_S = 300
REACHED = Figure("breakfast", "vouchers_issued", 20_000, 200, 200)
MISSED = Figure("breakfast", "vouchers_issued", 20_000, 200, 199)
CLEAN = Check("stock_issued_is_sum", [])
FAULTY = Check("stock_issued_is_sum", ["a pool"])


def replay(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "app.cli", "replay", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder), **environ},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def test_a_pack_without_a_part_in_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "KINDS", ("breakfast", "seats"))
    assert unplayed() == ["seats"]


def test_what_begins_on_any_day_comes_after_what_has_its_days() -> None:
    names = [part.__name__ for part in command.parts(["wishes", "breakfast", "wishes"])]
    assert names == ["app.replay.breakfast", "app.replay.wishes"]


def test_a_pack_that_is_not_played_cannot_be_asked_for(folder: Path) -> None:
    refused = replay(folder, "--only", "seats")
    assert refused.returncode == 2
    assert "breakfast" in refused.stderr


@pytest.mark.parametrize("scale", ["0", "1.01", "-1", "many", "1/0"])
def test_a_scale_that_cannot_be_played_is_refused(folder: Path, scale: str) -> None:
    refused = replay(folder, f"--scale={scale}")
    assert refused.returncode == 2
    assert "--scale" in refused.stderr


def test_a_file_that_cannot_be_written_is_refused_before_the_play(folder: Path) -> None:
    refused = replay(folder, "--json", "nowhere/outcome.json")
    assert refused.returncode == 2
    assert "cannot write nowhere/outcome.json" in refused.stderr


def test_an_address_without_its_folder_is_refused_in_one_line(folder: Path) -> None:
    not_set = {"DATABASE_URL": "", "MEMBER_JWKS_URL": ""}
    refused = replay(folder, "--url", "http://127.0.0.1:1", "--data", "unused", **not_set)
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        "./run replay: nothing is served from unused: name its folder with --data"
    ]


def test_nothing_is_played_in_production(folder: Path) -> None:
    refused = replay(folder, ENVIRONMENT="production")
    assert refused.returncode == 1
    assert "nothing is played under ENVIRONMENT=production" in refused.stderr


def test_the_servers_of_a_replay_that_was_killed_are_stopped_by_the_next(
    folder: Path,
) -> None:
    killed = folder / f"{FOLDER_PREFIX}killed"
    killed.mkdir(mode=0o711)
    launcher = Launcher(bare_environ(), "tests.embedded.launcher", str(killed))
    launcher.settings()
    launcher.kill()
    with ServiceFile(killed):
        pass
    assert servers_run(killed)
    at_work = folder / f"{FOLDER_PREFIX}at-work"
    at_work.mkdir()

    try:
        with ServiceFile(at_work):
            clear_up(folder)

        assert not servers_run(killed)
        assert not killed.exists()
        assert at_work.exists()
    finally:
        stop_servers(killed, bare_environ())


@pytest.mark.parametrize(
    ("figure", "check", "surprise", "is_good"),
    [
        (REACHED, CLEAN, "", True),
        (MISSED, CLEAN, "", False),
        (REACHED, FAULTY, "", False),
        (REACHED, CLEAN, "a press: 500 instead of 201", False),
    ],
)
def test_a_missed_figure_a_fault_or_a_surprise_is_a_failure(
    figure: Figure, check: Check, surprise: str, is_good: bool
) -> None:
    surprises = Surprises()
    if surprise:
        surprises.note(surprise)
    assert Outcome([figure], surprises, [check]).is_good is is_good


def test_the_table_shows_which_figure_was_missed(capsys: pytest.CaptureFixture[str]) -> None:
    show_table([REACHED, MISSED])
    lines = capsys.readouterr().out.splitlines()
    [missed] = [line for line in lines if "NOT REACHED" in line]
    assert "199" in missed
    assert sum(" ok " in line for line in lines) == 1
