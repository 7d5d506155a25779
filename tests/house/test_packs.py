"""Every pack consists of what CONTRIBUTING's lists say, and the lists name all that is found."""

import re
from collections.abc import Sequence

import pytest

from app.packs import KINDS
from tests.house.pack_files import LINES, OPTIONAL, REQUIRED, Row, files_below, missing, rows
from tests.house.source import ROOT, modules

TOPS = ("alembic", "app", "tests")
# Its tables came with the first ones, before there were packs beside each other.
OLDER_THAN_THE_LIST = {"breakfast": ["alembic/versions/<minute>_breakfast.py"]}
FOUND_BY_NAME = re.compile(r"modules_named\(\"(\w+)\"\)|app\.packs\.\{kind\}\.(\w+)")


@pytest.mark.parametrize("pack", KINDS)
def test_a_pack_has_every_file_that_a_pack_has(pack: str) -> None:
    known = OLDER_THAN_THE_LIST.get(pack, [])
    absent = [path for path in missing(pack, files_below(ROOT, *TOPS)) if path not in known]
    assert not absent, f"not there: {', '.join(absent)}"


def test_a_pack_without_any_file_is_told_all_of_them() -> None:
    told = missing("nothing", files_below(ROOT, *TOPS))
    assert told == [row.path.replace("<pack>", "nothing") for row in rows(REQUIRED)]


def test_every_name_that_is_found_in_a_pack_is_in_the_lists() -> None:
    found = {
        name
        for module in modules()
        for names in FOUND_BY_NAME.findall(module.text)
        for name in names
        if name
    }
    listed = {row.path for row in [*rows(REQUIRED), *rows(OPTIONAL)]}
    assert {"home", "holdings", "jobs", "notices"} <= found
    assert {f"app/packs/<pack>/{name}.py" for name in found} <= listed


def test_what_the_lists_point_to_is_there() -> None:
    everything: Sequence[Row] = [*rows(REQUIRED), *rows(OPTIONAL), *rows(LINES)]
    pointed_to = {path for row in everything for path in re.findall(r"`(tests/\S+)`", row.told_by)}
    edited = {row.path for row in rows(LINES)}
    assert {path for path in pointed_to | edited if not (ROOT / path).is_file()} == set()
