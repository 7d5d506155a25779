"""Starting, joining, adopting and stopping the servers of a data folder."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from redis import Redis
from redis.exceptions import RedisError

from app.embedded import quarters
from app.embedded.deployment import Deployment
from tests.embedded.conftest import Launcher, servers_run, stop_servers

Use = Callable[[], Launcher]
used_before = pytest.mark.usefixtures("used_before")
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has users to change to")


def ask(url: str, query: str) -> object:
    """One value from PostgreSQL."""

    async def run() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(run())


def test_a_first_start_gives_working_servers_and_the_end_leaves_none_running(
    use: Use, data_dir: Path
) -> None:
    launcher = use()
    settings = launcher.settings()
    assert ask(settings["DATABASE_URL"], "SHOW synchronous_commit") == "on"
    assert ask(settings["DATABASE_URL"], "SHOW server_encoding") == "UTF8"
    with Redis.from_url(settings["REDIS_URL"]) as redis:
        assert redis.ping()
    assert launcher.end() == 0
    assert not servers_run(data_dir)


@used_before
def test_sigterm_leaves_no_server_running(use: Use, data_dir: Path) -> None:
    launcher = use()
    launcher.settings()
    assert launcher.terminate() == 0
    assert not servers_run(data_dir)


@used_before
def test_neither_server_answers_without_its_password(use: Use) -> None:
    settings = use().settings()
    database, redis = urlsplit(settings["DATABASE_URL"]), urlsplit(settings["REDIS_URL"])
    strangers = f"postgresql://{database.username}:guess@{database.hostname}:{database.port}/x"
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(strangers, "SELECT 1")
    with Redis(port=redis.port or 0) as client, pytest.raises(RedisError, match="authenticated"):
        client.ping()


@used_before
def test_a_second_command_joins_and_the_last_one_out_stops_the_servers(
    use: Use, data_dir: Path
) -> None:
    first = use()
    settings = first.settings()
    second = use()
    joined = second.settings()
    assert joined["DATABASE_URL"] == settings["DATABASE_URL"]
    assert joined["REDIS_URL"] == settings["REDIS_URL"]
    assert first.end() == 0
    assert ask(joined["DATABASE_URL"], "SELECT 1") == 1
    assert second.end() == 0
    assert not servers_run(data_dir)


def test_two_first_starts_at_once_share_one_deployment(use: Use) -> None:
    launchers = [use(), use()]
    one, other = [launcher.settings() for launcher in launchers]
    assert one["DATABASE_URL"] == other["DATABASE_URL"]
    assert one["SEAL_KEYS"] == other["SEAL_KEYS"]


@used_before
def test_servers_that_outlived_a_killed_launcher_are_taken_over(use: Use, data_dir: Path) -> None:
    killed = use()
    settings = killed.settings()
    ask(settings["DATABASE_URL"], "CREATE TABLE kept AS SELECT 1 AS one")
    killed.kill()
    assert servers_run(data_dir)
    heir = use()
    assert heir.settings()["DATABASE_URL"] == settings["DATABASE_URL"]
    assert ask(settings["DATABASE_URL"], "SELECT one FROM kept") == 1
    assert heir.end() == 0
    assert not servers_run(data_dir)


@used_before
def test_data_and_keys_outlive_a_restart(use: Use) -> None:
    first = use()
    settings = first.settings()
    ask(settings["DATABASE_URL"], "CREATE TABLE kept AS SELECT 1 AS one")
    first.end()
    again = use().settings()
    assert again["SEAL_KEYS"] == settings["SEAL_KEYS"]
    assert ask(again["DATABASE_URL"], "SELECT one FROM kept") == 1


@used_before
def test_a_number_left_by_a_crash_and_used_by_another_program_is_no_obstacle(
    use: Use, data_dir: Path
) -> None:
    use().end()
    (data_dir / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{data_dir}\n")
    assert ask(use().settings()["DATABASE_URL"], "SELECT 1") == 1


@only_root
@pytest.mark.parametrize("namespaces", [True, False], ids=["namespaces", "no_namespaces"])
def test_root_may_keep_the_data_where_only_root_may_enter(
    data_dir: Path,
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    namespaces: bool,
) -> None:
    state = data_dir.parent / "state"
    monkeypatch.setattr(quarters, "STATE_FOLDER", state)
    if not namespaces:
        monkeypatch.setenv("PATH", "")
    walled = data_dir.parent / "walled"
    walled.mkdir(mode=0o700)
    try:
        with Deployment(walled / "data", environ) as settings:
            assert ask(settings["DATABASE_URL"], "SELECT 1") == 1
        with Deployment(walled / "data", environ) as settings:
            assert ask(settings["DATABASE_URL"], "SELECT 1") == 1
    finally:
        stop_servers(walled / "data", environ)
    # Where namespaces are forbidden to these tests too, both go the second way.
    assert (str(state) in capsys.readouterr().err) == state.exists()
    assert namespaces or state.exists()
