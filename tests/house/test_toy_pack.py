"""A sixth pack added by CONTRIBUTING's lists to a copy of this tree, and run there for real.

`tests/house/toy` has its files; its lines in files that are there stand below. It may consist
of nothing that the lists do not name, and of everything that they demand of every pack.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from app.platform.migrations import VERSIONS, heads
from tests.house.pack_files import (
    ALWAYS,
    LINES,
    OPTIONAL,
    REQUIRED,
    Row,
    files_below,
    missing,
    rows,
)
from tests.house.source import ROOT

PACK = "seats"
TOY = Path(__file__).parent / "toy"
TOPS = ("alembic", "app", "docs", "tests")
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*", "toy")
# Databases of Redis beyond those of the workers of this run.
BESIDE_THE_WORKERS = 8
# Of the permissions' table those that tell about a pack without asking in every role.
PERMISSIONS = [
    f"tests/routers/test_permissions.py::{name}"
    for name in (
        "test_every_route_stands_in_the_table_once_and_nothing_else_does",
        "test_without_a_good_token_nothing_but_the_public_answers[no token]",
    )
]
# They are about no pack, and take as long as all others.
SLOW = "filled_tables or would_be_noticed or same_every_time"
ABOUT_NO_CALLS = f"not ({SLOW} or may_call or answers or told_so)"
START = """
import asyncio
from app.main import open_rooms
from app.platform.settings import Settings

async def start():
    async with open_rooms(Settings()):
        print("started")

asyncio.run(start())
"""

Edit = Callable[[str], str]


def after(line: str, new: str) -> Edit:
    """A new line behind the first that begins so."""
    return lambda text: re.sub(
        rf"^({re.escape(line)}.*)$", rf"\1\n{new}", text, count=1, flags=re.M
    )


# What a person edits. The rest of the changed files is written by commands.
EDITS: dict[str, Edit] = {
    "app/packs/__init__.py": lambda text: text.replace("KINDS = (", 'KINDS = ("seats", '),
    "app/models/states.py": after('    GIFT_BOXES = "gift_boxes"', '    SEATS = "seats"'),
    "app/embedded/edition.py": after(
        "PACKS = (",
        '    PackText(PackKind.SEATS, Words("讲座", "Talks"), Words("领座位。", "Claim a seat.")),',
    ),
    "app/routers/tags.py": after('    "/v1/breakfast"', '    "/v1/seats": "讲座 · Talks",'),
    "app/routers/flows.py": after(
        '    "POST /v1/breakfast',
        '    "POST /v1/seats/talks/{talk_id}/claims": "seats.claim",',
    ),
    "tests/routers/permissions.txt": after(
        "GET    /v1/breakfast/batches ",
        "GET /v1/seats/talks/{talk_id} member\nPOST /v1/seats/talks/{talk_id}/claims member",
    ),
    "docs/architecture.md": after("    breakfast/       batches", "    seats/  seats at talks"),
    "docs/for-apps.md": after(
        "| `sold_out` | 409", "| `talk_closed` | 409 | 报名已截止 | 报名已截止 | 熄灭按钮 |"
    ),
    "CHANGELOG.md": after("## Unreleased", "\n- Seats at talks."),
}
# What is easily forgotten.
UNWRITTEN = {
    "app/models/kept/seats.py",
    "app/packs/seats/personal_data.py",
    "docs/architecture.md",
    "docs/for-apps.md",
    "openapi.json",
    "tests/routers/permissions.txt",
}
WRITTEN = {
    "openapi.json": ("app.cli", "openapi"),
    "docs/personal-data.md": ("tests.house.column_classes",),
}


@dataclass(frozen=True)
class Tree:
    """A copy of the project, with what a process in it is given."""

    folder: Path
    environ: dict[str, str]

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", *arguments],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )

    def pytest(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.python("-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)

    def files(self) -> list[str]:
        return files_below(self.folder, *TOPS)


@pytest.fixture(scope="module")
def tree(database: URL, worker: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    """This project with the toy pack in it, complete."""
    folder = tmp_path_factory.mktemp("project") / "tree"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    shutil.copy(ROOT / ".dockerignore", folder)
    tree = Tree(folder, environment(database, worker, folder))
    add_files(folder)
    for path, edit in EDITS.items():
        write(folder / path, edit)
    for path, command in WRITTEN.items():
        done = tree.python("-m", *command)
        assert done.returncode == 0, f"{path}: {done.stderr}"
    yield tree
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def bare(tree: Tree) -> Iterator[Tree]:
    """The same without a file that is found by its name, and without what is often forgotten."""
    taken = [*UNWRITTEN, "app/packs/seats/home.py"]
    there = {name: (tree.folder / name).read_bytes() for name in taken}
    for name in taken:
        before = ROOT / name
        (tree.folder / name).unlink()
        if before.exists():
            shutil.copy(before, tree.folder / name)
    yield tree
    for name, content in there.items():
        (tree.folder / name).write_bytes(content)


def noticing() -> list[str]:
    """The house tests that the lists name, and those of every module."""
    named = {
        path for row in listed_rows() for path in re.findall(r"`(tests/house/\S+)`", row.told_by)
    }
    of_every_module = [f"tests/house/test_{name}.py" for name in ("habits", "names", "packs")]
    return sorted({*named, *of_every_module})


def environment(database: URL, worker: int, folder: Path) -> dict[str, str]:
    """Servers as here; databases beside those that this run's tests use."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    redis = make_url(os.environ["REDIS_URL"]).set(database=str(BESIDE_THE_WORKERS + worker))
    return {
        **ours,
        "PYTHONPATH": str(folder),
        "DATABASE_URL": database.render_as_string(hide_password=False),
        "REDIS_URL": redis.render_as_string(hide_password=False),
    }


