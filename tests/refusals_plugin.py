"""pytest's side of `tests/refusals.py`: workers hand in what they heard, the controller compares.

A run of the whole suite (no paths given, nothing left out) that else went well fails if the
document and the tests do not agree, unless `refusals = "asked"` is set. Any run compares,
however it went, when it is asked with `--refusals`.
"""

import json
from typing import Any

import pytest

from tests.refusals import DOCUMENT, HEARD, Heard, Refused, documented, faults

# What makes of a run without paths less than the whole suite.
NARROWING = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "lf", "collectonly")
NOTES = "refusals"
_FAULTS = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refusals", action="store_true", help="compare refusals heard with those documented"
    )
    parser.addini(
        "refusals", "`whole`: a whole run compares unasked; else `asked`", default="whole"
    )


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker has ended: what it noted is noted here."""
    for refused, place in getattr(node, "workeroutput", {}).get(NOTES, ()):
        HEARD.add(Heard(Refused(*refused), place))


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput[NOTES] = [(tuple(each.refused), each.place) for each in HEARD]
    elif config.getoption("--refusals") or _was_whole_and_well(session):
        listed = documented(json.loads((config.rootpath / DOCUMENT).read_text()))
        found = config.stash[_FAULTS] = list(faults(listed, HEARD, config.rootpath))
        if found:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _was_whole_and_well(session: pytest.Session) -> bool:
    config = session.config
    if config.getini("refusals") != "whole":
        return False
    is_whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    narrowed = any(config.getoption(name, None) for name in NARROWING)
    return is_whole and not narrowed and session.exitstatus == pytest.ExitCode.OK


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if found := config.stash.get(_FAULTS, []):
        terminalreporter.section("refusals", red=True)
        for line in found:
            terminalreporter.write_line(line)
