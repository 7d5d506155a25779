"""Every way to say no: spelt as the contract spells it, explained in both languages."""

import re
from http import HTTPStatus

import pytest

from app.main import app
from app.platform.errors import REGISTRY, Refusal
from app.routers.openapi import Documents
from tests.house.source import modules

CHINESE = re.compile(r"[\u4e00-\u9fff]")
FACT = re.compile(r"\{(\w+)\}")

# Contract, sections 2 to 5: clients outside the project decide by these.
CONTRACT: dict[str, int] = {
    "forbidden": 403,
    "member_not_registered": 403,
    "body_malformed": 400,
    "idempotency_key_missing": 400,
    "idempotency_key_malformed": 400,
    "idempotency_key_reused": 422,
    "idempotency_key_in_progress": 409,
    "version_stale": 412,
    "quota_exceeded": 429,
    "temporarily_unavailable": 503,
    "state_conflict": 409,
    "consent_required": 403,
    "not_eligible": 403,
    "batch_ended": 409,
    "not_open": 409,
    "batch_paused": 409,
    "limit_reached": 409,
    "sold_out": 409,
    "voucher_redeemed": 409,
    "voucher_expired": 409,
    "voucher_void": 409,
    "store_suspended": 403,
    "redemption_no_reused": 422,
    "code_malformed": 422,
    "code_unknown": 404,
    "pass_expired": 409,
    "already_redeemed": 409,
    "voucher_not_yet_valid": 409,
    "store_not_in_batch": 409,
    "outside_hours": 409,
    "redemption_unknown": 404,
    "already_reversed": 409,
    "reversal_window_over": 409,
    "too_many_reversals": 409,
    "below_issued": 409,
    "money_request": 422,
    "already_claimed": 409,
    "own_wish": 409,
    "claim_cooldown": 409,
    "claim_expired": 409,
    "slot_taken": 409,
    "overlapping": 409,
    "full": 409,
}
# Raised outside every operation: by an address that leads nowhere, or by a bug; and of one item of
# a desk's upload alone.
OF_NO_OPERATION = {
    "method_not_allowed",
    "internal_error",
    "pickup_no_reused",
}

each_refusal = pytest.mark.parametrize("refusal", REGISTRY.values(), ids=REGISTRY.keys())


def test_the_contracts_codes_are_all_there_with_their_statuses() -> None:
    assert {code: REGISTRY[code].status for code in CONTRACT if code in REGISTRY} == CONTRACT


@each_refusal
def test_a_code_is_lower_snake_case(refusal: type[Refusal]) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", refusal.code)


@each_refusal
def test_a_refusal_is_explained_in_both_languages_with_the_same_facts(
    refusal: type[Refusal],
) -> None:
    for words in (refusal.title, refusal.detail):
        assert CHINESE.search(words.zh) or "Idempotency-Key" in words.zh
        assert not CHINESE.search(words.en)
        assert set(FACT.findall(words.zh)) == set(FACT.findall(words.en))
    assert not FACT.search(refusal.title.zh), "a title says the same for all of its kind"


@each_refusal
def test_a_refusal_is_the_callers_affair_or_a_wait(refusal: type[Refusal]) -> None:
    assert HTTPStatus(refusal.status)
    if refusal.status >= 500:
        assert refusal.code in {"temporarily_unavailable", "read_only", "internal_error"}


def test_every_refusal_is_listed_at_an_operation_that_may_answer_it() -> None:
    documents: Documents = app.state.documents
    # Tests of rooms bring packs of their own, with refusals.
    ours = {code for code, refusal in REGISTRY.items() if refusal.__module__.startswith("app.")}
    assert {code for code in ours if not documents.refusing(code)} == OF_NO_OPERATION


def test_refusals_stand_where_one_looks_for_them() -> None:
    homes = re.compile(r"(errors|refusals|once|codes|operations)$")
    defining = {
        module.place
        for module in modules()
        if re.search(r"^    status, code = \d+", module.text, re.MULTILINE)
    }
    assert not {place for place in defining if not homes.search(place.removesuffix(".py"))}
