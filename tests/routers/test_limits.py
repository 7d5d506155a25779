"""How often a caller may ask: told on every answer, refused early, the same table everywhere."""

import re
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from app.main import create_app
from app.models.states import Role
from app.platform.ids import new_id
from app.platform.settings import Settings
from app.platform.telemetry import REGISTRY
from app.shared.limits import CLAIM, GUESSES, MEMBER, PICTURES, RATES, Rates
from tests.factories import Factory, auth
from tests.refusals import NOTING
from tests.tills import Counter

pytestmark = pytest.mark.anyio

BATCHES, ME = "/v1/breakfast/batches", "/v1/me"


def left(answer: httpx.Response) -> int:
    found = re.fullmatch(r'"\w+";r=(\d+);t=\d+', answer.headers["ratelimit"])
    assert found is not None, answer.headers["ratelimit"]
    return int(found[1])


async def test_every_answer_tells_the_quota_and_what_is_left(
    app: FastAPI, client: httpx.AsyncClient, make: Factory
) -> None:
    # Over a day, so that nothing of the quota comes back meanwhile.
    app.state.rates = Rates([replace(each, window_s=86_400) for each in RATES])
    token = auth(make.token(await make.member()))
    answers = [await client.get(BATCHES, headers=token) for _ in range(3)]
    assert {each.headers["ratelimit-policy"] for each in answers} == {'"member";q=600;w=60'}
    assert [left(each) for each in answers] == [599, 598, 597]


async def test_a_refusal_tells_it_too(client: httpx.AsyncClient, make: Factory) -> None:
    token = auth(make.token(await make.member()))
    answer = await client.get(f"/v1/breakfast/vouchers/{new_id()}", headers=token)
    assert (answer.status_code, left(answer)) == (404, MEMBER.quota - 1)


@pytest.mark.parametrize(
    ("kind", "policy"), [("till", "till"), ("system", "merchant_system"), ("staff", "staff")]
)
async def test_each_kind_of_caller_has_its_own_quota(
    client: httpx.AsyncClient, make: Factory, counter: Counter, kind: str, policy: str
) -> None:
    if kind == "staff":
        answer = await client.get("/v1/admin/stores", headers=auth(await make.staff(Role.AUDITOR)))
    else:
        till = await counter.till()
        if kind == "system":
            till = await counter.merchant_system(await counter.merchant("连锁便利"))
        token = make.rooms.own_tokens.issue_till(till)
        answer = await client.get("/v1/store/me", headers=auth(token))
    assert answer.headers["ratelimit-policy"].startswith(f'"{policy}"')


async def test_who_presses_too_often_is_refused_and_nobody_else(
    client: httpx.AsyncClient, make: Factory
) -> None:
    batch = await make.batch(total=1000)
    eager, other = [make.token(await make.member()) for _ in range(2)]
    url = f"{BATCHES}/{batch.id}/claims"
    # A little of the quota comes back while it is spent.
    for place in range(2 * CLAIM.quota):
        refused = await client.post(url, headers=auth(eager, f"key-{place}"))
        if refused.status_code != 201:
            break
    assert place >= CLAIM.quota
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
    assert refused.json()["policy"] == "claim"
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert (await client.get(ME, headers=auth(eager))).status_code == 200
    assert (await client.post(url, headers=auth(other, "key-1"))).status_code == 201


async def test_a_stranger_is_unauthenticated_and_spends_nobodys_quota(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get(BATCHES)
    assert answer.status_code == 401
    assert "ratelimit" not in answer.headers


async def test_whoever_watches_the_service_is_not_limited(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz", "/version", "/metrics"):
        answer = await client.get(path)
        assert answer.status_code == 200
        assert "ratelimit" not in answer.headers


async def test_the_table_is_published(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/public/limits")
    assert answer.headers["ratelimit-policy"] == '"public";q=6000;w=60'
    table = answer.json()
    assert {each["name"]: each["quota"] for each in table["rates"]} == {
        policy.name: policy.quota for policy in RATES
    }
    assert {each["name"]: each["most"] for each in table["guesses"]} == {
        policy.name: policy.most for policy in GUESSES
    }


async def test_who_is_counted_by_address_is_not_known_by_what_he_sends_along(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    """Everybody's wrong token is the same to look at, and each address has its own quota."""
    app.state.rates = Rates([replace(each, quota=1) for each in RATES])
    answers = [await client.get("/v1/public/limits", headers=auth("undefined")) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 429]
    assert not app.state.rates.waits.are_any


async def test_asked_again_before_its_time_the_same_is_said_from_memory(
    settings: Settings, make: Factory
) -> None:
    """By a process that counts and is asked as a deployed one."""
    own = create_app(settings)
    # Over a day, so that nothing comes back meanwhile.
    daily = [replace(each, window_s=86_400) for each in RATES]
    own.state.rates = Rates(daily, waits=own.state.rates.waits)
    token = make.token(await make.member())

    def from_memory() -> float:
        labels = {"code": "quota_exceeded"}
        return REGISTRY.get_sample_value("http_requests_turned_away_total", labels) or 0

    async with (
        own.router.lifespan_context(own),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(own), base_url="http://test", event_hooks=NOTING
        ) as client,
    ):
        before, path = from_memory(), "/v1/files"
        for _ in range(PICTURES.quota):
            allowed = await client.post(path, headers=auth(token, "picture-1"))
            assert (allowed.status_code, allowed.json()["code"]) == (422, "input_invalid")
        first = await client.post(path, headers=auth(token, "picture-1"))
        assert (first.status_code, from_memory()) == (429, before), "found out once"
        again = await client.post(path, headers=auth(token, "picture-2"))
        assert from_memory() == before + 1
        assert (await client.get(ME, headers=auth(token))).status_code == 200
    assert again.json() == first.json() | {"request_id": again.headers["x-request-id"]}
    named = {"x-request-id": "", "retry-after": "", "ratelimit": ""}
    assert dict(again.headers) | named == dict(first.headers) | named
