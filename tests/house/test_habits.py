"""Habits that a reader relies on without looking."""

import ast
import re

import pytest

from app.platform import fault_points
from tests.house.source import ROOT, Module, below, modules

# Real time, on purpose: everything that a moved clock must not touch.
REAL_TIME = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time)$")
REAL_TIME_ALLOWED = {
    "app/platform/clock.py": "it is the clock",
    "app/platform/moved_time.py": "it sets the clock's distance from real time",
    "app/shared/identity/tokens.py": "tokens run on real time",
    "app/shared/identity/access.py": "tokens run on real time",
    "app/shared/identity/verified.py": "tokens run on real time",
    "app/shared/identity/second_factor.py": "so does the phone that shows the six digits",
    "app/shared/notices/webhook_carrier.py": "whoever checks a signature's age has no other time",
    "app/shared/payments/wechat/signing.py": "the provider's signatures carry real time",
    "app/embedded/wechat_pay/book.py": "the provider's time is real",
    "app/replay/gift_boxes/bills.py": "and so is the day of a bill, whatever is played",
    "app/embedded/identity_provider.py": "tokens run on real time",
}
# Modules that speak to a person at a terminal.
TERMINAL = ("app.cli", "app.commands", "app.embedded")
# A limit or a folder, in capitals, may be smaller for a test; behaviour may not be replaced.
DOUBLES = re.compile(
    r"import unittest|from unittest|Magic(?=Mock)|import fakeredis|aiosqlite"
    r"|monkeypatch\.setattr\((?!\s*\w+,\s*\"[A-Z][A-Z0-9_]+\")"
)
SWEPT = ("app", "tests", "alembic", "benchmarks")


def test_transactions_are_blocks_that_one_can_see() -> None:
    for module in below("app.packs", "app.routers", "app.schemas"):
        for called, line in module.calls():
            assert not called.endswith((".commit", ".rollback")), f"{module.place}:{line}"


def test_nobody_asks_the_machine_for_the_time_but_the_clock() -> None:
    askers = {
        module.place
        for module in modules()
        for called, _ in module.calls()
        if REAL_TIME.search(called)
    }
    assert askers == set(REAL_TIME_ALLOWED)


def test_only_the_commands_write_to_the_terminal() -> None:
    for module in modules():
        if module.name.startswith(TERMINAL):
            continue
        for called, line in module.calls():
            assert called != "print", f"{module.place}:{line}"
            assert not called.startswith(("sys.stdout.", "sys.stderr.")), f"{module.place}:{line}"


def test_no_import_hides_in_a_function() -> None:
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                hidden = [each for each in ast.walk(node) if isinstance(each, _IMPORTS)]
                assert not hidden, f"{module.place}::{node.name}"


def test_nothing_is_put_off() -> None:
    put_off = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
    for folder in SWEPT:
        for path in sorted((ROOT / folder).rglob("*.py")):
            assert not put_off.search(path.read_text()), path


# What lies outside the project and has no protocol to speak.
STANDS_FOR_THE_WORLD = {
    "tests/embedded/test_identity_commands.py": "the person at the keyboard",
    "tests/house/test_habits.py": "nothing: this file names what is looked for",
}
REPLACES_NOTHING = {
    "tests/conftest.py": "the pools are made as the service makes them, and kept",
    "tests/races/test_free_box_erasure_races.py": "a control takes the guard out",
}


def test_no_double_stands_in_for_our_own_servers_or_logic() -> None:
    for path in sorted((ROOT / "tests").rglob("*.py")):
        found = DOUBLES.search(path.read_text())
        place = path.relative_to(ROOT).as_posix()
        allowed = place in STANDS_FOR_THE_WORLD or place in REPLACES_NOTHING
        assert bool(found) == allowed, f"{path}: {found}"


def test_routers_read_and_write_no_tables() -> None:
    for module in below("app.routers"):
        for name in module.imports():
            is_wiring = module.name == "app.routers.rooms"
            assert is_wiring or not name.startswith("sqlalchemy"), module.place
            is_table = name.startswith("app.models.")
            assert not is_table or name.startswith("app.models.states"), module.place


@pytest.mark.parametrize("module", below("app.schemas"), ids=lambda module: str(module.place))
def test_schemas_move_no_rows(module: Module) -> None:
    assert not [name for name in module.imports() if name.startswith("sqlalchemy")]


_IMPORTS = (ast.Import, ast.ImportFrom)


def test_only_a_test_can_fill_a_fault_point() -> None:
    """The service takes the points' names from their room, and nothing that could be filled."""
    room, taken = "app.platform.fault_points", {"Point", "reach"}
    for module in modules():
        found = {name.removeprefix(f"{room}.") for name in module.imports() if room in name}
        assert found <= {room, *taken}, module.place
        # The room's own name stands there only beside what is taken from it.
        assert room not in found or found & taken, module.place
    assert fault_points.hook is None
