"""Who may call what, for every route and every kind of caller: `permissions.txt` is the law."""

import re
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import httpx
import pytest

from app.embedded.identity_provider import IdentityProvider
from app.main import app as unstarted
from app.models.states import Role
from tests.factories import Factory, auth
from tests.routers.test_documents import guarded_routes

pytestmark = pytest.mark.anyio

TABLE = Path(__file__).parent / "permissions.txt"
ROLES = {str(role) for role in Role}
KINDS = {"public", "member", "store"}
DENIED = {401, 403}
# Whoever sees one comes in with it: it is no reading matter, and nothing for the auditor.
PICTURES_OF_CREDENTIALS = re.compile(r"/onboarding-codes/\{code_id\}\.svg$")
# Everybody's own account is theirs to change, the auditor's too.
OWN_ACCOUNT = "/v1/admin/me"
# OAuth's endpoint looks at the credentials in its form, the payment provider's at a signature:
# their 401 is not about a token.
ANSWERS_401_ITSELF = {"/v1/oauth/token", "/v1/payments/wechat/notifications"}


class Row(NamedTuple):
    method: str
    path: str
    callers: frozenset[str]

    @property
    def is_public(self) -> bool:
        return self.callers == {"public"}

    @property
    def address(self) -> str:
        """The path with ids that name nothing."""
        by_id = re.sub(r"\{\w+_id\}", str(UUID(int=1)), self.path)
        return re.sub(r"\{\w+\}", "nothing-here", by_id)


def read_table() -> list[Row]:
    lines = [line.split() for line in TABLE.read_text().splitlines() if line[:1] not in ("", "#")]
    return [Row(method, path, frozenset(callers)) for method, path, *callers in lines]


ROWS = read_table()


def test_every_route_stands_in_the_table_once_and_nothing_else_does() -> None:
    listed = [(row.method, row.path) for row in ROWS]
    assert len(listed) == len(set(listed))
    served = {
        (method, route.path) for route in guarded_routes(unstarted) for method in route.methods
    }
    assert set(listed) == served


def test_a_row_names_one_kind_of_caller_or_roles_of_staff() -> None:
    for row in ROWS:
        assert row.callers <= ROLES or (len(row.callers) == 1 and row.callers <= KINDS), row


def test_the_administrator_may_do_everything_of_staff_and_the_auditor_only_read() -> None:
    for row in ROWS:
        if row.path == OWN_ACCOUNT or row.path.startswith(f"{OWN_ACCOUNT}/"):
            assert row.callers == ROLES, row
        elif row.callers <= ROLES:
            assert "administrator" in row.callers, row
            reads = row.method == "GET" and not PICTURES_OF_CREDENTIALS.search(row.path)
            assert ("auditor" in row.callers) == reads, row


async def answers(
    client: httpx.AsyncClient, headers: dict[str, str] | None = None
) -> dict[Row, httpx.Response]:
    return {row: await client.request(row.method, row.address, headers=headers) for row in ROWS}


def mistaken(
    found: dict[Row, httpx.Response], *, admits: set[str], denial: tuple[int, str]
) -> list[str]:
    """Rows whose answer is not what the table says for a caller of these kinds."""
    wrong = []
    for row, answer in found.items():
        if row.is_public or row.callers & admits:
            denied = answer.status_code in DENIED and row.path not in ANSWERS_401_ITSELF
            right = not denied and answer.status_code < 500
        else:
            right = (answer.status_code, answer.json().get("code")) == denial
        if not right:
            wrong.append(f"{row.method} {row.path}: {answer.status_code} {answer.text[:120]}")
    return wrong


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJNMDAwMDAwMDEifQ."},
    ],
    ids=["no token", "empty", "garbage", "another scheme", "unsigned"],
)
async def test_without_a_good_token_nothing_but_the_public_answers(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    found = await answers(client, headers)
    assert mistaken(found, admits=set(), denial=(401, "unauthenticated")) == []
    for row, answer in found.items():
        if not row.is_public:
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_member_may_call_what_members_may(client: httpx.AsyncClient, make: Factory) -> None:
    found = await answers(client, auth(make.token(await make.member())))
    assert mistaken(found, admits={"member"}, denial=(403, "forbidden")) == []


async def test_a_good_token_of_somebody_who_is_no_member_is_told_so(
    client: httpx.AsyncClient, identity_provider: IdentityProvider
) -> None:
    found = await answers(client, auth(identity_provider.issue("T99999999")))
    members = {row: answer for row, answer in found.items() if "member" in row.callers}
    others = {row: answer for row, answer in found.items() if row not in members}
    assert mistaken(members, admits=set(), denial=(403, "member_not_registered")) == []
    assert mistaken(others, admits=set(), denial=(403, "forbidden")) == []


async def test_a_till_may_call_what_stores_may(client: httpx.AsyncClient, make: Factory) -> None:
    found = await answers(client, auth(await make.till()))
    assert mistaken(found, admits={"store"}, denial=(403, "forbidden")) == []


@pytest.mark.parametrize("role", Role)
async def test_staff_may_call_what_their_role_may(
    client: httpx.AsyncClient, make: Factory, role: Role
) -> None:
    found = await answers(client, auth(await make.staff(role)))
    assert mistaken(found, admits={str(role)}, denial=(403, "forbidden")) == []


async def test_two_roles_may_call_what_either_may(client: httpx.AsyncClient, make: Factory) -> None:
    found = await answers(client, auth(await make.staff(Role.FINANCE, Role.STORE_MANAGER)))
    assert mistaken(found, admits={"finance", "store_manager"}, denial=(403, "forbidden")) == []
