"""The OpenAPI document: what FastAPI derives from the routes, made ours, and cut by audience.

`openapi.json` in the project's top folder is this document; `./run openapi`
writes it, and a test holds the two together byte for byte.
"""

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.platform.errors import REGISTRY, BodyMalformed, BodyTooLarge, InputInvalid, Refusal
from app.routers.describe import SECURITY_SCHEMES, example, problem_description
from app.routers.staff_words import in_both
from app.routers.tags import TAGS, tag_of

TEXTS = Path(__file__).parent / "pages"
PROBLEM = "application/problem+json"
PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}
# FastAPI's own shapes of a bad request, which this service never sends.
FOREIGN_SCHEMAS = ("HTTPValidationError", "ValidationError")
# Packages of routers whose functions may be named like those of the members' edge.
PREFIXED = ("store", "admin")

_SCHEMA_REF = re.compile(r'"#/components/schemas/([^"]+)"')
_EXAMPLE_REF = re.compile(r'"#/components/examples/([^"]+)"')


class Operation(NamedTuple):
    method: str
    path: str
    description: dict[str, Any]


def operation_id(route: APIRoute) -> str:
    """The function's name, with its edge in front for stores and staff: `admin_create_batch`."""
    edge = route.endpoint.__module__.split(".")[-2]
    return f"{edge}_{route.name}" if edge in PREFIXED else route.name


def audiences(path: str) -> frozenset[str]:
    """In which of `/docs/app`, `/docs/store`, `/docs/admin` an operation stands."""
    if path == "/v1/oauth/token":
        return frozenset({"store", "admin"})
    for audience in ("store", "admin"):
        if path.startswith(f"/v1/{audience}/"):
            return frozenset({audience})
    return frozenset({"app"}) if path.startswith("/v1/") else frozenset()


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Every operation of a document, in its order."""
    for path, methods in document["paths"].items():
        for method, description in methods.items():
            yield Operation(method, path, description)


class Documents:
    """One an application. Built when first asked for, which takes most of a second, then kept.

    Ask from a thread where others are waiting.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._building = Lock()
        self._parts: dict[str, bytes] = {}

    @property
    def whole(self) -> dict[str, Any]:
        with self._building:
            return self._whole

    @cached_property
    def _whole(self) -> dict[str, Any]:
        document = deepcopy(self._app.openapi())
        document["info"]["description"] = _text("all")
        document["tags"] = [{"name": name} for name in dict.fromkeys(TAGS.values())]
        schemas = document["components"]["schemas"]
        for name in FOREIGN_SCHEMAS:
            schemas.pop(name, None)
        for schema in schemas.values():
            _put_in_order(schema)
        document["components"]["securitySchemes"] = SECURITY_SCHEMES
        for operation in operations(document):
            _amend(operation)
        document["components"]["examples"] = _examples(document["paths"])
        return document

    def written(self) -> bytes:
        """The whole document, as `openapi.json` has it."""
        return self._kept("all", lambda: self.whole)

    def part(self, audience: str) -> bytes:
        """The document of `app`, `store` or `admin`: its operations and what they refer to."""
        return self._kept(audience, lambda: _cut(self.whole, audience))

    def refusing(self, code: str) -> list[Operation]:
        """The operations that may answer with a refusal's code."""
        return self._refusing.get(code, [])

    @cached_property
    def _refusing(self) -> dict[str, list[Operation]]:
        found: dict[str, list[Operation]] = {}
        for operation in operations(self.whole):
            for response in operation.description["responses"].values():
                for code in response.get("content", {}).get(PROBLEM, {}).get("examples", {}):
                    found.setdefault(code, []).append(operation)
        return found

    def _kept(self, name: str, build: Callable[[], dict[str, Any]]) -> bytes:
        if name not in self._parts:
            self._parts[name] = _write(build())
        return self._parts[name]


def _write(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _put_in_order(schema: dict[str, Any]) -> None:
    """Pydantic sorts an example by letters; people read it as the fields are declared."""
    if example_of := schema.get("example"):
        names = list(schema["properties"])
        schema["example"] = dict(sorted(example_of.items(), key=lambda pair: names.index(pair[0])))


def _amend(operation: Operation) -> None:
    description = operation.description
    description["tags"] = [tag_of(operation.path)]
    named = f"{operation.method.upper()} {operation.path}"
    description["description"] = in_both(named, description["description"])
    for parameter in description.get("parameters", []):
        # Where Swagger UI looks for what it fills in.
        if examples := parameter["schema"].get("examples"):
            parameter.setdefault("example", examples[0])
    responses = description["responses"]
    if any(name in json.dumps(responses.get("422")) for name in FOREIGN_SCHEMAS):
        del responses["422"]
    for refusal in _refusals_of_input(description):
        _add(responses, refusal)
    for response in responses.values():
        if response["description"] == "Successful Response":
            response["description"] = "成功 · Done"
        content = response.get("content", {})
        # FastAPI lists a refusal's shape a second time, as plain JSON.
        if content.get("application/json", {}).get("schema") == PROBLEM_SCHEMA:
            del content["application/json"]
    description["responses"] = dict(sorted(responses.items()))


def _refusals_of_input(description: dict[str, Any]) -> tuple[type[Refusal], ...]:
    if "requestBody" in description:
        # Some routes call a body that is too large by a name of its own.
        too_large = () if "413" in description["responses"] else (BodyTooLarge,)
        return (BodyMalformed, *too_large, InputInvalid)
    read = [each for each in description.get("parameters", []) if each["in"] != "header"]
    return (InputInvalid,) if read else ()


def _add(responses: dict[str, Any], refusal: type[Refusal]) -> None:
    more = problem_description([refusal])
    there = responses.setdefault(str(refusal.status), more)
    problem = there["content"].setdefault(PROBLEM, {"schema": PROBLEM_SCHEMA, "examples": {}})
    if refusal.code not in problem["examples"]:
        there["description"] += "\n" + more["description"]
        problem["examples"].update(more["content"][PROBLEM]["examples"])


def _examples(paths: dict[str, Any]) -> dict[str, Any]:
    codes = sorted(set(_EXAMPLE_REF.findall(json.dumps(paths))))
    return {code: {"value": example(REGISTRY[code])} for code in codes}


def _cut(whole: dict[str, Any], audience: str) -> dict[str, Any]:
    paths = {path: item for path, item in whole["paths"].items() if audience in audiences(path)}
    text = json.dumps(paths)
    named = {name for each in operations({"paths": paths}) for name in each.description["tags"]}
    schemas = whole["components"]["schemas"]
    schemes = whole["components"]["securitySchemes"]
    used = _reachable(text, schemas)
    return {
        **whole,
        "info": {**whole["info"], "description": _text(audience)},
        "tags": [tag for tag in whole["tags"] if tag["name"] in named],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in schemas.items() if name in used},
            "examples": _examples(paths),
            "securitySchemes": {
                name: scheme for name, scheme in schemes.items() if f'{{"{name}": []}}' in text
            },
        },
    }


def _reachable(text: str, schemas: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    waiting = set(_SCHEMA_REF.findall(text))
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= set(_SCHEMA_REF.findall(json.dumps(schemas[name]))) - found
    return found


def _text(name: str) -> str:
    return (TEXTS / f"{name}.md").read_text()
