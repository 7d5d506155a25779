"""`docs/architecture.md` draws the house as it stands."""

import re

from tests.house.source import ROOT

TREE = re.compile(r"```(?:text)?\n(app/\n.*?)```", re.DOTALL)
# Files as the page names them: from the top, or in a diagram from `app/`.
NAMED = re.compile(r"\b((?:app|routers|packs|shared|platform)/[\w/.]+\.(?:py|lua))\b")
INDENT = 2


def drawn() -> set[str]:
    """Paths in the page's tree: one a line, two spaces a level, folders end in a slash."""
    found = TREE.search((ROOT / "docs" / "architecture.md").read_text())
    assert found, "docs/architecture.md needs a fenced tree that begins with `app/`"
    paths: set[str] = set()
    above: list[str] = []
    for line in found.group(1).splitlines():
        if not line.strip():
            continue
        level = (len(line) - len(line.lstrip())) // INDENT
        name = line.split()[0]
        above = [*above[:level], name]
        paths.add("".join(above))
    return paths


def test_everything_that_is_drawn_is_there() -> None:
    assert not {path for path in drawn() if not (ROOT / path).exists()}


def test_every_room_is_drawn() -> None:
    rooms = {
        f"{path.parent.relative_to(ROOT)}/"
        for path in (ROOT / "app").rglob("__init__.py")
        if "__pycache__" not in path.parts
    }
    assert not rooms - drawn()


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(NAMED.findall((ROOT / "docs" / "architecture.md").read_text()))
    assert {"app/routers/guard.py", "routers/member/breakfast.py"} <= named
    gone = {name for name in named if not any((ROOT / top / name).exists() for top in ("", "app"))}
    assert gone == set()


def test_every_shared_room_is_on_the_way_of_a_claim_or_a_redemption() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    table = page.split("## Which shared rooms the two pass")[1].split("##")[0]
    rooms = {path.parent.name for path in (ROOT / "app" / "shared").glob("*/__init__.py")}
    assert {room for room in rooms if f"`{room}`" not in table} == set()
