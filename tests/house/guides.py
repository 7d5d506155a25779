"""The two guides for developers outside, read as a reader would: tables, calls, examples."""

import re
from functools import cache
from typing import NamedTuple

from tests.house.source import ROOT

STORES, APPS = "for-stores", "for-apps"
_REFUSAL = re.compile(r"^\| `(\w+)` \| (\d{3}) \| ([^|]+) \|", re.MULTILINE)
_CASE = re.compile(r"^\| (\d+) \| `(\w+)` \| ([^|]+) \| `(\w+)`", re.MULTILINE)
_CALL = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^\s`?]+)")
_PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


class ListedRefusal(NamedTuple):
    code: str
    status: int
    title: str


class ListedCase(NamedTuple):
    number: int
    name: str
    to_do: str
    expected: str


@cache
def guide(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text()


def listed_refusals(name: str) -> list[ListedRefusal]:
    """The rows of the guide's table of refusals."""
    return [
        ListedRefusal(code, int(status), title.strip())
        for code, status, title in _REFUSAL.findall(guide(name))
    ]


def listed_cases() -> list[ListedCase]:
    """The rows of the certification list that have a test code."""
    return [
        ListedCase(int(number), name, to_do.strip(), expected)
        for number, name, to_do, expected in _CASE.findall(guide(STORES))
    ]


def calls(name: str) -> set[tuple[str, str]]:
    """Method and path template of every operation that the guide names."""
    return set(_CALL.findall(guide(name)))


def python_examples(name: str) -> list[str]:
    return _PYTHON.findall(guide(name))
