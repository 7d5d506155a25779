"""`./run serve`, from the first start to the last, with the service itself."""

import os
import signal
import sys
import time
from pathlib import Path

import httpx
import pytest

from app.embedded.service_file import served_url
from tests.embedded.conftest import Launch, Launcher, servers_run

PATIENCE_S = 60


def serve(launch: Launch, data_dir: Path, *arguments: str) -> Launcher:
    return launch("app.cli", "serve", "--data", str(data_dir), "--empty", *arguments)


def address(launcher: Launcher) -> str:
    """What it prints first on standard output, after an empty line."""
    launcher.line()
    return next(word for word in launcher.line().split() if word.startswith("http"))


def test_a_start_a_second_one_a_kill_and_an_orderly_end(launch: Launch, data_dir: Path) -> None:
    first = serve(launch, data_dir, "--port", "0", "--workers", "2")
    url = address(first)
    assert httpx.get(f"{url}/readyz").status_code == 200
    assert served_url(data_dir) == url

    second = serve(launch, data_dir, "--port", "0")
    assert f"is served already, at {url}" in second.complaint()
    assert second.process.returncode == 1

    first.kill()
    assert served_url(data_dir) is None
    again = serve(launch, data_dir, "--port", str(httpx.URL(url).port))
    assert address(again) == url
    assert httpx.get(f"{url}/readyz").status_code == 200

    assert again.terminate() == 0
    assert served_url(data_dir) is None
    assert not servers_run(data_dir)


def test_a_taken_port_is_told_in_one_line_before_anything_starts(
    launch: Launch, data_dir: Path
) -> None:
    address_in_use = launch("tests.embedded.server", "1", "0")
    port = address_in_use.line()
    refused = serve(launch, data_dir, "--port", port)
    assert refused.complaint() == (
        f"./run serve: port {port} is taken: name another with --port, or --port 0 for a free one"
    )
    assert not (data_dir / "postgres").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the worker in /proc")
def test_a_worker_beside_the_web_does_jobs_and_is_replaced_when_it_is_killed(
    launch: Launch, data_dir: Path
) -> None:
    launcher = serve(launch, data_dir, "--port", "0")
    url = address(launcher)
    asking = launch("app.cli", "token", "--data", str(data_dir), "staff", "administrator")
    token = asking.line()
    assert asking.end() == 0
    swept = wait_for_sweeps(url, token, more_than=0)

    killed = job_worker_of(launcher)
    os.kill(killed, signal.SIGKILL)
    clock = launch("app.cli", "clock", "--data", str(data_dir), "--advance", "2h")
    assert clock.end() == 0
    wait_for_sweeps(url, token, more_than=swept)
    assert httpx.get(f"{url}/readyz").json()["jobs"]["failed_count"] == 0

    second = job_worker_of(launcher)
    assert second != killed
    assert launcher.terminate() == 0
    assert not Path(f"/proc/{second}").exists()


def wait_for_sweeps(url: str, token: str, *, more_than: int) -> int:
    """How many jobs are done, once they are more than that."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        answer = httpx.get(
            f"{url}/v1/admin/jobs",
            params={"state": "done"},
            headers={"Authorization": f"Bearer {token}"},
        )
        if (done := len(answer.json()["items"])) > more_than:
            return done
        time.sleep(0.1)
    pytest.fail("nobody does jobs")


def job_worker_of(launcher: Launcher) -> int:
    """The process of the launcher's worker."""
    pid = launcher.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    [found] = [
        child
        for child in map(int, children)
        if b"app.embedded.job_worker" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]
    return found
