"""What stops a deployment is one line that says what to do."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.embedded.binaries import find_binaries
from app.embedded.data_folder import write_json
from app.embedded.deployment import NEEDED_IN_PRODUCTION, Deployment
from app.embedded.locks import FileLock
from app.embedded.secrets import secrets_of
from tests.embedded.conftest import Launcher, servers_run
from tests.embedded.test_deployment import ask

Refusal = Callable[..., str]
used_before = pytest.mark.usefixtures("used_before")


@used_before
def test_a_valkey_that_is_not_ours_is_refused_and_left_alone(
    data_dir: Path, environ: dict[str, str], refusal: Refusal
) -> None:
    with Deployment(data_dir, environ) as settings:
        port = urlsplit(settings["REDIS_URL"]).port
    lock = FileLock(data_dir / "valkey.lock")
    assert lock.try_exclusive()
    stranger = subprocess.Popen(
        [find_binaries(environ).valkey, "--bind", "127.0.0.1", "--port", str(port), "--save", ""],
        stdout=subprocess.DEVNULL,
        pass_fds=[lock.fileno()],
    )
    lock.release()
    try:
        assert "Valkey" in refusal()
        assert stranger.poll() is None
    finally:
        stranger.terminate()
        stranger.wait()
    assert not servers_run(data_dir)


@used_before
def test_a_postgresql_that_somebody_started_here_is_refused_and_left_alone(
    use: Callable[[], Launcher], data_dir: Path, refusal: Refusal
) -> None:
    launcher = use()
    url = launcher.settings()["DATABASE_URL"]
    # Whoever starts it by hand does not hold the lock.
    lock, aside = data_dir / "postgres.lock", data_dir / "aside.lock"
    lock.rename(aside)
    assert "another PostgreSQL" in refusal()
    assert ask(url, "SELECT 1") == 1
    aside.rename(lock)


@used_before
def test_files_of_another_postgresql_version_are_refused(data_dir: Path, refusal: Refusal) -> None:
    (data_dir / "postgres" / "PG_VERSION").write_text("17\n")
    assert "PostgreSQL 17" in refusal()


@used_before
def test_data_without_its_secrets_is_refused(data_dir: Path, refusal: Refusal) -> None:
    (data_dir / "secrets.json").unlink()
    assert "secrets.json is gone" in refusal()


@used_before
def test_secrets_of_another_deployment_are_refused(data_dir: Path, refusal: Refusal) -> None:
    other = data_dir.with_name("other")
    other.mkdir()
    secrets_of(other)
    shutil.copy(other / "secrets.json", data_dir / "secrets.json")
    assert "secrets.json" in refusal()
    assert not servers_run(data_dir)


def test_damaged_secrets_are_refused(data_dir: Path, refusal: Refusal) -> None:
    data_dir.mkdir()
    write_json(data_dir / "secrets.json", {"seal_keys": "1:AAAA"})
    assert "damaged" in refusal()


def test_a_file_in_the_place_of_the_data_folder_is_refused(
    data_dir: Path, refusal: Refusal
) -> None:
    data_dir.touch()
    assert str(data_dir) in refusal()


def test_production_names_what_is_missing_and_takes_nothing_from_the_folder(
    data_dir: Path, refusal: Refusal
) -> None:
    line = refusal(ENVIRONMENT="production", SEAL_KEYS="1:AAAA")
    assert [name for name in NEEDED_IN_PRODUCTION if name not in line] == ["SEAL_KEYS"]
    assert not data_dir.exists()


def test_servers_that_do_not_answer_are_named_without_their_password(refusal: Refusal) -> None:
    line = refusal(DATABASE_URL="postgresql://me:pass-word@127.0.0.1:1/x")
    assert "127.0.0.1:1" in line
    assert "pass-word" not in line
    line = refusal(REDIS_URL="redis://:pass-word@127.0.0.1:1/0")
    assert "127.0.0.1:1" in line
    assert "pass-word" not in line


@used_before
def test_with_servers_of_ones_own_nothing_embedded_is_needed(
    use: Callable[[], Launcher], data_dir: Path, environ: dict[str, str]
) -> None:
    own = use().settings()
    elsewhere = data_dir.with_name("elsewhere")
    given = {name: own[name] for name in ("DATABASE_URL", "REDIS_URL")}
    # As where the wheels are not installed.
    program = (
        "import importlib.util, sys; from pathlib import Path\n"
        "importlib.util.find_spec = None\n"
        "from app.embedded.deployment import Deployment\n"
        "with Deployment(Path(sys.argv[1])) as settings: print(settings['DATABASE_URL'])"
    )
    said = subprocess.run(
        [sys.executable, "-P", "-c", program, elsewhere],
        env={**environ, **given},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == own["DATABASE_URL"]
    assert not (elsewhere / "postgres").exists()
