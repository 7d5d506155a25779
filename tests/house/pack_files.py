"""The lists of CONTRIBUTING's "Adding a pack", read as a newcomer reads them.

A path's `<pack>` is the pack's name; any other `<word>` is for the pack to choose.
"""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from tests.house.source import ROOT

GUIDE = ROOT / "CONTRIBUTING.md"
REQUIRED, OPTIONAL, LINES = "Files that every pack has", "Files that a pack has when", "Lines in"
ALWAYS = "always"


class Row(NamedTuple):
    """One line of a list. `when` is `always`, or what makes it necessary."""

    path: str
    when: str
    told_by: str

    def pattern(self, pack: str) -> str:
        return re.sub(r"<\w+>", "*", self.path.replace("<pack>", pack))


def rows(title: str) -> list[Row]:
    """The rows of the list under the heading that begins so."""
    found = re.search(rf"^### {title}.*?$\n(.*?)(?=^##)", GUIDE.read_text(), re.M | re.S)
    assert found, f"CONTRIBUTING.md needs a heading `### {title} …`"
    return list(_rows(found.group(1)))


def _rows(text: str) -> Iterator[Row]:
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            path, when, told_by = cells[0].strip("`"), cells[1], cells[-1]
            yield Row(path, when, told_by)


def missing(pack: str, files: Iterable[str]) -> list[str]:
    """Which of the files that every pack has are not among these."""
    there = set(files)
    named = {row.pattern(pack) for row in [*rows(REQUIRED), *rows(OPTIONAL)]}
    # A use case is a module that has no name of its own in the lists.
    unnamed = there - named
    return [
        row.path.replace("<pack>", pack)
        for row in rows(REQUIRED)
        if row.pattern(pack) not in there
        and not any(fnmatchcase(file, row.pattern(pack)) for file in unnamed)
    ]


def files_below(folder: Path, *tops: str) -> list[str]:
    """Paths below a folder's folders of these names, without what Python leaves behind."""
    return sorted(
        path.relative_to(folder).as_posix()
        for top in tops
        for path in (folder / top).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
