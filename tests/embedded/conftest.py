"""Deployments of their own, beside the one that the other tests run on."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.embedded.deployment import NEEDED_IN_PRODUCTION, Deployment
from app.embedded.errors import DeploymentError
from app.embedded.locks import is_held

ROOT = Path(__file__).parents[2]
LIMIT_S = 60


@pytest.fixture
def environ() -> dict[str, str]:
    """The environment of somebody who has set nothing for this project."""
    return bare_environ()


def bare_environ() -> dict[str, str]:
    ours = {*NEEDED_IN_PRODUCTION, "ENVIRONMENT", "MEMBER_AUDIENCE"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "PYTHONPATH": str(ROOT)}


@pytest.fixture
def data_dir(environ: dict[str, str]) -> Iterator[Path]:
    """A data folder that every user may pass; its servers are stopped in the end."""
    # Not pytest's own temporary folder, which only the user who runs the tests may enter.
    parent = Path(tempfile.mkdtemp(prefix="five-gift-packs-embedded-")).resolve()
    parent.chmod(0o711)
    yield parent / "data"
    stop_servers(parent / "data", environ)
    shutil.rmtree(parent)


@pytest.fixture(scope="session")
def pattern() -> Iterator[Path]:
    """A data folder after its first use, to be copied: a first start takes a second."""
    parent = Path(tempfile.mkdtemp(prefix="five-gift-packs-embedded-")).resolve()
    parent.chmod(0o711)
    with Deployment(parent / "data", bare_environ()):
        pass
    yield parent / "data"
    shutil.rmtree(parent)


@pytest.fixture
def used_before(data_dir: Path, pattern: Path) -> None:
    """The data folder has been used before, and nothing runs on it."""
    subprocess.run(["cp", "-a", pattern, data_dir], check=True)


def stop_servers(data_dir: Path, environ: dict[str, str]) -> None:
    """Adopt whatever a killed launcher left behind, and so stop it."""
    if servers_run(data_dir):
        with Deployment(data_dir, environ):
            pass


def servers_run(data_dir: Path) -> bool:
    return any(is_held(data_dir / f"{name}.lock") for name in ("postgres", "valkey"))


class Launcher:
    """A process that uses a deployment, or one that serves."""

    def __init__(self, environ: dict[str, str], *command: str) -> None:
        # A shell ignores it for what runs behind it, and whoever is started there goes on so.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            env=environ,
        )

    def line(self) -> str:
        """Its next line, or what it complained about."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            pytest.fail(f"it said nothing, and complained: {self.complaint()}")
        return line.strip()

    def settings(self) -> dict[str, str]:
        settings: dict[str, str] = json.loads(self.line())
        return settings

    def complaint(self) -> str:
        """What it wrote to standard error until its end."""
        return self.process.communicate(timeout=LIMIT_S)[1].strip()

    def end(self) -> int:
        """Let it finish; its exit code."""
        self.process.communicate(timeout=LIMIT_S)
        return self.process.returncode

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.end()

    def kill(self) -> None:
        self.process.kill()
        self.end()


Launch = Callable[..., Launcher]


@pytest.fixture
def launch(environ: dict[str, str]) -> Iterator[Launch]:
    """Start a module with arguments; what still runs at the end is killed."""
    started: list[Launcher] = []

    def start(*command: str, **more: str) -> Launcher:
        started.append(Launcher({**environ, **more}, *command))
        return started[-1]

    yield start
    for launcher in started:
        if launcher.process.poll() is None:
            launcher.kill()


@pytest.fixture
def use(data_dir: Path, launch: Launch) -> Callable[[], Launcher]:
    """Start a command that uses the data folder's deployment."""
    return lambda: launch("tests.embedded.launcher", str(data_dir))


@pytest.fixture
def refusal(data_dir: Path, environ: dict[str, str]) -> Callable[..., str]:
    """Why a deployment does not start here: one line."""

    def why(**more: str) -> str:
        with pytest.raises(DeploymentError) as caught, Deployment(data_dir, {**environ, **more}):
            pass
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return why
