"""Every refusal that the document lists is given to a test, and no other is given.

The rule, held when a run is asked with `--refusals`, and unasked at the end of every whole run
where `pyproject.toml` does not say otherwise: each operation, status and code of
`openapi.json` was answered to a test in whose file that code stands written, so that it was
expected there and not come upon by chance. No refusal is exempt, and no operation. Tests that
send whatever comes up (`BY_CHANCE`) show nothing by meeting a refusal. The other way round,
whatever any test was answered must stand in the document at that operation and status.

Clients note what they hear (`event_hooks=NOTING`); pytest's workers hand their notes to the
controller, which compares. A run of some tests compares too if it is asked with `--refusals`,
and then lists what those tests leave out.
"""

import json
import os
import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from starlette.routing import compile_path

DOCUMENT = "openapi.json"
PROBLEM = "application/problem+json"
ROOT = Path(__file__).parents[1]
BY_CHANCE = ("tests/contract/", "tests/stateful/")


class Refused(NamedTuple):
    """What an operation, by its template, may answer."""

    method: str
    path: str
    status: int
    code: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.status} {self.code}"


class Heard(NamedTuple):
    """A refusal, and the file of the test that was given it."""

    refused: Refused
    place: str


HEARD: set[Heard] = set()


async def _note(response: httpx.Response) -> None:
    if response.headers.get("content-type") != PROBLEM:
        return
    asked = response.request
    path = _template(asked.method, asked.url.path)
    if path is not None:
        await response.aread()
        refused = Refused(asked.method, path, response.status_code, response.json()["code"])
        HEARD.add(Heard(refused, os.environ["PYTEST_CURRENT_TEST"].partition("::")[0]))


# For every client that asks the service: `httpx.AsyncClient(event_hooks=NOTING)`.
NOTING = {"response": [_note]}


def documented(document: dict[str, Any]) -> set[Refused]:
    """Every refusal of every operation of an OpenAPI document."""
    return {
        Refused(method.upper(), path, int(status), code)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for status, response in operation["responses"].items()
        for code in response.get("content", {}).get(PROBLEM, {}).get("examples", {})
    }


def faults(listed: set[Refused], heard: Collection[Heard], root: Path) -> Iterator[str]:
    """In lines to read: what no test was given on purpose, and what is not documented."""
    on_purpose = {each.refused for each in heard if _is_on_purpose(each, root)}
    for refused in sorted(listed - on_purpose):
        yield f"documented, and given to no test on purpose: {refused}"
    for each in sorted(heard):
        if each.refused not in listed:
            yield f"not documented, and given in {each.place}: {each.refused}"


def _is_on_purpose(heard: Heard, root: Path) -> bool:
    if heard.place.startswith(BY_CHANCE):
        return False
    return re.search(rf"\b{heard.refused.code}\b", _text(root / heard.place)) is not None


@cache
def _text(path: Path) -> str:
    return path.read_text()


@cache
def _templates() -> list[tuple[str, str, re.Pattern[str]]]:
    """Method, path and pattern of every operation; those with fewer parameters first."""
    paths = json.loads((ROOT / DOCUMENT).read_text())["paths"]
    return sorted(
        (
            (method.upper(), path, compile_path(path)[0])
            for path, operations in paths.items()
            for method in operations
        ),
        key=lambda each: each[1].count("{"),
    )


def _template(method: str, path: str) -> str | None:
    for known, template, pattern in _templates():
        if known == method and pattern.match(path):
            return template
    return None
