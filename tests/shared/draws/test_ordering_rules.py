"""Which number decides an order, and what may be said of it."""

import math
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from app.models.states_draws import DrawMethod
from app.shared.draws import Claim
from app.shared.draws.ordering_rules import MARGIN, deciding_round
from app.shared.draws.picking_rules import bits_needed, claim_of, key_of, picks

PERIOD = timedelta(seconds=3)
FROZEN = datetime(2026, 1, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize("after_ms", [0, 1, 1_500, 2_999, 3_000, 61_234])
def test_the_number_is_that_of_the_first_round_behind_the_margin(after_ms: int) -> None:
    frozen_at = FROZEN + timedelta(milliseconds=after_ms)
    published_at = deciding_round(frozen_at).published_at
    assert timedelta() <= published_at - frozen_at - MARGIN < PERIOD
    assert deciding_round(frozen_at).url.endswith(str(deciding_round(frozen_at).round_no))


def test_every_order_of_57_tickets_is_possible_and_of_more_only_every_place() -> None:
    assert bits_needed(57, [1] * 57) == pytest.approx(math.log2(math.factorial(57)))
    assert claim_of(256, 57, [1] * 57) is Claim.EVERY_OUTCOME
    assert claim_of(256, 58, [1] * 58) is Claim.EVEN_ODDS
    assert claim_of(256, 30_000, [1] * 30_000) is Claim.EVEN_ODDS


def test_each_of_four_tickets_is_as_often_at_each_place() -> None:
    """Chi-squared over 4,000 numbers: nine degrees of freedom, one in a million above 48."""
    draws, seen = 4_000, Counter[tuple[int, int]]()
    for number in range(draws):
        key = key_of([[number * 7919 + 1]])
        order = enumerate(picks(DrawMethod.RFC_3797, key, 4))
        seen.update((place, pick.place) for place, pick in order)
    expected = draws / 4
    assert sum((count - expected) ** 2 / expected for count in seen.values()) < 48
    assert len(seen) == 16