def add_files(folder: Path) -> None:
    (head,) = heads(VERSIONS)
    for name in files_below(TOY, *TOPS):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text((TOY / name).read_text().replace('"the head"', f'"{head}"'))


def write(path: Path, edit: Edit) -> None:
    before = path.read_text()
    assert edit(before) != before, f"{path.name} has changed: teach EDITS where the line goes now"
    path.write_text(edit(before))


def listed_rows() -> list[Row]:
    return [*rows(REQUIRED), *rows(OPTIONAL), *rows(LINES)]


def listed(title: str, *, when: str | None = None) -> list[str]:
    return [row.pattern(PACK) for row in rows(title) if when is None or row.when.startswith(when)]


def test_the_toy_has_what_the_lists_demand_and_nothing_that_they_do_not_name(tree: Tree) -> None:
    added = set(tree.files()) - set(files_below(ROOT, *TOPS))
    assert missing(PACK, added) == []
    named = [*listed(REQUIRED), *listed(OPTIONAL)]
    assert [file for file in added if not any(fnmatchcase(file, each) for each in named)] == []


def test_it_changes_no_file_that_the_lists_do_not_name_and_each_that_they_demand(
    tree: Tree,
) -> None:
    there = [*files_below(ROOT, *TOPS), *(path.name for path in ROOT.iterdir() if path.is_file())]
    changed = {
        name
        for name in there
        if (tree.folder / name).is_file()
        and (tree.folder / name).read_bytes() != (ROOT / name).read_bytes()
    }
    assert changed <= set(listed(LINES))
    assert set(listed(LINES, when=ALWAYS)) <= changed


def test_it_grants_keeps_and_shows_and_the_house_is_in_order(tree: Tree) -> None:
    """Its own tests, on servers and on tables that its migration has made; the house's tests."""
    quick = f"not ({SLOW} or committed_document)"
    done = tree.pytest(f"tests/packs/{PACK}", *PERMISSIONS, *noticing(), "-k", quick)
    assert done.returncode == 0, done.stdout


def test_what_nobody_has_written_is_named_by_the_test_that_the_lists_name(bare: Tree) -> None:
    told_by = {row.path: row.told_by.strip("`") for row in listed_rows() if is_unwritten(row)}
    assert len(told_by) == len(UNWRITTEN)
    done = bare.pytest("tests/house/test_packs.py", *set(told_by.values()), "-k", ABOUT_NO_CALLS)
    failed = set(re.findall(r"^FAILED ([^:]+)::", done.stdout, re.MULTILINE))
    assert {path: test for path, test in told_by.items() if test not in failed} == {}
    assert "not there: app/packs/seats/home.py, app/models/kept/seats.py" in done.stdout


def is_unwritten(row: Row) -> bool:
    return row.pattern(PACK) in UNWRITTEN


def test_a_service_that_lacks_a_file_of_a_pack_does_not_start_and_says_which(bare: Tree) -> None:
    done = bare.python("-c", START)
    assert done.returncode != 0
    assert "No module named 'app.packs.seats.home'" in done.stderr


@pytest.mark.parametrize("row", rows(REQUIRED), ids=lambda row: str(row.path))
def test_a_file_that_every_pack_has_is_named_when_it_is_missing(row: Row) -> None:
    named = {each.pattern(PACK) for each in listed_rows()}
    files = set(files_below(TOY, *TOPS))
    assert missing(PACK, files) == []
    of_row = {row.pattern(PACK)} & files or {
        file for file in files - named if fnmatchcase(file, row.pattern(PACK))
    }
    assert missing(PACK, files - of_row) == [row.path.replace("<pack>", PACK)]
