"""`docs/staff.md` prints who may do what, and how far, as the service has it."""

from collections.abc import Iterator

from app.main import app
from app.models.states import Role
from app.routers.openapi import Operation, operations
from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "staff.md").read_text().splitlines()
OWN = "own"
STAFF = [each for each in operations(app.state.documents.whole) if "x-roles" in each.description]


def group_of(operation: Operation) -> str:
    return str(operation.description["tags"][0]).split(" · ")[1]


def groups(role: Role, *, reading: bool) -> str:
    """What an account of that role may read, or change, beside itself."""
    found = {
        group_of(each)
        for each in STAFF
        if role in each.description["x-roles"]
        and each.description["x-reach"] != OWN
        and (each.method == "get") == reading
    }
    return "; ".join(sorted(found)) or "—"


def rows() -> Iterator[str]:
    for role in Role:
        if role not in {Role.ADMINISTRATOR, Role.AUDITOR}:
            yield f"| `{role}` | {groups(role, reading=True)} | {groups(role, reading=False)} |"


def test_the_page_prints_what_each_role_may_do() -> None:
    printed = [line for line in PAGE if line.startswith("| `") and line.count("|") == 4]
    wanted = list(rows())
    assert printed == wanted, "\n" + "\n".join(wanted)


def test_the_administrator_changes_everything_and_the_auditor_nothing_of_others() -> None:
    for each in STAFF:
        roles = each.description["x-roles"]
        assert Role.ADMINISTRATOR in roles
        if Role.AUDITOR in roles and each.description["x-reach"] != OWN:
            assert each.method == "get"
