"""What is loaded is left out of the collector's rounds, in a process of its own."""

import subprocess
import sys

SHOWN = """
import gc
from app.platform.collector import spare_what_is_loaded
loaded = [[] for _ in range(1_000)]
spare_what_is_loaded()
print(gc.get_freeze_count() >= 1_000, any(each is loaded for each in gc.get_objects()))
kept = [[] for _ in range(1_000)]
frozen = gc.get_freeze_count()
spare_what_is_loaded()
print(gc.get_freeze_count() == frozen, gc.isenabled())
"""


def test_what_is_loaded_is_spared_once_and_what_comes_later_is_looked_at() -> None:
    ran = subprocess.run(
        [sys.executable, "-P", "-c", SHOWN], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines() == ["True False", "True True"]
