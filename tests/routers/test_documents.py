"""The documents: complete, in two languages, alike everywhere, and without the internet."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.main import app as unstarted
from app.platform.errors import REGISTRY
from app.routers.documents import GUIDES
from app.routers.guard import GuardedRoute
from app.routers.openapi import PROBLEM, Documents, Operation, audiences, operations
from app.routers.pages import STATIC
from app.routers.tags import TAGS
from app.schemas.seed_ids import FIRST_MEMBER_NO
from tests.factories import Factory, auth

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["/docs", "/docs/app", "/docs/store", "/docs/admin"]
OAUTH = "/v1/oauth/token"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]+ [a-z]+")

DOCUMENT = Documents(unstarted).whole
ALL = list(operations(DOCUMENT))
each_operation = pytest.mark.parametrize(
    "operation", ALL, ids=[f"{each.method} {each.path}" for each in ALL]
)


class Links(HTMLParser):
    """Everything that a browser would fetch for a page by itself, and inline scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.inline_scripts = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "link":
            self.fetched.append(given["href"] or "")
        if tag == "script":
            self.fetched.append(given.get("src") or "")
            self.inline_scripts += "src" not in given


async def test_the_served_document_is_the_committed_one(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == (ROOT / "openapi.json").read_bytes()


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_fetches_nothing_from_elsewhere_and_all_it_fetches_is_there(
    reader: httpx.AsyncClient, path: str
) -> None:
    answer = await reader.get(path)
    assert answer.status_code == 200
    links = Links(answer.text)
    assert links.inline_scripts == 0
    assert "swagger-ui-bundle.js" in str(links.fetched)
    for target in links.fetched:
        assert target.startswith("/docs/assets/")
        assert (await reader.get(target)).status_code == 200
    assert "script-src 'self';" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("audience", ["app", "store", "admin"])
async def test_an_audience_finds_its_own_operations_and_no_others(
    reader: httpx.AsyncClient, audience: str
) -> None:
    part = (await reader.get(f"/docs/{audience}/openapi.json")).json()
    shown = {(each.method, each.path) for each in operations(part)}
    assert shown == {(each.method, each.path) for each in ALL if audience in audiences(each.path)}
    assert dangling(part) == set()
    assert {name for each in operations(part) for name in each.description["tags"]} == {
        tag["name"] for tag in part["tags"]
    }


@pytest.mark.parametrize(("audience", "name"), GUIDES.items())
async def test_a_guide_is_served_as_it_is_written(
    reader: httpx.AsyncClient, audience: str, name: str
) -> None:
    answer = await reader.get(f"/docs/{audience}/guide")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == (ROOT / "docs" / name).read_text()


@pytest.mark.parametrize("name", GUIDES.values())
def test_the_image_has_the_guides(name: str) -> None:
    assert f"docs/{name}" in (ROOT / "Dockerfile").read_text()
    assert f"!docs/{name}" in (ROOT / ".dockerignore").read_text().splitlines()


async def test_staff_have_no_guide(reader: httpx.AsyncClient) -> None:
    assert (await reader.get("/docs/admin/guide")).status_code == 404


async def test_an_unknown_audience_is_not_found_as_a_problem(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/docs/everybody")
    assert answer.headers["content-type"] == PROBLEM
    assert answer.status_code == 404


@pytest.mark.parametrize("audience", ["all", "app", "store", "admin"])
async def test_every_page_says_how_to_get_a_token_here(
    reader: httpx.AsyncClient, audience: str
) -> None:
    path = "/openapi.json" if audience == "all" else f"/docs/{audience}/openapi.json"
    description = (await reader.get(path)).json()["info"]["description"]
    assert "./run token" in description
    assert CHINESE.search(description)
    assert ENGLISH.search(description)


async def test_the_front_door_leads_to_the_documents(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")


@each_operation
def test_an_operation_has_a_chinese_line_and_an_english_one(operation: Operation) -> None:
    assert CHINESE.search(operation.description["summary"])
    assert ENGLISH.search(operation.description["description"])


@each_operation
def test_every_refusal_of_an_operation_is_a_problem_with_an_example(operation: Operation) -> None:
    for status, response in operation.description["responses"].items():
        if int(status) < 400:
            continue
        shapes = set(response["content"])
        # OAuth 2 has a shape of its own for what goes wrong (RFC 6749, 5.2).
        assert PROBLEM in shapes or operation.path == OAUTH
        assert shapes - {PROBLEM} == set() or operation.path == OAUTH
        for code in response["content"].get(PROBLEM, {}).get("examples", {}):
            assert REGISTRY[code].status == int(status)
            assert f"`{code}`" in response["description"]


@each_operation
def test_an_operation_with_a_body_shows_one_that_can_be_sent(operation: Operation) -> None:
    content = operation.description.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        assert has_example(content["application/json"]), "give the schema an example"


def test_names_of_operations_are_unique_and_short() -> None:
    names = [each.description["operationId"] for each in ALL]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", name) for name in names)


def test_every_group_has_operations() -> None:
    used = {name for each in ALL for name in each.description["tags"]}
    assert used == set(TAGS.values())


def test_frameworks_own_shapes_of_errors_do_not_appear() -> None:
    assert "ValidationError" not in json.dumps(DOCUMENT)


def test_nothing_refers_to_what_is_not_there() -> None:
    assert dangling(DOCUMENT) == set()


def test_every_security_scheme_is_described() -> None:
    named = {
        name for each in ALL for requirement in each.description["security"] for name in requirement
    }
    assert named == set(DOCUMENT["components"]["securitySchemes"])


def test_who_may_call_agrees_with_the_path() -> None:
    for route in guarded_routes(unstarted):
        if route.access.audience == "store":
            assert route.path.startswith("/v1/store/")
        if route.access.audience == "staff":
            assert route.path.startswith("/v1/admin/")
        if route.access.audience == "member":
            assert audiences(route.path) == {"app"}


def test_the_page_renews_the_key_that_the_document_shows() -> None:
    keys = {
        parameter["example"]
        for each in ALL
        for parameter in each.description.get("parameters", [])
        if parameter["name"] == "Idempotency-Key"
    }
    (key,) = keys
    assert f"EXAMPLE_KEY = '{key}';" in (STATIC / "docs.js").read_text()


# What is handed out has to be there: tests/packs/gift_boxes/test_fulfilment.py.
HANDS_OUT = {"/v1/admin/orders/pickups"}
CREATING = [
    each.path
    for each in ALL
    if each.path.startswith("/v1/admin/") and "{" not in each.path
    if each.path not in HANDS_OUT and "201" in each.description["responses"]
    # A file is nobody's example: tests/packs/health/test_pictures.py sends one.
    if "multipart/form-data" not in each.description.get("requestBody", {}).get("content", {})
]


@pytest.mark.parametrize("path", CREATING)
async def test_the_example_of_what_staff_create_works_as_it_stands_on_an_empty_deployment(
    client: httpx.AsyncClient, make: Factory, path: str
) -> None:
    await make.campaign()
    # Whoever is posted for must be somebody: the example's is the seed's first.
    await make.member(member_no=FIRST_MEMBER_NO)
    takes_one = "requestBody" in DOCUMENT["paths"][path]["post"]
    shown = body_example("post", path) if takes_one else None
    created = await client.post(path, json=shown, headers=auth(await make.staff()))
    assert created.status_code == 201, created.text


async def test_the_example_of_a_batch_works_as_it_stands_and_the_batch_can_be_started(
    client: httpx.AsyncClient, make: Factory
) -> None:
    await make.campaign()
    token = await make.staff()
    shown = body_example("post", "/v1/admin/breakfast/batches")
    created = await client.post("/v1/admin/breakfast/batches", json=shown, headers=auth(token))
    assert created.status_code == 201, created.text
    batch = f"/v1/admin/breakfast/batches/{created.json()['id']}"
    reason = body_example("post", "/v1/admin/breakfast/batches/{batch_id}/start")
    started = await client.post(f"{batch}/start", json=reason, headers=auth(token))
    assert (started.status_code, started.json()["state"]) == (200, "running")


def guarded_routes(app: FastAPI) -> list[GuardedRoute]:
    routes = [context.original_route for context in iter_route_contexts(app.routes)]
    return [route for route in routes if isinstance(route, GuardedRoute)]


def dangling(document: dict[str, Any]) -> set[str]:
    """References to components that the document does not have."""
    components = document["components"]
    found = re.findall(r'"\$ref": "#/components/(\w+)/([^"]+)"', json.dumps(document))
    return {f"{kind}/{name}" for kind, name in found if name not in components[kind]}


def has_example(content: dict[str, Any]) -> bool:
    if "example" in content or "examples" in content:
        return True
    schema = resolve(content["schema"])
    if "example" in schema or "examples" in schema:
        return True
    required = [schema.get("properties", {}).get(name, {}) for name in schema.get("required", [])]
    return bool(required) and all("examples" in each or "default" in each for each in required)


def body_example(method: str, path: str) -> Any:
    """What Swagger UI fills in for the body of an operation."""
    body = DOCUMENT["paths"][path][method]["requestBody"]
    schema = resolve(body["content"]["application/json"]["schema"])
    if "example" in schema:
        return schema["example"]
    return {name: each["examples"][0] for name, each in schema["properties"].items()}


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").removeprefix("#/components/schemas/")
    found: dict[str, Any] = DOCUMENT["components"]["schemas"][name] if name else schema
    return found
