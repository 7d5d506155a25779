"""Who is drawn: RFC 3797's own vector, odds over many draws, and how many bits it takes."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.models.states_draws import DrawMethod
from app.shared.draws.picking_rules import (
    MOST_BY_RFC,
    Claim,
    bits_needed,
    bits_of_numbers,
    claim_of,
    key_of,
    method_for,
    picks,
    turns,
)
from tests.shared.draws.hall import verifier

# Section 6 of the RFC (cases.md section 2).
NUMBERS = [[9319], [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45]]
KEY = b"9319./2.5.8.10.12./9.18.26.34.41.45./"
PICKED = [17, 7, 2, 16, 25, 23, 8, 24, 19, 13, 22, 5, 18, 9, 1, 4]
RFC, WIDE = DrawMethod.RFC_3797, DrawMethod.WIDE
BOTH = pytest.mark.parametrize("method", [RFC, WIDE])


def places(method: DrawMethod, key: bytes, tickets: int) -> list[int]:
    return [pick.place for pick in picks(method, key, tickets)]


def test_the_rfcs_own_vector() -> None:
    assert key_of(NUMBERS) == KEY
    assert places(RFC, KEY, 25)[:16] == PICKED
    assert next(picks(RFC, KEY, 25)).digest.upper() == "990DD0A5692A029A98B5E01AA28F3459"


def test_the_verifier_and_the_service_agree_on_the_vector_without_sharing_a_line() -> None:
    tickets = [f"{place:02}" for place in range(1, 26)]
    drawn = list(verifier.sequence("rfc3797_md5", verifier.key_of(NUMBERS), tickets))
    assert [int(ticket) for ticket in drawn[:16]] == PICKED


def test_the_order_inside_a_source_is_nothing_and_the_order_of_sources_everything() -> None:
    assert key_of([list(reversed(source)) for source in NUMBERS]) == KEY
    assert places(RFC, key_of(list(reversed(NUMBERS))), 25) != places(RFC, KEY, 25)


@BOTH
def test_every_ticket_is_drawn_once(method: DrawMethod) -> None:
    assert sorted(places(method, KEY, 300)) == list(range(1, 301))


def test_a_list_that_two_bytes_cannot_count_is_refused_and_drawn_by_the_wide_method() -> None:
    assert (method_for(MOST_BY_RFC), method_for(MOST_BY_RFC + 1)) == (RFC, WIDE)
    with pytest.raises(ValueError, match="65535"):
        next(picks(RFC, KEY, MOST_BY_RFC + 1))
    assert 1 <= next(picks(WIDE, KEY, 70_000)).place <= 70_000


def test_bits_are_those_of_the_rfc() -> None:
    assert [
        round(bits_needed(*case), 1) for case in ((267, [10]), (9626, [10]), (9626, [100]))
    ] == [
        58.6,
        110.5,
        797.8,
    ]
    # Two kinds of prize: who gets which matters as well.
    assert bits_needed(10, [1, 1]) == pytest.approx(bits_needed(10, [1]) + bits_needed(9, [1]))
    assert bits_needed(3, [5]) == 0
    assert round(bits_of_numbers(6, 1, 33) + bits_of_numbers(1, 1, 16), 1) == 24.1


@pytest.mark.parametrize(
    ("bits", "claim"),
    [(110.6, Claim.EVERY_OUTCOME), (110.0, Claim.EVEN_ODDS), (33.0, Claim.NEARLY_EVEN_ODDS)],
)
def test_a_draw_says_no_more_than_its_numbers_support(bits: float, claim: Claim) -> None:
    assert claim_of(bits, 9626, [10]) is claim


@BOTH
def test_over_many_draws_every_ticket_wins_as_often(method: DrawMethod) -> None:
    """Chi-square over first and third places, 20 tickets, 4,000 draws: 19 degrees of freedom,
    of which one draw in ten thousand exceeds 51. The seed is fixed, so it is this draw."""
    generator, draws, tickets = random.Random(3797), 4_000, 20
    won: dict[int, Counter[int]] = {0: Counter(), 2: Counter()}
    for _ in range(draws):
        numbers = [generator.sample(range(1, 34), 6), generator.sample(range(1, 17), 1)]
        drawn = places(method, key_of(numbers), tickets)
        for turn, counted in won.items():
            counted[drawn[turn]] += 1
    expected = draws / tickets
    for counted in won.values():
        statistic = sum(
            (counted[each] - expected) ** 2 / expected for each in range(1, tickets + 1)
        )
        assert statistic < 51


def test_the_chi_square_sees_a_draw_that_prefers_some() -> None:
    """The control: without taking winners out, by digest modulo a number that is none."""
    generator, draws, tickets = random.Random(3797), 4_000, 20
    counted = Counter(generator.randrange(256) % 23 % tickets for _ in range(draws))
    expected = draws / tickets
    assert sum((counted[each] - expected) ** 2 / expected for each in range(tickets)) > 51


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 30), st.integers(1, 12), st.data())
def test_a_lost_prize_goes_to_the_next_of_the_sequence_and_nobody_has_two(
    tickets: int, units: int, data: st.DataObject
) -> None:
    endings: list[int] = []
    for _ in range(data.draw(st.integers(0, 8))):
        standing = [
            turn.unit for turn in turns(RFC, KEY, tickets, units, endings) if not turn.ended_by
        ]
        if standing:
            endings.append(data.draw(st.sampled_from(standing)))
    outcome = turns(RFC, KEY, tickets, units, endings)
    drawn = [turn.pick.place for turn in outcome]
    assert drawn == places(RFC, KEY, tickets)[: len(drawn)]
    assert len(drawn) == min(tickets, min(units, tickets) + len(endings))
    standing = [turn.unit for turn in outcome if turn.ended_by is None]
    assert len(standing) == len(set(standing))
