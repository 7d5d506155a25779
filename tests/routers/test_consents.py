"""Consents over HTTP, as the app shows them."""

import httpx
import pytest

from tests.factories import Factory, auth

pytestmark = pytest.mark.anyio

CONSENTS = "/v1/me/consents"
HEALTH = f"{CONSENTS}/health_data"


@pytest.fixture
async def member(make: Factory) -> dict[str, str]:
    return auth(make.token(await make.member()))


async def test_a_consent_is_read_given_and_withdrawn(
    client: httpx.AsyncClient, member: dict[str, str]
) -> None:
    shown = (await client.get(HEALTH, headers=member)).json()
    assert (shown["given"], shown["version"], shown["changed_at"]) == (False, 1, None)
    assert "敏感个人信息" in shown["text"]
    body = {"given": True, "version": shown["version"]}
    given = await client.put(HEALTH, headers=member, json=body)
    assert given.status_code == 200, given.text
    assert (given.json()["given"], given.json()["channel"]) == (True, "app")
    assert (await client.put(HEALTH, headers=member, json=body)).json() == given.json()
    withdrawn = await client.put(HEALTH, headers=member, json={"given": False})
    assert (withdrawn.json()["given"], withdrawn.json()["changed_version"]) == (False, 1)
    assert withdrawn.json()["changed_at"].endswith("+08:00")


async def test_all_purposes_are_listed_in_the_language_asked_for(
    client: httpx.AsyncClient, member: dict[str, str]
) -> None:
    answer = await client.get(CONSENTS, headers={**member, "Accept-Language": "en"})
    assert answer.headers["content-language"] == "en"
    assert [each["purpose"] for each in answer.json()["items"]] == [
        "health_data",
        "show_contact",
        "notices",
    ]
    assert "withdrawing at any time" in answer.json()["items"][0]["text"]


async def test_a_text_that_is_no_longer_the_current_one_is_not_consented_to(
    client: httpx.AsyncClient, member: dict[str, str]
) -> None:
    answer = await client.put(HEALTH, headers=member, json={"given": True, "version": 7})
    assert (answer.status_code, answer.json()["code"]) == (412, "version_stale")
    assert answer.json()["version"] == 1


@pytest.mark.parametrize("body", [{}, {"given": True}, {"given": "yes", "version": 1}])
async def test_what_is_no_clear_word_is_refused(
    client: httpx.AsyncClient, member: dict[str, str], body: dict[str, object]
) -> None:
    assert (await client.put(HEALTH, headers=member, json=body)).status_code == 422
    assert not (await client.get(HEALTH, headers=member)).json()["given"]


async def test_a_purpose_that_does_not_exist_is_refused(
    client: httpx.AsyncClient, member: dict[str, str]
) -> None:
    answer = await client.get(f"{CONSENTS}/everything", headers=member)
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")


async def test_members_do_not_see_each_others_consents(
    client: httpx.AsyncClient, make: Factory, member: dict[str, str]
) -> None:
    await client.put(HEALTH, headers=member, json={"given": True, "version": 1})
    other = auth(make.token(await make.member()))
    assert not (await client.get(HEALTH, headers=other)).json()["given"]
