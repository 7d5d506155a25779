"""`./run bench` from end to end, as small as it goes: that it measures, not what."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_path_is_measured_against_its_references_and_conservation_is_checked(
    tmp_path: Path,
) -> None:
    written = tmp_path / "ratios.json"
    ran = subprocess.run(
        [
            *(sys.executable, "-P", "-m", "app.cli", "bench", "claim_without_redis"),
            *("--rounds", "1", "--scale", "0.02", "--json", str(written)),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "ENVIRONMENT": "local"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    # Whether the target is met says nothing at this size; anything else is a fault.
    assert ran.returncode in {0, 1}, ran.stderr
    [row] = json.loads(written.read_text())
    assert (row["path"], row["reference"]) == ("claim_without_redis", "with Redis")
    assert 0 < row["low"] <= row["ratio"] <= row["high"]
    assert "round 1 of 1" in ran.stderr
    assert "full first" in ran.stdout
