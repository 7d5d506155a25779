"""How the service says no: problem documents, their pages, and what bad requests meet."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import ValidationError

from app.platform.errors import REGISTRY
from app.routers.body_limit import DEFAULT_BYTES
from app.schemas.base import Output
from tests.factories import Factory, auth

pytestmark = pytest.mark.anyio

BATCHES = "/v1/admin/breakfast/batches"
PROBLEM = "application/problem+json"
KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
DEEP = 100_000

UNREADABLE = {
    "nothing but a brace": b"{",
    "not UTF-8": b'{"name": "\xff\xfe\xfd"}',
    "half of a UTF-16 text": b"\xff\xfe{",
    "nested without end": b"[" * DEEP,
    "nested objects without end": b'{"a":' * DEEP,
    "a number of 10,000 digits": b'{"total": ' + b"9" * 10_000 + b"}",
    "a bare word": b"none",
    "two documents": b"{}{}",
}
WRONG = {
    "not a number": b'{"total": NaN}',
    "infinity": b'{"total": Infinity}',
    "an enormous exponent": b'{"total": 1e400}',
    "half of a surrogate pair": b'{"name": "\\ud800"}',
    "half of a surrogate pair as a field's name": b'{"\\udfff": 1}',
    "a NUL in a text": b'{"name": "a\\u0000b"}',
    "the same field twice": b'{"total": 1, "total": "x"}',
    "a list": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "nested as deep as Python reads": b'{"name": ' + b"[" * 900 + b"]" * 900 + b"}",
    "a number beyond every column": b'{"total": 99999999999999999999999999}',
    "nothing at all": b"",
}


async def send(
    client: httpx.AsyncClient, token: str, body: bytes, *, path: str = BATCHES, key: str = KEY
) -> httpx.Response:
    headers = auth(token, key) | {"Content-Type": "application/json"}
    return await client.post(path, content=body, headers=headers)


async def test_an_unknown_path_is_a_problem_document(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/v1/nothing-here")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == PROBLEM
    problem = answer.json()
    assert problem["type"] == "/problems/not_found"
    assert problem["code"] == "not_found"
    assert problem["status"] == 404
    assert problem["request_id"] == answer.headers["x-request-id"]


async def test_a_slash_at_the_end_is_another_path_and_sends_nobody_elsewhere(
    reader: httpx.AsyncClient,
) -> None:
    answer = await reader.get(f"{BATCHES}/", headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "location" not in answer.headers


@pytest.mark.parametrize("method", ["DELETE", "OPTIONS", "HEAD", "PUT"])
async def test_a_method_that_a_path_does_not_know_is_refused_with_those_it_knows(
    reader: httpx.AsyncClient, method: str
) -> None:
    answer = await reader.request(method, BATCHES)
    assert answer.status_code == 405
    assert answer.headers["content-type"] == PROBLEM
    assert {each.strip() for each in answer.headers["allow"].split(",")} == {"GET", "POST"}


@pytest.mark.parametrize(
    ("accepted", "title", "language"),
    [
        (None, "找不到", "zh-CN"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "找不到", "zh-CN"),
        ("en", "Not found", "en"),
        ("en-GB,en;q=0.9,zh;q=0.1", "Not found", "en"),
        ("fr, en;q=0.5", "Not found", "en"),
        ("de", "找不到", "zh-CN"),
        ("en;q=nonsense", "找不到", "zh-CN"),
    ],
)
async def test_a_problem_speaks_the_callers_language_and_chinese_otherwise(
    reader: httpx.AsyncClient, accepted: str | None, title: str, language: str
) -> None:
    headers = {"Accept-Language": accepted} if accepted else {}
    answer = await reader.get("/nowhere", headers=headers)
    assert answer.json()["title"] == title
    assert answer.json()["code"] == "not_found"
    assert answer.headers["content-language"] == language
    assert "Accept-Language" in answer.headers["vary"]


async def test_a_callers_request_id_comes_back_unless_it_could_harm_the_log(
    reader: httpx.AsyncClient,
) -> None:
    kept = await reader.get("/nowhere", headers={"X-Request-Id": "trace-0001"})
    assert kept.json()["request_id"] == kept.headers["x-request-id"] == "trace-0001"
    replaced = await reader.get("/nowhere", headers={"X-Request-Id": 'a"b c'})
    assert replaced.headers["x-request-id"] != 'a"b c'


@pytest.fixture
async def staff(make: Factory) -> str:
    await make.campaign()
    return await make.staff()


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_an_unreadable_body_is_malformed_and_never_our_fault(
    client: httpx.AsyncClient, staff: str, body: bytes
) -> None:
    answer = await send(client, staff, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "body_malformed")


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG.keys())
async def test_a_readable_body_that_says_nonsense_is_refused_field_by_field(
    client: httpx.AsyncClient, staff: str, body: bytes
) -> None:
    answer = await send(client, staff, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")
    assert all(set(each) == {"pointer", "detail", "code"} for each in answer.json()["errors"])


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_an_unreadable_body_is_malformed_where_no_body_is_needed_too(
    client: httpx.AsyncClient, make: Factory, body: bytes
) -> None:
    batch, token = await make.batch(), make.token(await make.member())
    answer = await send(client, token, body, path=f"/v1/breakfast/batches/{batch.id}/claims")
    assert (answer.status_code, answer.json()["code"]) == (400, "body_malformed")


async def test_a_malformed_body_is_told_its_place_and_chinese_quotes_as_the_cause(
    client: httpx.AsyncClient, staff: str
) -> None:
    answer = await send(client, staff, '{\n  "name": “早餐”\n}'.encode())
    (error,) = answer.json()["errors"]
    assert "第 2 行" in error["detail"]
    assert "中文引号" in error["detail"]


async def test_a_body_that_is_not_there_is_named_as_such(
    client: httpx.AsyncClient, staff: str
) -> None:
    answer = await client.post(BATCHES, headers=auth(staff, KEY))
    assert answer.json()["errors"] == [{"pointer": "#", "detail": "缺少请求体", "code": "missing"}]


async def test_a_batch_that_closes_before_it_opens_is_told_so_in_chinese(
    client: httpx.AsyncClient, staff: str
) -> None:
    at = "2026-01-01T00:00:00+08:00"
    body = {"name": "x", "total": 1, "opens_at": at, "closes_at": at, "valid_days": 1}
    more = {"face_value_fen": 1000, "eligible_categories": []}
    answer = await client.post(BATCHES, json=body | more, headers=auth(staff, KEY))
    assert [each["detail"] for each in answer.json()["errors"]] == ["opens_at 应早于 closes_at"]


async def test_a_text_that_is_not_declared_as_json_is_not_read_as_json(
    client: httpx.AsyncClient, staff: str
) -> None:
    answer = await client.post(
        BATCHES, content=b'{"name": "x"}', headers=auth(staff) | {"Content-Type": "text/plain"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")
    [error] = answer.json()["errors"]
    assert error["pointer"] == "#"
    assert "Content-Type: application/json" in error["detail"]


def test_an_answer_that_cannot_be_built_does_not_carry_its_values_into_the_log() -> None:
    class Shown(Output):
        phone: None

    with pytest.raises(ValidationError) as bug:
        Shown.model_validate({"phone": "12000000001"})
    assert "12000000001" not in str(bug.value)


async def test_a_body_larger_than_allowed_is_refused_as_a_problem(
    client: httpx.AsyncClient, staff: str
) -> None:
    answer = await send(client, staff, b'"' + b"x" * DEFAULT_BYTES + b'"')
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_large_body_without_a_length_is_refused_while_it_arrives(
    client: httpx.AsyncClient, staff: str
) -> None:
    sent = 0

    async def without_end() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1_000):
            sent += 1
            yield b" " * 65_536

    headers = auth(staff) | {"Content-Type": "application/json"}
    answer = await client.post(BATCHES, content=without_end(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_who_is_calling_is_decided_before_the_body_is_looked_at(
    client: httpx.AsyncClient, make: Factory
) -> None:
    huge = b"x" * (2 * DEFAULT_BYTES)
    nobody = await client.post(BATCHES, content=huge)
    assert (nobody.status_code, nobody.json()["code"]) == (401, "unauthenticated")
    member = await send(client, make.token(await make.member()), huge)
    assert (member.status_code, member.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/breakfast/vouchers/not-a-uuid",
        "/v1/breakfast/vouchers?limit=0",
        "/v1/breakfast/vouchers?limit=NaN",
        "/v1/breakfast/vouchers?limit=99999999999999999999",
        "/v1/breakfast/vouchers?cursor=%00",
        "/v1/breakfast/vouchers?cursor=W1tbW1tb",
    ],
)
async def test_nonsense_in_the_address_is_refused_in_place(
    client: httpx.AsyncClient, make: Factory, path: str
) -> None:
    answer = await client.get(path, headers=auth(make.token(await make.member())))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == PROBLEM


async def test_a_bad_field_is_pointed_at_in_both_languages(
    client: httpx.AsyncClient, staff: str
) -> None:
    body = json.dumps({"name": "x", "total": "many", "surprise": 1}).encode()
    for language, missing in (("zh", "缺少此字段"), ("en", "this field is required")):
        headers = auth(staff) | {"Content-Type": "application/json", "Accept-Language": language}
        answer = await client.post(BATCHES, content=body, headers=headers)
        errors = {each["pointer"]: each for each in answer.json()["errors"]}
        assert errors["#/opens_at"]["detail"] == missing
        assert errors["#/total"]["code"] == "int_type"
        assert errors["#/surprise"]["code"] == "extra_forbidden"
        assert "many" not in answer.text


@pytest.mark.parametrize("code", sorted(REGISTRY))
async def test_every_refusal_has_a_page_in_both_languages(
    reader: httpx.AsyncClient, code: str
) -> None:
    answer = await reader.get(f"/problems/{code}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    refusal = REGISTRY[code]
    for text in (code, str(refusal.status), refusal.title.zh, refusal.title.en):
        assert text in answer.text
    assert "怎么办" in answer.text
    assert "<script" not in answer.text
    assert "//" not in answer.text.replace("<!doctype html>", "")


async def test_the_page_of_a_refusal_names_the_operations_that_answer_so(
    reader: httpx.AsyncClient,
) -> None:
    answer = await reader.get("/problems/sold_out")
    assert "POST /v1/breakfast/batches/{batch_id}/claims" in answer.text


async def test_the_list_of_refusals_leads_to_each_of_them(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/problems")
    for code in REGISTRY:
        assert f'href="/problems/{code}"' in answer.text


@pytest.mark.parametrize("code", ["nonsense", "<script>", "..%2f..%2fetc"])
async def test_an_unknown_code_has_no_page_and_says_so_as_a_problem(
    reader: httpx.AsyncClient, code: str
) -> None:
    answer = await reader.get(f"/problems/{code}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
