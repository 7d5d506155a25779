"""Numbers as newspapers print them: 余 never says more than there was, 近 never less."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.shared.report.numeral_rules import (
    MANNERS,
    NEARLY_PERCENT,
    nearly,
    over,
    plain,
    rough,
    yuan,
)

COUNTS = st.one_of(st.integers(1, 2_000), st.integers(1, 10**9))


def number(said: str) -> int:
    """What the digits and 万 of it stand for."""
    digits = said.removesuffix("元").removesuffix("余").removeprefix("近")
    wan = digits.endswith("万")
    value = Decimal(digits.removesuffix("万")) * (10_000 if wan else 1)
    assert value == int(value), said
    return int(value)


@pytest.mark.parametrize(
    ("manner", "count", "said"),
    [
        # The published figures of 2023.
        ("over", 108, "100余"),
        ("plain", 64, "64"),
        ("plain", 1_000, "1000"),
        ("plain", 20_000, "2万"),
        ("over", 1_250, "1200余"),
        ("rough", 100_000, "10万"),
        ("over", 32_000, "3.2万"),
        ("plain", 9_626, "9626"),
        ("over", 40_321, "4万余"),
        ("plain", 15_007, "15007"),
        ("plain", 1_570_000, "157万"),
        # The manner itself.
        ("over", 99, "99"),
        ("over", 100, "100"),
        ("over", 199, "190余"),
        ("over", 9_999, "9900余"),
        ("over", 10_001, "1万余"),
        ("over", 103_456, "10.3万余"),
        ("nearly", 9_626, "近9700"),
        ("nearly", 9_999, "近1万"),
        ("nearly", 9_700, "9700"),
        ("rough", 98_700, "近10万"),
        ("rough", 96_000, "9.6万"),
        ("rough", 3_950, "近4000"),
        ("yuan", 19_990_050, "19.9万余元"),
        ("yuan", 9_950, "99余元"),
        ("yuan", 10_000, "100元"),
    ],
)
def test_a_number_is_said_as_the_trade_says_it(manner: str, count: int, said: str) -> None:
    assert MANNERS[manner](count) == said


@given(COUNTS)
def test_what_is_plain_is_exact(count: int) -> None:
    assert number(plain(count)) == count
    assert not {"余", "近"} & set(plain(count))


@given(COUNTS)
def test_yu_is_rounded_down_and_says_that_there_was_more(count: int) -> None:
    said = over(count)
    assert (number(said) < count) if said.endswith("余") else (number(said) == count)
    assert "近" not in said
    # What is left out is less than a tenth.
    assert count - number(said) < count / 10


@given(COUNTS)
def test_jin_is_rounded_up_and_says_that_there_was_less(count: int) -> None:
    said = nearly(count)
    assert (number(said) > count) if said.startswith("近") else (number(said) == count)
    assert "余" not in said
    assert number(said) - count < count / 10


@given(COUNTS)
def test_a_rough_number_is_near_a_round_one_or_more_than_another(count: int) -> None:
    said = rough(count)
    if said.startswith("近"):
        assert 0 < number(said) - count <= number(said) * NEARLY_PERCENT / 100
        assert set(str(number(said))[1:]) <= {"0"}
    else:
        assert said == over(count)


@given(st.integers(1, 10**12))
def test_money_is_whole_yuan_and_never_more_than_there_was(fen: int) -> None:
    said = yuan(fen)
    assert said.endswith("元")
    assert (number(said) * 100 < fen) if "余" in said else (number(said) * 100 == fen)


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_more_is_never_said_as_less(one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert number(over(less)) <= number(over(more))
    assert number(nearly(less)) <= number(nearly(more))
