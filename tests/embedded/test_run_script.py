"""`./run` itself: the environment it makes, in a project as small as can be."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = "import os, sys; print(os.getcwd(), *sys.argv[1:])"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "cli.py").write_text(COMMAND)
    (folder / "requirements.lock").write_text("# nothing is needed\n")
    shutil.copy(ROOT / "run", folder)
    return folder


def start(project: Path, cwd: Path, **more: str) -> "subprocess.Popen[str]":
    environ = {name: value for name, value in os.environ.items() if name != "UNIONAPP_VENV"}
    return subprocess.Popen(
        [sys.executable, project / "run", "greet", "--twice"],
        cwd=cwd,
        env={**environ, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(project: Path, cwd: Path, **more: str) -> tuple[str, str]:
    """What it says on standard output and on standard error."""
    with start(project, cwd, **more) as process:
        said, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    return said, told


def test_the_first_use_sets_up_once_and_later_ones_go_straight_to_the_command(
    project: Path, tmp_path: Path
) -> None:
    # A folder called `app` where the user stands is not the project's.
    (tmp_path / "app").mkdir()
    with start(project, tmp_path) as one, start(project, tmp_path) as other:
        first_uses = [process.communicate(timeout=120) for process in (one, other)]
    assert [said for said, _ in first_uses] == [f"{tmp_path} greet --twice\n"] * 2
    assert "".join(told for _, told in first_uses).count("First use") == 1
    assert run(project, tmp_path) == (f"{tmp_path} greet --twice\n", "")
    # Another clone with the same lock may use the environment too.
    shared = str(project / ".venv")
    assert run(project, tmp_path, UNIONAPP_VENV=shared)[1] == ""


def test_an_installation_that_was_broken_off_is_begun_again(project: Path, tmp_path: Path) -> None:
    environment = project / ".venv"
    (environment / "lib" / "half").mkdir(parents=True)
    (environment / "five-gift-packs.stamp").write_text("unfinished")
    assert "First use" in run(project, tmp_path)[1]
    assert not (environment / "lib" / "half").exists()
    (project / "requirements.lock").write_text("# still nothing\n")
    assert "requirements.lock has changed" in run(project, tmp_path)[1]
    assert run(project, tmp_path)[1] == ""


def test_a_folder_that_holds_something_else_is_left_alone(project: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("Dear all")
    with start(project, tmp_path, UNIONAPP_VENV=str(tmp_path / "mine")) as process:
        told = process.communicate(timeout=120)[1]
    assert process.returncode == 1
    assert told.count("\n") == 1
    assert (tmp_path / "mine" / "letter.txt").exists()
