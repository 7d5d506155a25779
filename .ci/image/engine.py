"""Podman, on a store of its own in the check's folder, and the image under check."""

import json
import os
import resource
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "localhost/five-gift-packs:check"
OPEN_FILES = 65_536
PROCESSES = 4_096


class Fault(Exception):
    """What does not hold, in a line."""


@dataclass(frozen=True)
class Engine:
    folder: Path

    @classmethod
    def in_folder(cls, folder: Path) -> "Engine":
        """A new one, with its settings written out."""
        files = open_files()
        driver = "overlay" if _can_overlay(folder / "overlay-try") else "vfs"
        (folder / "containers.conf").write_text(
            f"""\
[containers]
netns = "host"
log_driver = "k8s-file"
default_ulimits = ["nofile={files}:{files}", "nproc={PROCESSES}:{PROCESSES}"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "{folder}/podman"
"""
        )
        (folder / "storage.conf").write_text(
            f"""\
[storage]
driver = "{driver}"
graphroot = "{folder}/images"
runroot = "{folder}/containers"
"""
        )
        return cls(folder)

    @property
    def own(self) -> list[str]:
        """What sets its containers apart from others of this machine."""
        return [f"--cgroup-parent=/{self.folder.name}"]

    @property
    def _environ(self) -> dict[str, str]:
        return {
            **os.environ,
            "TMPDIR": str(self.folder),
            "CONTAINERS_CONF": str(self.folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf"),
            # The health check is run here, by hand, and not by systemd.
            "DISABLE_HC_SYSTEMD": "true",
        }

    def try_to(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        """One command of Podman's, whatever comes of it."""
        return run("podman", *arguments, env=self._environ)

    def do(self, *arguments: str | Path) -> str:
        """One command of Podman's; what it said. Raises `Fault` when it fails."""
        return successful(self.try_to(*arguments))

    def run(self, *options: str, command: str = "") -> str:
        """A container to its end; its standard output."""
        return self.do("run", *self.own, *options, IMAGE, *shlex.split(command))

    def build(self, *options: str) -> None:
        """The Dockerfile, on the checkout as it lies there."""
        self.do(
            "build",
            *("--pull=never", "--network=host", *self.own),
            # Health checks exist in Docker's format alone.
            "--format=docker",
            f"--build-arg=GIT_COMMIT={head()}",
            f"--tag={IMAGE}",
            *options,
            ROOT,
        )

    def config(self, image: str) -> dict[str, Any]:
        """What an image says of itself, and its size in bytes."""
        found: dict[str, Any] = json.loads(self.do("image", "inspect", image))[0]
        return {**found["Config"], **{name: found.get(name) for name in ("Size", "Healthcheck")}}


def open_files() -> int:
    """How many a container here may have open, if it asks for them."""
    return min(OPEN_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])


def head() -> str:
    """The checkout's commit."""
    return successful(run("git", "-C", ROOT, "rev-parse", "HEAD")).strip()


def run(
    *command: str | Path, env: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - programs of the machine's
        command, capture_output=True, text=True, check=False, env=env, stdin=subprocess.DEVNULL
    )


def successful(done: "subprocess.CompletedProcess[str]") -> str:
    """What it said on standard output. Raises `Fault` with its last words when it failed."""
    if done.returncode:
        words = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        named = " ".join(str(part) for part in done.args[:2])
        raise Fault(f"{named} ended with {done.returncode}:\n{words}")
    return done.stdout


def _can_overlay(trial: Path) -> bool:
    """Whether layers can lie over each other here; where not, each is a copy."""
    parts = [trial / name for name in ("lower", "upper", "work", "merged")]
    for part in parts:
        part.mkdir(parents=True)
    lower, upper, work, merged = parts
    layers = f"lowerdir={lower},upperdir={upper},workdir={work}"
    if run("mount", "-t", "overlay", "overlay", "-o", layers, merged).returncode:
        return False
    successful(run("umount", merged))
    return True
