"""Onboarding codes and devices over HTTP: what staff, a till and a merchant's system see."""

import io
import re
import time
from datetime import timedelta
from typing import Any

import anyio
import httpx
import pytest
import segno

from app.models.states import Role
from app.platform.ids import new_id
from app.routers.rooms import Rooms
from tests.factories import Factory, auth
from tests.tills import Counter

pytestmark = pytest.mark.anyio

STORES, MERCHANTS = "/v1/admin/stores", "/v1/admin/merchants"
TOKEN, CONNECT, ROLL = "/v1/oauth/token", "/v1/store/devices", "/v1/store/devices/me/secret"
ME, REDEMPTIONS = "/v1/store/me", "/v1/store/redemptions"
CHAIN = "海风便利有限公司"


@pytest.fixture
async def manager(make: Factory) -> dict[str, str]:
    return auth(await make.staff(Role.STORE_MANAGER))


@pytest.fixture
async def merchant(counter: Counter) -> str:
    """Where staff find a merchant."""
    return f"{MERCHANTS}/{await counter.merchant(CHAIN)}"


@pytest.fixture
async def store(make: Factory, merchant: str) -> str:
    """Where staff find QD0042, a store of the merchant."""
    merchant_id = merchant.removeprefix(f"{MERCHANTS}/")
    return f"{STORES}/{await make.store(store_no='QD0042', merchant_id=merchant_id)}"


@pytest.fixture(params=["store", "merchant"])
def owner(request: pytest.FixtureRequest, store: str, merchant: str) -> str:
    """Either of the two: what holds for a store's tills holds for a merchant's system."""
    return {"store": store, "merchant": merchant}[request.param]


async def make_code(
    client: httpx.AsyncClient, manager: dict[str, str], owner: str
) -> dict[str, Any]:
    made = await client.post(f"{owner}/onboarding-codes", headers=manager)
    assert made.status_code == 201, made.text
    code: dict[str, Any] = made.json()
    return code


