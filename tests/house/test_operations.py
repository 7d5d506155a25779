"""`docs/operations.md` lists what a deployment can set, as the settings have it."""

import re

from app.platform.settings import Settings
from tests.house.source import ROOT

ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)
SECTION = re.compile(r"^## Settings\n(.*?)^## ", re.DOTALL | re.MULTILINE)


def printed() -> dict[str, str]:
    """Each variable of the page's table with what it says about the default."""
    section = SECTION.search((ROOT / "docs" / "operations.md").read_text())
    assert section, "docs/operations.md needs a section `## Settings`"
    return dict(ROW.findall(section.group(1)))


def test_every_setting_is_listed_and_no_other() -> None:
    assert printed().keys() == {name.upper() for name in Settings.model_fields}


def test_the_page_says_what_is_required_and_what_holds_otherwise() -> None:
    for name, field in Settings.model_fields.items():
        said = printed()[name.upper()]
        assert (said == "required") == field.is_required(), name
        if field.default is not None and not field.is_required():
            assert said == f"`{field.default}`", name
