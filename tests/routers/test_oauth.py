"""Tokens over HTTP: what a till, a member of staff and the wrong door get."""

import base64
import time
from datetime import timedelta
from typing import Any

import anyio
import httpx
import pytest

from app.models.states import Role
from app.platform.ids import new_id
from tests.factories import Factory, auth

pytestmark = pytest.mark.anyio

TOKEN, ME, STAFF = "/v1/oauth/token", "/v1/store/me", "/v1/admin/staff"
PASSWORD = "correct horse battery"


async def onboarding_code(client: httpx.AsyncClient, make: Factory, store_id: object) -> str:
    made = await client.post(
        f"/v1/admin/stores/{store_id}/onboarding-codes",
        headers=auth(await make.staff(Role.STORE_MANAGER)),
    )
    assert made.status_code == 201, made.text
    code: str = made.json()["onboarding_code"]
    return code


async def connect(client: httpx.AsyncClient, make: Factory) -> dict[str, Any]:
    code = await onboarding_code(client, make, await make.store(store_no="QD0042"))
    answer = await client.post("/v1/store/devices", json={"onboarding_code": code})
    assert answer.status_code == 201, answer.text
    credentials: dict[str, Any] = answer.json()
    return credentials


def basic(credentials: dict[str, Any]) -> dict[str, str]:
    text = f"{credentials['client_id']}:{credentials['client_secret']}"
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


def form(credentials: dict[str, Any]) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": credentials["client_id"],
        "client_secret": credentials["client_secret"],
    }


async def staff_account(client: httpx.AsyncClient, make: Factory, *roles: str) -> dict[str, Any]:
    answer = await client.post(
        STAFF,
        headers=auth(await make.staff()),
        json={"name": "林主任", "roles": roles or ("finance",), "password": PASSWORD},
    )
    assert answer.status_code == 201, answer.text
    account: dict[str, Any] = answer.json()
    return account


async def sign_in(client: httpx.AsyncClient, password: str = PASSWORD) -> httpx.Response:
    return await client.post(
        TOKEN, data={"grant_type": "password", "username": "林主任", "password": password}
    )


async def until(client: httpx.AsyncClient, path: str, token: str, status: int) -> httpx.Response:
    """Ask until the answer has that status, for two seconds at most."""
    end = time.monotonic() + 2
    while True:
        answer = await client.get(path, headers=auth(token))
        if answer.status_code == status or time.monotonic() > end:
            return answer
        await anyio.sleep(0.05)


async def test_a_till_comes_in_by_code_and_knows_its_store(
    client: httpx.AsyncClient, make: Factory
) -> None:
    credentials = await connect(client, make)
    assert credentials["store"]["store_no"] == "QD0042"
    for headers, data in (
        (basic(credentials), {"grant_type": "client_credentials"}),
        ({}, form(credentials)),
    ):
        answer = await client.post(TOKEN, headers=headers, data=data)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        issued = answer.json()
        assert (issued["token_type"], issued["expires_in"]) == ("Bearer", 1800)
        me = await client.get(ME, headers=auth(issued["access_token"]))
        assert me.json()["device_id"] == credentials["client_id"]
        assert me.json()["store"]["store_no"] == "QD0042"
        assert me.json()["store"]["closes"] == "24:00"


@pytest.mark.parametrize(
    ("wait", "code", "status"),
    [(timedelta(), "onboarding_code_used", 409), (timedelta(hours=25), None, 409)],
)
async def test_a_spent_code_says_so(
    client: httpx.AsyncClient, make: Factory, wait: timedelta, code: str | None, status: int
) -> None:
    text = await onboarding_code(client, make, await make.store())
    if code:
        first = await client.post("/v1/store/devices", json={"onboarding_code": text})
        await client.post(TOKEN, data=form(first.json()))
    await make.move_clock(wait)
    answer = await client.post("/v1/store/devices", json={"onboarding_code": text})
    expected = code or "onboarding_code_expired"
    assert (answer.status_code, answer.json()["code"]) == (status, expected)


