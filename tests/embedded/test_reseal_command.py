"""`./run reseal`, as typed beside a running deployment."""

import argparse
import asyncio
import os
import signal
from base64 import b64encode
from pathlib import Path

import anyio.to_thread
import pytest
from sqlalchemy import URL, text

from app.cli import INTERRUPTED
from app.commands import reseal, verify
from app.routers.rooms import Rooms
from tests.embedded.conftest import Launch
from tests.factories import Factory

pytestmark = pytest.mark.anyio

# Somebody waits for the members' table.
IS_WAITING = """
    SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'member'::regclass
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
NEW = f",2:{b64encode(bytes(range(32))).decode()}"


@pytest.fixture(autouse=True)
async def beside_the_service(
    database: URL, rooms: Rooms, make: Factory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A deployment that is not new and has got new keys."""
    monkeypatch.setenv("DATABASE_URL", database.render_as_string(hide_password=False))
    monkeypatch.setenv("REDIS_URL", str(rooms.settings.redis_url))
    for name in ("seal_keys", "digest_keys"):
        old = getattr(rooms.settings, name).get_secret_value()
        monkeypatch.setenv(name.upper(), old + NEW)
    monkeypatch.chdir(tmp_path)
    await make.campaign()
    await make.members(3)


async def typed() -> int:
    arguments = argparse.Namespace(data=Path(".data"), json=False)
    return await anyio.to_thread.run_sync(reseal.run, arguments)


async def test_the_command_says_what_it_did_and_the_second_time_there_is_nothing_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await typed() == 0
    line = capsys.readouterr().out
    assert "9 values sealed anew, 6 lookups digested anew" in line
    assert await typed() == 0
    assert " 0 values sealed anew, 0 lookups digested anew" in capsys.readouterr().out


async def test_verify_counts_rows_by_the_key_they_stand_under(
    capsys: pytest.CaptureFixture[str],
) -> None:
    await typed()
    arguments = argparse.Namespace(data=Path(".data"), json=False)
    assert await anyio.to_thread.run_sync(verify.run, arguments) == 0
    assert "sealed member.phone  digest key 2: 3, seal key 2: 3" in capsys.readouterr().out


async def test_a_value_that_does_not_open_is_exit_1(
    rooms: Rooms, capsys: pytest.CaptureFixture[str]
) -> None:
    async with rooms.engine.begin() as connection:
        await connection.execute(
            text("UPDATE member SET name_sealed = :sealed"), {"sealed": b"\x07" + bytes(40)}
        )
    assert await typed() == 1
    said = capsys.readouterr()
    assert "does not open: member.name of" in said.err


async def test_ctrl_c_ends_a_run_after_the_batch_in_hand(
    database: URL, rooms: Rooms, launch: Launch
) -> None:
    """A table that somebody holds keeps it waiting, so that the signal comes in the midst of it."""
    async with rooms.engine.connect() as holder:
        await holder.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        await holder.execute(text("LOCK TABLE member IN ACCESS EXCLUSIVE MODE"))
        command = launch("app.cli", "reseal", **os.environ)
        while not await holder.scalar(text(IS_WAITING)):
            assert command.process.poll() is None, "it did not wait"
            await asyncio.sleep(0.02)
        command.process.send_signal(signal.SIGINT)
    said, _ = await anyio.to_thread.run_sync(command.process.communicate)
    assert command.process.returncode == INTERRUPTED
    assert "rows looked at" in said
    assert await typed() == 0
