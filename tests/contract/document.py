"""The service's own document, as schemathesis reads it."""

import math
import os
from collections.abc import Iterator, Sequence

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import APIOperation, Case, GenerationMode

from app.main import app

# Made-up requests an operation, after so many at the edges of its schemas. A longer run,
# different each time and with all edges there are: CONTRACT_EXAMPLES=500 ./run test tests/contract
USUAL_EXAMPLES = 2
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", USUAL_EXAMPLES))
IS_USUAL = EXAMPLES == USUAL_EXAMPLES
USUAL_EDGES = 8

CONFIG = schemathesis.Config.from_dict(
    {
        "seed": 20230105,
        # Tokens are ours to choose.
        "generation": {"with-security-parameters": False, "deterministic": True},
    }
)
SCHEMA = schemathesis.openapi.from_dict(app.state.documents.whole, config=CONFIG)
SAFE = {"GET", "HEAD"}


def is_safe(operation: APIOperation) -> bool:
    return operation.method.upper() in SAFE


# Those that change nothing first: one after the other they do with the same things.
OPERATIONS: list[APIOperation] = sorted(
    (found.ok() for found in SCHEMA.get_all_operations()), key=lambda each: not is_safe(each)
)
BOTH_MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


def _each(operations: list[APIOperation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "operation", operations, ids=[operation.label for operation in operations]
    )


def _is_public(operation: APIOperation) -> bool:
    return not operation.definition.raw["security"]


each_operation = _each(OPERATIONS)
each_public_operation = _each([each for each in OPERATIONS if _is_public(each)])
each_guarded_operation = _each([each for each in OPERATIONS if not _is_public(each)])


def made_up(examples: int) -> settings:
    """That many examples, the same ones each time unless a longer run was asked for.

    Nothing is made smaller and tried again: the service remembers what it was sent.
    """
    return settings(
        max_examples=examples,
        derandomize=IS_USUAL,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


def edges(operation: APIOperation, modes: Sequence[GenerationMode] = BOTH_MODES) -> Iterator[Case]:
    """Each keyword of the operation's schemas met and missed, its examples, other methods."""
    return SCHEMA.iter_coverage_cases(
        operation, generation_modes=list(modes), generation_config=SCHEMA.config.generation
    )


def usual_edges(operation: APIOperation) -> list[Case]:
    """Some from all over them, the same ones each time; all in a longer run."""
    found = list(edges(operation))
    return found[:: math.ceil(len(found) / USUAL_EDGES)] if IS_USUAL and found else found


def requests_of(operation: APIOperation) -> SearchStrategy[Case]:
    """Whatever the operation's schemas admit; and what they do not, where they say anything."""
    says_anything = bool(operation.body) or any(operation.iter_parameters())
    good = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    bad = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    return good | bad if says_anything else good
