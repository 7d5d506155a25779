"""`docs/for-stores.md` and `docs/for-apps.md` say what the service does."""

import json

import pytest

from app.main import app
from app.packs.breakfast import redemption_rules as rules
from app.packs.breakfast.certification_cases import CASES
from app.platform.errors import REGISTRY
from app.routers.openapi import PROBLEM, Documents, operations
from app.schemas.uploaded import MOST_ITEMS
from app.shared.counter.device_time import OFFLINE_PASS_LIFE, PASS_LIFE
from app.shared.identity.onboarding_codes import CODE_LIFE
from app.shared.identity.tokens import TILL_LIFE_S
from app.shared.limits import VOUCHER_CODES
from tests.house.guides import APPS, STORES, calls, guide, listed_cases, listed_refusals
from tests.house.source import ROOT

AUDIENCES = {STORES: "store", APPS: "app"}
each_guide = pytest.mark.parametrize("name", AUDIENCES)
DOCUMENTS: Documents = app.state.documents
TEST_CODES = ("POST", "/v1/admin/breakfast/batches/{batch_id}/test-codes")


@each_guide
def test_every_refusal_of_its_readers_operations_is_listed_and_no_other(name: str) -> None:
    document = json.loads(DOCUMENTS.part(AUDIENCES[name]))
    answered = {
        code
        for operation in operations(document)
        for response in operation.description["responses"].values()
        for code in response.get("content", {}).get(PROBLEM, {}).get("examples", {})
    }
    listed = [row.code for row in listed_refusals(name)]
    assert len(listed) == len(set(listed))
    assert set(listed) == answered


@each_guide
def test_a_listed_refusal_has_its_own_status_and_title(name: str) -> None:
    for row in listed_refusals(name):
        refusal = REGISTRY[row.code]
        assert (row.status, row.title) == (refusal.status, refusal.title.zh), row.code


@each_guide
def test_every_operation_that_is_named_is_there(name: str) -> None:
    document = json.loads(DOCUMENTS.part(AUDIENCES[name]))
    served = {(each.method.upper(), each.path) for each in operations(document)}
    assert calls(name) - served - {TEST_CODES, ("GET", "/v1/public/limits")} == set()
    assert TEST_CODES in {(e.method.upper(), e.path) for e in operations(DOCUMENTS.whole)}


def test_every_operation_of_a_till_is_named() -> None:
    document = json.loads(DOCUMENTS.part("store"))
    served = {(each.method.upper(), each.path) for each in operations(document)}
    text = guide(STORES)
    assert {path for _, path in served if path not in text} == set()


def test_the_certification_list_is_that_of_the_test_codes() -> None:
    listed = [(row.name, row.expected) for row in listed_cases()]
    assert listed == [(case.name, case.expected) for case in CASES]
    assert [row.number for row in listed_cases()] == list(range(1, len(CASES) + 1))


FIGURES = {
    STORES: [
        f"每分钟至多 {VOUCHER_CODES.most} 个错误券码",
        f"输入 {VOUCHER_CODES.most + 1} 个错误券码",
        f"签发后 {PASS_LIFE.seconds} 秒内有效",
        f"签发后 {OFFLINE_PASS_LIFE.seconds // 60} 分钟内有效",
        f"{rules.REVERSAL_WINDOW.total_seconds() / 3600:.0f} 小时**内",
        f"最多 **{rules.REVERSAL_LIMIT} 次**",
        f"到第 {rules.REVERSAL_FLAG} 次",
        f"每次至多 {MOST_ITEMS} 条",
        f"{TILL_LIFE_S // 60} 分钟有效",
        f"{CODE_LIFE.total_seconds() / 3600:.0f} 小时内有效，用一次",
    ],
    APPS: [
        f"**{PASS_LIFE.seconds} 秒有效**",
        f"断网的门店收 {OFFLINE_PASS_LIFE.seconds // 60} 分钟内的",
    ],
}


@each_guide
def test_the_figures_are_those_that_the_service_keeps_to(name: str) -> None:
    assert [phrase for phrase in FIGURES[name] if phrase not in guide(name)] == []


@each_guide
def test_whoever_looks_for_it_finds_it(name: str) -> None:
    assert f"docs/{name}.md" in (ROOT / "README.md").read_text()
    for page in ("all", AUDIENCES[name]):
        text = (ROOT / "app" / "routers" / "pages" / f"{page}.md").read_text()
        assert f"/docs/{AUDIENCES[name]}/guide" in text
