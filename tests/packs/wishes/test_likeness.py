"""How alike two wishes are: warned of is the same wish in other words, not another one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.packs.wishes.screening import similarity


def test_the_same_wish_in_other_signs_is_the_same() -> None:
    assert similarity("想要一件棉衣，XL码！", "想要一件 棉衣 ｘｌ码") == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("想要一件棉衣", "我想要一件棉衣，谢谢"),
        ("老伴腿脚不好，想要一台二手轮椅", "老伴腿脚不好，想要一辆二手轮椅，急用"),
    ],
)
def test_a_reworded_wish_is_nearer_than_another_wish_in_the_same_phrase(
    one: str, other: str
) -> None:
    another = "孩子上三年级，想要一套课外书"
    assert similarity(one, other) > 2 * similarity(one, another)


def test_ten_characters_of_which_two_are_exchanged_keep_two_thirds() -> None:
    assert similarity("老伴想要一件厚的棉衣", "老伴想要一床厚的棉被") == pytest.approx(6 / 9)


def test_wishes_without_a_word_are_like_nothing() -> None:
    assert similarity("", "") == similarity("！！", "！！") == similarity("", "棉衣") == 0.0


def test_a_single_character_is_like_itself() -> None:
    assert (similarity("书", "书。"), similarity("书", "衣")) == (1.0, 0.0)


@given(st.text(), st.text())
def test_it_lies_between_nought_and_one_both_ways_round(one: str, other: str) -> None:
    assert 0.0 <= similarity(one, other) == similarity(other, one) <= 1.0


@given(st.text())
def test_every_wish_with_a_word_is_like_itself(text: str) -> None:
    assert similarity(f"{text}棉衣", f"{text}棉衣") == 1.0