async def connect(client: httpx.AsyncClient, manager: dict[str, str], owner: str) -> dict[str, Any]:
    code = await make_code(client, manager, owner)
    body = {"onboarding_code": code["onboarding_code"], "name": "1 号机"}
    answer = await client.post(CONNECT, json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    credentials: dict[str, Any] = answer.json()
    return credentials


async def fetch(client: httpx.AsyncClient, credentials: dict[str, Any]) -> httpx.Response:
    form = {name: credentials[name] for name in ("client_id", "client_secret")}
    return await client.post(TOKEN, data={"grant_type": "client_credentials", **form})


async def sign_in(client: httpx.AsyncClient, credentials: dict[str, Any]) -> dict[str, str]:
    answer = await fetch(client, credentials)
    assert answer.status_code == 200, answer.text
    return auth(answer.json()["access_token"])


async def listed(
    client: httpx.AsyncClient, manager: dict[str, str], path: str
) -> list[dict[str, Any]]:
    answer = await client.get(path, headers=manager)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def until_out(client: httpx.AsyncClient, till: dict[str, str]) -> float:
    """Seconds until the till is told that its token is none."""
    began = time.monotonic()
    while (await client.get(ME, headers=till)).status_code != 401:
        assert time.monotonic() < began + 5
        await anyio.sleep(0.02)
    return time.monotonic() - began


def modules(svg: bytes) -> list[str]:
    """The strokes of a drawn QR."""
    return re.findall(r' d="([^"]+)"', svg.decode())


async def test_a_code_is_shown_as_a_qr_of_its_text_until_it_is_used(
    client: httpx.AsyncClient, manager: dict[str, str], owner: str
) -> None:
    code = await make_code(client, manager, owner)
    assert code["qr"] == f"{owner}/onboarding-codes/{code['id']}.svg"
    answer = await client.get(code["qr"], headers=manager)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "no-store"
    expected = io.BytesIO()
    text = code["onboarding_code"]
    segno.make_qr(text, error="m", mask=3, boost_error=False).save(expected, kind="svg")
    assert modules(answer.content) == modules(expected.getvalue()) != []
    await client.post(CONNECT, json={"onboarding_code": text})
    used = await client.get(code["qr"], headers=manager)
    assert (used.status_code, used.json()["code"]) == (404, "not_found")


async def test_the_qr_of_a_code_that_ran_out_or_is_anothers_is_not_found(
    client: httpx.AsyncClient, make: Factory, manager: dict[str, str], store: str, merchant: str
) -> None:
    of_store = await make_code(client, manager, store)
    of_merchant = await make_code(client, manager, merchant)
    for path in (
        f"{merchant}/onboarding-codes/{of_store['id']}.svg",
        f"{store}/onboarding-codes/{of_merchant['id']}.svg",
        f"{STORES}/{await make.store()}/onboarding-codes/{of_store['id']}.svg",
        f"{store}/onboarding-codes/{new_id()}.svg",
    ):
        assert (await client.get(path, headers=manager)).status_code == 404, path
    await make.move_clock(timedelta(hours=24))
    for code in (of_store, of_merchant):
        assert (await client.get(code["qr"], headers=manager)).status_code == 404


async def test_open_codes_are_listed_without_their_texts(
    client: httpx.AsyncClient, manager: dict[str, str], owner: str
) -> None:
    first = await make_code(client, manager, owner)
    second = await make_code(client, manager, owner)
    path = f"{owner}/onboarding-codes"
    items = await listed(client, manager, path)
    assert [each["id"] for each in items] == [first["id"], second["id"]]
    assert items[0]["qr"] == first["qr"]
    assert items[0]["expires_at"] == first["expires_at"]
    assert items[0].keys() == {
        "id", "store_id", "merchant_id", "created_at", "expires_at", "qr"
    }  # fmt: skip
    for code in (first, second):
        assert code["onboarding_code"] not in str(items)
    page = await client.get(path, headers=manager, params={"limit": 1})
    assert page.json()["items"] == items[:1]
    assert 'rel="next"' in page.headers["link"]
    await client.post(CONNECT, json={"onboarding_code": first["onboarding_code"]})
    assert await listed(client, manager, path) == items[1:]


async def test_a_repeat_with_the_same_key_makes_one_code(
    client: httpx.AsyncClient, make: Factory, owner: str
) -> None:
    token, path = await make.staff(Role.STORE_MANAGER), f"{owner}/onboarding-codes"
    first = await client.post(path, headers=auth(token, "one-code"))
    again = await client.post(path, headers=auth(token, "one-code"), json={})
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(await listed(client, auth(token), path)) == 1


@pytest.mark.parametrize("role", [Role.FINANCE, Role.CAMPAIGN_MANAGER, Role.AUDITOR])
async def test_who_only_reads_sees_devices_and_lets_nobody_in(
    client: httpx.AsyncClient, make: Factory, manager: dict[str, str], owner: str, role: Role
) -> None:
    code = await make_code(client, manager, owner)
    device = await connect(client, manager, owner)
    reader = auth(await make.staff(role))
    (seen,) = await listed(client, reader, f"{owner}/devices")
    assert seen["id"] == device["client_id"]
    for method, path in (
        ("POST", f"{owner}/onboarding-codes"),
        ("GET", code["qr"]),
        ("DELETE", f"{owner}/devices/{device['client_id']}"),
    ):
        assert (await client.request(method, path, headers=reader)).status_code == 403


async def test_devices_are_listed_without_their_secrets_and_revoked_once(
    client: httpx.AsyncClient, manager: dict[str, str], owner: str
) -> None:
    device = await connect(client, manager, owner)
    (seen,) = await listed(client, manager, f"{owner}/devices")
    assert (seen["id"], seen["name"]) == (device["client_id"], "1 号机")
    for never in ("first_token_at", "last_seen_at", "overlap_until", "revoked_at"):
        assert seen[never] is None
    assert seen["secret_pending"] is False
    assert device["client_secret"] not in str(seen)
    path = f"{owner}/devices/{seen['id']}"
    assert (await client.delete(path, headers=manager)).json()["revoked_at"] is not None
    again = await client.delete(path, headers=manager)
    assert (again.status_code, again.json()["code"]) == (409, "state_conflict")


async def test_a_device_is_revoked_only_where_it_belongs(
    client: httpx.AsyncClient, make: Factory, manager: dict[str, str], store: str, merchant: str
) -> None:
    till = (await connect(client, manager, store))["client_id"]
    system = (await connect(client, manager, merchant))["client_id"]
    for path in (
        f"{STORES}/{await make.store()}/devices/{till}",
        f"{merchant}/devices/{till}",
        f"{store}/devices/{system}",
        f"{STORES}/devices/{system}",
        f"{MERCHANTS}/{new_id()}/devices/{system}",
    ):
        answer = await client.delete(path, headers=manager)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    assert (await client.delete(f"{STORES}/devices/{till}", headers=manager)).status_code == 200
    again = await client.delete(f"{STORES}/devices/{till}", headers=manager)
    assert (again.status_code, again.json()["code"]) == (409, "state_conflict")
    revoked = await client.delete(f"{merchant}/devices/{system}", headers=manager)
    assert revoked.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "{id}/onboarding-codes"),
        ("POST", "{id}/onboarding-codes"),
        ("GET", "{id}/onboarding-codes/{id}.svg"),
        ("GET", "{id}/devices"),
        ("DELETE", "{id}/devices/{id}"),
    ],
)
@pytest.mark.parametrize("base", [STORES, MERCHANTS])
async def test_who_is_not_there_has_neither_codes_nor_devices(
    client: httpx.AsyncClient, manager: dict[str, str], base: str, method: str, path: str
) -> None:
    address = f"{base}/{path.format(id=new_id())}"
    answer = await client.request(method, address, headers=manager)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_till_is_told_its_store_and_merchant_a_system_its_merchant_alone(
    client: httpx.AsyncClient, manager: dict[str, str], store: str, merchant: str
) -> None:
    till = await connect(client, manager, store)
    assert till.keys() == {"client_id", "client_secret", "store", "merchant"}
    assert till["store"]["store_no"] == "QD0042"
    assert till["store"]["id"] == store.removeprefix(f"{STORES}/")
    system = await connect(client, manager, merchant)
    assert system["store"] is None
    assert system["merchant"] == till["merchant"]
    assert system["merchant"] == {"id": merchant.removeprefix(f"{MERCHANTS}/"), "name": CHAIN}
    me = (await client.get(ME, headers=await sign_in(client, system))).json()
    assert (me["store"], me["merchant"]["name"]) == (None, CHAIN)


