"""`./run import`, as the person at the keyboard sees it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.platform.settings import Settings
from app.routers.rooms import Rooms

ROOT = Path(__file__).parents[2]
STORES = """store_no,name,merchant,district,address,lat,lng,opens,closes
S1,门店,晨光里,shinan,香港中路1号,36.07,120.38,06:00,24:00
S2,门店,晨光里,nowhere,香港中路2号,36.07,120.38,06:00,24:00
"""

pytestmark = pytest.mark.anyio


def run_import(
    settings: Settings, folder: Path, kind: str, content: str
) -> subprocess.CompletedProcess[str]:
    file = folder / "file.csv"
    file.write_text(content, encoding="gb18030")
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "import", "--data", str(folder), kind, str(file)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": str(settings.database_url)},
        capture_output=True,
        text=True,
        check=False,
    )


async def test_refused_rows_are_listed_and_no_failure(
    rooms: Rooms, settings: Settings, tmp_path: Path
) -> None:
    first = run_import(settings, tmp_path, "stores", STORES)
    again = run_import(settings, tmp_path, "stores", STORES)

    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    refused, figures = first.stdout.splitlines()
    assert refused.startswith("line 3: district_unknown: ")
    assert figures == "2 rows read: 1 added, 0 changed, 0 unchanged, 1 refused"
    assert again.stdout.endswith("0 added, 0 changed, 1 unchanged, 1 refused\n")


async def test_a_file_that_cannot_be_read_is_one_line(
    rooms: Rooms, settings: Settings, tmp_path: Path
) -> None:
    done = run_import(settings, tmp_path, "members", STORES)

    assert (done.returncode, done.stdout) == (1, "")
    assert "id_number: this column is missing" in done.stderr.splitlines()[-1]
