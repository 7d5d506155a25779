"""Room for a rush, whatever the system hands out at first."""

import subprocess
import sys

import pytest

from tests.house.source import ROOT

ASKED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (256, int(sys.argv[1])))
from app.platform.open_files import allow_many_connections
allow_many_connections()
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize("hard", [1_024, 4_096])
def test_a_low_soft_limit_is_raised_as_far_as_the_hard_one_lets_it(hard: int) -> None:
    # In a process of its own: a hard limit that was lowered stays so.
    said = subprocess.run(
        [sys.executable, "-c", ASKED, str(hard)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert int(said) == hard