async def test_a_merchants_system_redeems_for_its_own_stores_by_number_and_for_no_others(
    client: httpx.AsyncClient,
    make: Factory,
    counter: Counter,
    manager: dict[str, str],
    store: str,
    merchant: str,
) -> None:
    await make.store(store_no="QD0099")
    voucher = await counter.voucher()
    system = await sign_in(client, await connect(client, manager, merchant))
    path, body = f"{REDEMPTIONS}/POS-000001", {"code": voucher.code}
    unnamed = await client.put(path, headers=system, json=body)
    assert (unnamed.status_code, unnamed.json()["code"]) == (422, "input_invalid")
    assert [each["pointer"] for each in unnamed.json()["errors"]] == ["/query/store_no"]
    for strange in ("QD0099", "QD4711"):
        foreign = await client.put(path, headers=system, json=body, params={"store_no": strange})
        assert (foreign.status_code, foreign.json()["code"]) == (403, "forbidden")
    own = {"store_no": "QD0042"}
    redeemed = await client.put(path, headers=system, json=body, params=own)
    assert (redeemed.status_code, redeemed.json()["state"]) == (201, "redeemed")
    by_body = await client.put(path, headers=system, json=body | own)
    assert (by_body.status_code, by_body.json()) == (200, redeemed.json())
    # The store's own till sees it as the store's.
    till = await sign_in(client, await connect(client, manager, store))
    assert (await client.get(path, headers=till)).json() == redeemed.json()
    undone = await client.post(
        f"{path}/reversal", headers=system, json={"reason": "扫错了"}, params=own
    )
    assert (undone.status_code, undone.json()["state"]) == (200, "reversed")


async def test_a_revoked_client_is_out_within_a_second(
    client: httpx.AsyncClient, manager: dict[str, str], owner: str
) -> None:
    device = await connect(client, manager, owner)
    token = await sign_in(client, device)
    assert (await client.get(ME, headers=token)).status_code == 200
    await client.delete(f"{owner}/devices/{device['client_id']}", headers=manager)
    assert (await fetch(client, device)).json()["error"] == "invalid_client"
    # The token may still be believed for a moment; a new secret is not given for it.
    rolled = await client.post(ROLL, headers=token)
    assert rolled.status_code == 401
    assert rolled.headers["www-authenticate"] == "Bearer"
    assert await until_out(client, token) < 1


async def test_a_secret_is_rolled_without_a_gap(
    client: httpx.AsyncClient, make: Factory, manager: dict[str, str], owner: str
) -> None:
    old = await connect(client, manager, owner)
    token = await sign_in(client, old)
    lost = await client.post(ROLL, headers=token)
    answer = await client.post(ROLL, headers=token)
    assert (lost.status_code, answer.status_code) == (201, 201)
    assert answer.headers["cache-control"] == "no-store"
    new = answer.json()
    assert new.keys() == {"client_id", "client_secret"}
    assert new["client_id"] == old["client_id"]
    assert (await fetch(client, lost.json())).status_code == 401
    assert (await fetch(client, old)).status_code == 200
    (device,) = await listed(client, manager, f"{owner}/devices")
    assert (device["secret_pending"], device["overlap_until"]) == (True, None)

    await sign_in(client, new)
    (device,) = await listed(client, manager, f"{owner}/devices")
    assert device["secret_pending"] is False
    assert device["overlap_until"].endswith("+08:00")
    assert (await fetch(client, old)).status_code == 200
    await make.move_clock(timedelta(hours=1))
    assert (await fetch(client, old)).status_code == 401
    assert (await fetch(client, new)).status_code == 200
    assert (await client.get(ME, headers=token)).status_code == 200


async def test_last_seen_is_the_last_call_and_not_the_last_token(
    client: httpx.AsyncClient, rooms: Rooms, make: Factory, manager: dict[str, str], owner: str
) -> None:
    device = await connect(client, manager, owner)
    token = await sign_in(client, device)
    (at_token,) = await listed(client, manager, f"{owner}/devices")
    await make.move_clock(timedelta(minutes=20))
    # Admitted, though refused afterwards: it is there.
    assert (await client.get(f"{REDEMPTIONS}/x", headers=token)).status_code == 422
    await rooms.seen.drain()
    (at_call,) = await listed(client, manager, f"{owner}/devices")
    assert at_call["last_seen_at"] > at_token["last_seen_at"] is not None
    await make.move_clock(timedelta(minutes=20))
    assert (await client.get(ME, headers=token | {"Authorization": "Bearer x"})).status_code == 401
    await rooms.seen.drain()
    assert await listed(client, manager, f"{owner}/devices") == [at_call]
