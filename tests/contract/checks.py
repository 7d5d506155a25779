"""What must hold of every answer, beyond what schemathesis checks by itself."""

from typing import Any

from schemathesis import Case, CheckContext, CheckFunction, Response
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)
from starlette.routing import compile_path

from app.main import app
from app.routers.openapi import PROBLEM

PATTERNS = {path: compile_path(path)[0] for path in app.state.documents.whole["paths"]}
ANSWERED_ITEM_BY_ITEM = {
    "POST /v1/store/redemptions/batch",
    "POST /v1/admin/couplets/events/{event_id}/pickups/batch",
}
NOT_UNDERSTOOD = {"body_malformed", "input_invalid"}

# Why a request that its schema admits may still be called invalid: the code of the field's error.
BEYOND_JSON_SCHEMA = {
    "box_unknown": "which boxes are sold stands in no schema",
    "dearer_than_listed": "two prices of one body, which JSON Schema cannot compare",
    "line_doubled": "one of a list's fields is unique, which JSON Schema cannot say",
    "line_unknown": "which lines an order has stands in no schema",
    "no_way": "a list may be empty unless the other way of delivery is off as well",
    "not_delivered": "which boxes are sent to an address stands in no schema",
    "chain_unknown": "which drand networks there are stands in no schema",
    "code_taken": "one of a list's fields is unique, which JSON Schema cannot say",
    "impossible_numbers": "what a draw's sources can publish stands in the draw",
    "key_wrong": "how many options are right depends on the kind of question",
    "no_winner": "which tickets have won stands in no schema",
    "string_too_short": "blanks around a text are not counted, which JSON Schema cannot say",
    "pack_repeated": "one of a list's fields is unique, which JSON Schema cannot say",
    "one_of": "one of two fields, and not both, is said by no schema here",
    "merchant_unknown": "which merchants there are stands in no schema",
    "category_doubled": "one of a list's fields is unique, which JSON Schema cannot say",
    "picture_unknown": "which pictures there are stands in no schema",
    "window_outside_sale": "when a box is sold stands in the box",
    "window_within_draw": "where a draw's window and result lie stands in no schema",
    "not_anonymous": "which topics can be asked about without a name stands in the topics",
    "option_unknown": "which options a question has stands in no schema",
    "options_wrong": "options differ from each other, and a true/false question has two",
    "question_unknown": "which questions an attempt has stands in no schema",
    "range_too_small": "two numbers of one body, which JSON Schema cannot compare",
    "too_few_bits": "how many tickets a draw has stands in the draw",
    "too_many_options": "how many can be chosen depends on the kind of question",
    "unknown": "which members, quizzes, accounts and messages there are stands in no schema",
    "wrong_count": "how many sources a draw has stands in the draw",
    "after_end": "two instants of one body, which JSON Schema cannot compare",
    "day_repeated": "one of a list's fields is unique, which JSON Schema cannot say",
    "expert_unknown": "which experts there are stands in no schema",
    "nowhere": "one of two fields at least, of which either may be changed alone",
    "too_far_ahead": "how far a plan reaches is compared with today",
    "too_many_slots": "how many slots follow from a plan stands in no schema",
    "want_one": "one of two ways to say what is wanted, told in words and in an example",
    "category_repeated": "one of a list's fields is unique, which JSON Schema cannot say",
    "credit_code_check_character_wrong": "a sum over the others, which JSON Schema cannot form",
    "filter_not_taken": "which list has which filters stands in the list",
    "hours_invalid": "24:00 is a time to close and none to open",
    "int_type": "JSON Schema takes 7.0 for an integer; money and counts have no point",
    "kind_unknown": "which kinds of notices there are stands in no schema",
    "list_unknown": "packs register their lists; the document names those that there are",
    "member_unknown": "which numbers are a member's stands in no schema",
    "missing": "one of two fields is needed, or one by merchants' systems or some lists alone",
    "no_paper": "two counts of one body, of which one may be nothing and not both",
    "recipient_whole": "a name and a phone are both there or both null",
    "show_one": "one of three ways to say whose pair it is, told in words and in an example",
    "site_closed": "until when a site hands out stands in no schema",
    "site_unknown": "which sites an event has stands in no schema",
    "store_unknown": "which numbers are a store's stands in no schema",
    "time_range": "from 1970 to 2199; JSON Schema knows the form of an instant, not its range",
    "variable_malformed": "a pattern cannot say it without saying which variables there are",
    "variable_missing": "which variables a kind has stands in no schema",
    "variable_type": "which type a variable has stands in no schema",
    "variable_unknown": "which variables a kind has stands in no schema",
    "variant_unknown": "which variants an event has stands in no schema",
    "window_empty": "two instants of one body, which JSON Schema cannot compare",
}


