"""A good call of every operation, made of the document's own examples, and who may make it.

What it names need not be there: ids without an example name nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx

from app.main import app
from app.models.states import Role
from app.routers.guard import GuardedRoute
from app.routers.openapi import PROBLEM, Operation, operations
from tests.factories import Factory, auth
from tests.routers.test_documents import body_example, guarded_routes
from tests.shared.files.samples import encoded

NOTHING = UUID(int=1)
KEY = "5f0c3a52-6b0e-4c53-8f0e-3f0d5a1c9b77"
FILES: dict[str, bytes] = {
    "/v1/admin/health/quizzes/{quiz_id}/questions/import": """code,kind,text,option_a,option_b,key
B1,single,洗手多久？,5 秒,20 秒,B
""".encode(),
    "/v1/admin/orders/shipments/import": """order_no,carrier,number
A-1,顺丰速运,SF0001
""".encode(),
    "/v1/files": encoded("PNG"),
    "/v1/admin/files": encoded("PNG"),
    "/v1/admin/members/import": """member_no,name,id_number,phone,district,categories
P1,王小明,11010519491231002X,12000000001,west_coast,outdoor
""".encode(),
    "/v1/admin/stores/import": """store_no,name,merchant,district,address,lat,lng,opens,closes
S1,门店,晨光里,shinan,香港中路1号,36.07,120.38,06:00,24:00
""".encode(),
}
SIGN_IN = {"grant_type": "password", "username": "nobody", "password": "no such account"}
PUBLIC = "public"


@dataclass(frozen=True)
class Call:
    """`body` as httpx takes it: `json`, `files`, `data` or `content`."""

    operation: Operation
    path_parameters: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None

    @property
    def name(self) -> str:
        return f"{self.operation.method.upper()} {self.operation.path}"

    @property
    def route(self) -> GuardedRoute:
        return _ROUTES[self.operation.method.upper(), self.operation.path]

    @property
    def names_objects(self) -> bool:
        return "_id}" in self.operation.path

    def lists(self, code: str) -> bool:
        """Whether the document has that refusal at this operation."""
        responses = self.operation.description["responses"].values()
        return any(
            code in response.get("content", {}).get(PROBLEM, {}).get("examples", {})
            for response in responses
        )

    def but(self, **changes: Any) -> "Call":
        return replace(self, **changes)

    async def send(self, client: httpx.AsyncClient, headers: Mapping[str, str]) -> httpx.Response:
        key = {"Idempotency-Key": self.key} if self.key is not None else {}
        return await client.request(
            self.operation.method,
            self.operation.path.format(**self.path_parameters),
            params=self.query,
            headers={**headers, **key, **self.headers},
            **self.body,
        )


def good_calls() -> list[Call]:
    """One an operation, in the document's order."""
    return [_good_call(each) for each in operations(app.state.documents.whole)]


def _good_call(operation: Operation) -> Call:
    described = operation.description
    parameters = described.get("parameters", [])
    shown = {each["name"]: each.get("example", str(NOTHING)) for each in parameters}
    return Call(
        operation,
        {name: shown[name] for name in re.findall(r"\{(\w+)\}", operation.path)},
        {each["name"]: each["example"] for each in parameters if _is_shown_in_query(each)},
        _good_body(operation),
        key=KEY if "Idempotency-Key" in shown else None,
    )


def _is_shown_in_query(parameter: dict[str, Any]) -> bool:
    return parameter["in"] == "query" and "example" in parameter


def _good_body(operation: Operation) -> dict[str, Any]:
    content = operation.description.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        return {"json": body_example(operation.method, operation.path)}
    if "multipart/form-data" in content:
        return {"files": {"file": ("file", FILES[operation.path])}}
    return {"data": SIGN_IN} if content else {}


async def callers(make: Factory) -> dict[str, dict[str, str]]:
    """Headers of one caller of each kind of `Access.audience`; staff is an administrator, and
    of finance, without which even an administrator changes no bank account."""
    return {
        "member": auth(make.token(await make.member())),
        "store": auth(await make.till()),
        "staff": auth(await make.staff(Role.ADMINISTRATOR, Role.FINANCE)),
        PUBLIC: {},
    }


_ROUTES = {(method, route.path): route for route in guarded_routes(app) for method in route.methods}
