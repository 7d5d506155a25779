"""A deployment as it stands, without a webhook: its own worker, its own kinds, its log."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import time
from typing import Any

import pytest

from app.packs.breakfast.notices import VOUCHER_EXPIRING
from app.platform.settings import Settings
from tests.conftest import ROOT
from tests.factories import tell
from tests.races.drop import environment
from tests.shared.notices.office import Office
from tests.shared.outbox.bench import until

pytestmark = pytest.mark.anyio

STOP_S = 30


@pytest.fixture
def worker_process(settings: Settings, office: Office) -> Iterator[subprocess.Popen[str]]:
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


async def test_a_notice_that_goes_nowhere_is_a_line_that_says_so_and_tells_no_more(
    office: Office, worker_process: subprocess.Popen[str]
) -> None:
    await office.go_to(time(12))
    member = await office.make.member()
    notice_id = await tell(office.make, member)
    await until(lambda: _has_ended(office))
    worker_process.terminate()
    said, _ = worker_process.communicate(timeout=STOP_S)
    assert worker_process.returncode == 0
    assert await office.outcomes() == ["logged"]
    lines: list[dict[str, Any]] = [json.loads(line) for line in said.splitlines()]
    [line] = [line for line in lines if line["event"] == "notice_not_sent"]
    [job] = await office.jobs()
    assert (line["notice_kind"], line["channel"]) == (VOUCHER_EXPIRING, "push")
    assert (line["notice_id"], line["job_id"]) == (str(notice_id), str(job.id))
    assert "早餐券" not in said
    assert member.member_no not in said


async def _has_ended(office: Office) -> bool:
    return [job.state for job in await office.jobs()] == ["done"]
