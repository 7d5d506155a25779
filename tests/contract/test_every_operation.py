"""Every operation of the document, as every kind of caller, with all that its schemas admit and
much that they do not: nothing breaks, and nothing is answered that the document does not say."""

from hypothesis import given
from schemathesis import APIOperation, Case

from tests.contract.document import (
    EXAMPLES,
    OPERATIONS,
    each_guarded_operation,
    each_operation,
    each_public_operation,
    edges,
    made_up,
    requests_of,
)
from tests.contract.served import EVERYBODY, Served, right_callers, wrong_callers

DENIED_EXAMPLES = 3
# Some operations need more than a made-up request to say yes.
SHARE_OF_YES = 0.75
# Whose caller is known by a signature, which nobody here has.
KNOWS_BY_SIGNATURE = {"POST /v1/payments/wechat/notifications"}
# So many operations the same callers may call before they are told that it was too often.
CALLED_BY_ONE = 12


@each_operation
def test_at_the_edges_of_its_schemas_an_operation_answers_as_documented(
    operation: APIOperation, served: Served
) -> None:
    served.furnish(operation)
    caller = right_callers(operation)[0]
    for case in edges(operation):
        served.name_real_things(case)
        served.ask(case, caller)


@each_operation
def test_whatever_it_is_sent_an_operation_answers_as_documented(
    operation: APIOperation, served: Served
) -> None:
    served.furnish(operation)

    @made_up(EXAMPLES)
    @given(case=requests_of(operation))
    def ask(case: Case) -> None:
        served.name_real_things(case)
        for caller in right_callers(operation):
            served.ask(case, caller)

    ask()


@each_guarded_operation
def test_whoever_may_not_call_is_turned_away_whatever_is_sent(
    operation: APIOperation, served: Served
) -> None:
    served.furnish(operation)
    refusals = wrong_callers(operation)

    @made_up(DENIED_EXAMPLES)
    @given(case=requests_of(operation))
    def ask(case: Case) -> None:
        for caller, code in refusals.items():
            assert served.ask(case, caller).json()["code"] == code

    ask()


@each_public_operation
def test_a_token_changes_nothing_where_none_is_asked_for(
    operation: APIOperation, served: Served
) -> None:
    served.furnish(operation)

    @made_up(DENIED_EXAMPLES)
    @given(case=requests_of(operation))
    def ask(case: Case) -> None:
        for caller in EVERYBODY:
            denied = served.ask(case, caller).status_code in {401, 403}
            assert denied == (operation.label in KNOWS_BY_SIGNATURE)

    ask()


def test_most_operations_meet_what_they_need_to_say_yes(served: Served) -> None:
    """Or all that is above would prove little."""
    unmet, before = [], ""
    for place, operation in enumerate(OPERATIONS):
        if place % CALLED_BY_ONE == 0 or made_for_its_path(operation.path, before):
            served.furnish(operation)
        before = operation.path
        if not says_yes(operation, served):
            unmet.append(operation.label)
    assert len(unmet) <= (1 - SHARE_OF_YES) * len(OPERATIONS), unmet


def made_for_its_path(path: str, before: str) -> bool:
    """What takes a while to be made is there where the path is about it alone; an event of
    couplets does for all operations on it that stand together."""
    if "couplets" in path:
        return "couplets" not in before
    return any(word in path for word in ("wish", "health", "draws"))


def says_yes(operation: APIOperation, served: Served) -> bool:
    for caller in right_callers(operation):
        for case in edges(operation):
            served.name_real_things(case)
            if served.ask(case, caller).status_code < 300:
                return True
    return False
