"""Every operation of the document, as every kind of caller, with all that its schemas admit and
much that they do not: nothing breaks, and nothing is answered that the document does not say."""

from itertools import cycle, islice
from uuid import uuid4

from hypothesis import given
from schemathesis import APIOperation, Case, GenerationMode

from tests.contract.document import (
    EXAMPLES,
    OPERATIONS,
    each_guarded_operation,
    each_operation,
    each_public_operation,
    edges,
    is_safe,
    made_up,
    requests_of,
    usual_edges,
)
from tests.contract.served import EVERYBODY, Served, names_of, right_callers, wrong_callers

DENIED_EXAMPLES = 1
# Some operations need more than a made-up request to say yes.
SHARE_OF_YES = 0.7
KEY = "Idempotency-Key"
# An operation that has said no so often needs more than a good request.
GOOD, TRIES = [GenerationMode.POSITIVE], 8
# Of these each operation uses up what was made; one event or quiz does for many.
USED_UP = {"wish_id", "order_id", "consultation_id"}
# Whose caller is known by a signature, which nobody here has.
KNOWS_BY_SIGNATURE = {"POST /v1/payments/wechat/notifications"}


@each_operation
def test_an_operation_answers_as_documented(operation: APIOperation, served: Served) -> None:
    """At the edges of its schemas, and whatever else it is sent."""
    changes = not is_safe(operation)
    served.furnish(operation, changes=changes)
    callers = right_callers(operation)
    for case in usual_edges(operation):
        served.name_real_things(case)
        served.ask(case, callers[0])
    if changes and not USED_UP.isdisjoint(names_of(operation)):
        served.furnish(operation)
    turns = cycle(callers)

    @made_up(EXAMPLES)
    @given(case=requests_of(operation))
    def ask(case: Case) -> None:
        served.name_real_things(case)
        served.ask(case, next(turns))

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
    served.furnish(operation, changes=not is_safe(operation))

    @made_up(DENIED_EXAMPLES)
    @given(case=requests_of(operation))
    def ask(case: Case) -> None:
        for caller in EVERYBODY:
            denied = served.ask(case, caller).status_code in {401, 403}
            assert denied == (operation.label in KNOWS_BY_SIGNATURE)

    ask()


def test_most_operations_meet_what_they_need_to_say_yes(served: Served) -> None:
    """Or all that is above would prove little."""
    unmet, looked_at = [], OPERATIONS[::9]
    for operation in looked_at:
        served.furnish(operation, changes=not USED_UP.isdisjoint(names_of(operation)))
        if not says_yes(operation, served):
            unmet.append(operation.label)
    assert len(unmet) <= (1 - SHARE_OF_YES) * len(looked_at), unmet


def says_yes(operation: APIOperation, served: Served) -> bool:
    for caller in right_callers(operation):
        for case in islice(edges(operation, GOOD), TRIES):
            # Nobody can make these two up.
            case.query.pop("cursor", None)
            if KEY in case.headers:
                case.headers[KEY] = str(uuid4())
            served.name_real_things(case)
            if served.ask(case, caller).status_code < 300:
                return True
    return False
