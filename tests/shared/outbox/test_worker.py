"""The worker as a deployment runs it: `python -m app.worker`."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from app.models.idempotency import IdempotencyRecord
from app.platform.settings import Settings
from tests.conftest import ROOT
from tests.races.drop import environment
from tests.shared.outbox.bench import Bench, until

pytestmark = pytest.mark.anyio

STOP_S = 30


@pytest.fixture
def process(settings: Settings, bench: Bench, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """On the bench's database, which is empty."""
    environ = environment(settings, LOG_LEVEL="INFO")
    with subprocess.Popen(
        [sys.executable, "-m", "app.worker"],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


async def test_it_does_what_the_rooms_ask_for_and_stops_in_good_order(
    bench: Bench, process: subprocess.Popen[str]
) -> None:
    async with bench.sessions.begin() as session:
        session.add(
            IdempotencyRecord(key_digest=b"old", fingerprint=b"", status=201, body_sealed=b"")
        )
        await session.flush()
        await session.execute(text("UPDATE idempotency SET created_at = now() - interval '3 days'"))
    await until(lambda: _is_swept(bench))
    process.terminate()
    said, _ = process.communicate(timeout=STOP_S)
    assert process.returncode == 0
    lines = said.splitlines()
    assert '"worker_started"' in lines[0]
    assert '"worker_stopped"' in lines[-1]
    # The backlog, once a minute and at the start.
    assert any('"lag_s"' in line and '"outbox"' in line for line in lines)


async def _is_swept(bench: Bench) -> bool:
    async with bench.sessions() as session:
        return await session.scalar(select(IdempotencyRecord.key_digest)) is None
