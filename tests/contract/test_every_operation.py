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
from tests.contract.served import EVERYBODY, Served, kind_of, right_callers, wrong_callers

DENIED_EXAMPLES = 3
SAFE = {"GET", "HEAD"}
# Some operations need more than a made-up request to say yes.
SHARE_OF_YES = 0.75
# Whose caller is known by a signature, which nobody here has.
KNOWS_BY_SIGNATURE = {"POST /v1/payments/wechat/notifications"}
# Of a wish each operation uses up what was made; an event or a quiz does for many.
MADE_FOR_EACH = {"wish"}


@each_operation
def test_at_the_edges_of_its_schemas_an_operation_answers_as_documented(
    operation: APIOperation, served: Served
) -> None:
    served.furnish(operation, changes=operation.method.upper() not in SAFE)
    caller = right_callers(operation)[0]
    for case in edges(operation):
        served.name_real_things(case)
        served.ask(case, caller)


@each_operation
def test_whatever_it_is_sent_an_operation_answers_as_documented(
    operation: APIOperation, served: Served
) -> None:
    served.furnish(operation, changes=operation.method.upper() not in SAFE)

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
    served.furnish(operation, changes=False)
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
    served.furnish(operation, changes=operation.method.upper() not in SAFE)

    @made_up(DENIED_EXAMPLES)
    @given(case=requests_of(operation))
    def ask(case: Case) -> None:
        for caller in EVERYBODY:
            denied = served.ask(case, caller).status_code in {401, 403}
            assert denied == (operation.label in KNOWS_BY_SIGNATURE)

    ask()


def test_most_operations_meet_what_they_need_to_say_yes(served: Served) -> None:
    """Or all that is above would prove little."""
    unmet = []
    for operation in OPERATIONS:
        served.furnish(operation, changes=kind_of(operation.path) in MADE_FOR_EACH)
        if not says_yes(operation, served):
            unmet.append(operation.label)
    assert len(unmet) <= (1 - SHARE_OF_YES) * len(OPERATIONS), unmet


def says_yes(operation: APIOperation, served: Served) -> bool:
    for caller in right_callers(operation):
        for case in edges(operation):
            served.name_real_things(case)
            if served.ask(case, caller).status_code < 300:
                return True
    return False
