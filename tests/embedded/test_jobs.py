"""The worker beside the web: what an operator notices of its deaths, and of the launcher's."""

import os
import re
import signal
import time

import pytest

from app.embedded.jobs import END_S
from app.shared.outbox.runner import DRAIN_S
from tests.embedded.conftest import Launch

PATIENCE_S = 15


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("the worker lives on")


def test_it_ends_with_what_started_it(launch: Launch) -> None:
    launcher = launch("tests.embedded.beside")
    pid = int(launcher.line())
    assert launcher.terminate() == 0
    wait_until_gone(pid)


def test_it_ends_when_its_launcher_is_killed(launch: Launch) -> None:
    launcher = launch("tests.embedded.beside")
    pid = int(launcher.line())
    launcher.kill()
    wait_until_gone(pid)


def test_one_that_dies_is_replaced(launch: Launch) -> None:
    launcher = launch("tests.embedded.beside")
    first = int(launcher.line())
    os.kill(first, signal.SIGKILL)
    assert int(launcher.line()) != first
    assert launcher.terminate() == 0


def test_one_that_dies_again_and_again_is_started_later_each_time_and_takes_nobody_with_it(
    launch: Launch,
) -> None:
    launcher = launch("tests.embedded.beside", DIES="yes")
    assert len({launcher.line() for _ in range(3)}) == 3
    launcher.process.send_signal(signal.SIGTERM)
    pauses = re.findall(r"ended \(3\); another starts in ([\d.]+) s", launcher.complaint())
    assert launcher.process.returncode == 0
    assert pauses[:2] == ["0.5", "1"]


def test_it_is_given_the_time_to_end_what_is_under_way() -> None:
    assert END_S > DRAIN_S + 2