def refusal_is_documented(ctx: CheckContext, response: Response, case: Case) -> None:
    """A refusal's code stands in the document, at this operation and this status."""
    code = _problem(response).get("code", "method_not_allowed")
    if code == "method_not_allowed":
        return
    documented = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    examples = documented.get("content", {}).get(PROBLEM, {}).get("examples", {})
    assert code in examples, f"{response.status_code} {code} is not documented here"


def what_the_schema_admits_is_understood(ctx: CheckContext, response: Response, case: Case) -> None:
    """Well-formed requests may be refused for what they ask, never for how they ask it."""
    problem = _problem(response)
    if case.meta is None or case.meta.generation.mode.is_negative:
        return
    if problem.get("code") in NOT_UNDERSTOOD:
        errors = problem.get("errors", [{}])
        unexplained = [each for each in errors if each.get("code") not in BEYOND_JSON_SCHEMA]
        assert not unexplained, f"the schema admits this: {unexplained}"


def healthy_servers_are_always_available(ctx: CheckContext, response: Response, case: Case) -> None:
    assert response.status_code < 500


def allow_names_what_the_address_knows(ctx: CheckContext, response: Response, case: Case) -> None:
    """`Allow` lists the methods of every template that the address fits: `…/lookup` is also a
    redemption's number."""
    if response.status_code != 405:
        return
    (allowed,) = response.headers["allow"]
    paths = app.state.documents.whole["paths"]
    fitting = [path for path, pattern in PATTERNS.items() if pattern.match(case.formatted_path)]
    known = {method.upper() for path in fitting for method in paths[path]}
    assert {each.strip() for each in allowed.split(",")} == known


def unknown_methods_are_refused(ctx: CheckContext, response: Response, case: Case) -> bool | None:
    """Where the address fits one template alone; `…/batch` is also a redemption's number."""
    fitting = [path for path, pattern in PATTERNS.items() if pattern.match(case.formatted_path)]
    return unsupported_method(ctx, response, case) if len(fitting) == 1 else None


def what_the_schema_forbids_is_refused(
    ctx: CheckContext, response: Response, case: Case
) -> bool | None:
    """As a whole, or where each item is answered alone, in that item's own answer."""
    if case.operation.label in ANSWERED_ITEM_BY_ITEM and response.status_code == 200:
        return None
    return negative_data_rejection(ctx, response, case)


# In place of those that know less: one template of an address at a time, statuses without codes,
# requests that are refused as a whole or not at all.
EXCLUDED: list[CheckFunction] = [
    allow_header_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
]
ADDITIONAL: list[CheckFunction] = [
    refusal_is_documented,
    what_the_schema_admits_is_understood,
    healthy_servers_are_always_available,
    allow_names_what_the_address_knows,
    unknown_methods_are_refused,
    what_the_schema_forbids_is_refused,
]


def _problem(response: Response) -> dict[str, Any]:
    if response.headers.get("content-type") != [PROBLEM]:
        return {}
    document: dict[str, Any] = response.json()
    return document