async def test_an_unknown_code_is_404(client: httpx.AsyncClient, make: Factory) -> None:
    answer = await client.post("/v1/store/devices", json={"onboarding_code": "AAAA"})
    assert (answer.status_code, answer.json()["code"]) == (404, "onboarding_code_unknown")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"onboarding_code": "\\ud800"}', "#/onboarding_code"),
        ('{"onboarding_code": ""}', "#/onboarding_code"),
        ('{"onboarding_code": "AAAA", "name": "\\u0000"}', "#/name"),
        ("{}", "#/onboarding_code"),
    ],
)
async def test_what_cannot_be_a_code_is_named(
    client: httpx.AsyncClient, body: str, pointer: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/v1/store/devices", headers=headers, content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_staff_sign_in_and_their_scope_is_their_roles(
    client: httpx.AsyncClient, make: Factory
) -> None:
    await staff_account(client, make, "finance", "auditor")
    issued = (await sign_in(client)).json()
    assert (issued["expires_in"], issued["scope"]) == (8 * 3600, "auditor finance")
    # At once, before this process has reloaded its list.
    answer = await client.get("/v1/admin/stores", headers=auth(issued["access_token"]))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("data", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "implicit"}, 400, "unsupported_grant_type"),
        ({"grant_type": "password", "username": "林主任"}, 400, "invalid_request"),
        ({"grant_type": "password", "username": "x", "password": "y"}, 400, "invalid_grant"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        (
            {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"},
            401,
            "invalid_client",
        ),
    ],
)
async def test_the_token_endpoint_refuses_as_oauth_does(
    client: httpx.AsyncClient, data: dict[str, str], status: int, error: str
) -> None:
    answer = await client.post(TOKEN, data=data, headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"].isascii()
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize("header", ["Basic", "Basic %%%", "Basic //79/A==", "Basic bm9jb2xvbg=="])
async def test_a_broken_basic_header_is_an_invalid_client(
    client: httpx.AsyncClient, header: str
) -> None:
    answer = await client.post(
        TOKEN, data={"grant_type": "client_credentials"}, headers={"Authorization": header}
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_guessing_a_password_is_slowed_down(client: httpx.AsyncClient, make: Factory) -> None:
    await staff_account(client, make)
    for number in range(10):
        assert (await sign_in(client, f"wrong {number}")).json()["error"] == "invalid_grant"
    answer = await sign_in(client)
    assert (answer.status_code, answer.json()["code"]) == (429, "quota_exceeded")
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_revoked_till_is_out_within_a_second_or_so(
    client: httpx.AsyncClient, make: Factory
) -> None:
    credentials = await connect(client, make)
    token = (await client.post(TOKEN, data=form(credentials))).json()["access_token"]
    manager = auth(await make.staff(Role.STORE_MANAGER))
    revoked = await client.delete(
        f"/v1/admin/stores/devices/{credentials['client_id']}", headers=manager
    )
    assert revoked.status_code == 200
    assert revoked.json()["revoked_at"] is not None
    assert (await until(client, ME, token, 401)).status_code == 401
    assert (await client.post(TOKEN, data=form(credentials))).status_code == 401


async def test_a_lost_role_and_a_disabled_account_are_felt_within_a_second_or_so(
    client: httpx.AsyncClient, make: Factory
) -> None:
    account = await staff_account(client, make, "finance")
    token = (await sign_in(client)).json()["access_token"]
    administrator = auth(await make.staff())
    stores = "/v1/admin/stores"
    assert (await client.get(stores, headers=auth(token))).status_code == 200
    roles = {"roles": ["desk"]}
    await client.post(f"{STAFF}/{account['id']}/roles", headers=administrator, json=roles)
    assert (await until(client, stores, token, 403)).status_code == 403
    await client.post(f"{STAFF}/{account['id']}/disable", headers=administrator)
    assert (await until(client, stores, token, 401)).status_code == 401


async def test_a_valid_token_at_another_door_is_forbidden_and_a_bad_one_is_not_signed_in(
    client: httpx.AsyncClient, make: Factory
) -> None:
    tokens = {
        "member": make.token(await make.member()),
        "store": await make.till(),
        "staff": await make.staff(),
    }
    doors = {"member": "/v1/breakfast/vouchers", "store": ME, "staff": STAFF}
    for door, path in doors.items():
        for kind, token in tokens.items():
            answer = await client.get(path, headers=auth(token))
            assert answer.status_code == (200 if kind == door else 403), (door, kind)
        for bad in ("a.b.c", "", tokens[door] + "x"):
            answer = await client.get(path, headers=auth(bad))
            assert answer.status_code == 401, (door, bad)
            assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_an_unregistered_member_is_told_so(client: httpx.AsyncClient, make: Factory) -> None:
    token = make.provider.issue(f"M{new_id()}")
    answer = await client.get("/v1/breakfast/vouchers", headers=auth(token))
    assert (answer.status_code, answer.json()["code"]) == (403, "member_not_registered")
