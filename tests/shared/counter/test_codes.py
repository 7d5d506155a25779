"""Codes as clerks type them."""

import re

import pytest

from app.shared.counter.codes import ALPHABET, CHECK_ALPHABET, new_codes, normalise
from app.shared.counter.refusals import CodeMalformed

# 1234 is 16J in Crockford's base 32, and its check symbol is D.
CODE = "0000-0000-0000-016J-D"


def test_a_code_is_sixteen_symbols_and_a_check_symbol_in_groups() -> None:
    symbols = f"[{ALPHABET}]{{4}}"
    form = re.compile(f"({symbols}-){{4}}[{re.escape(CHECK_ALPHABET)}]")
    codes = new_codes(1_000)
    assert len(set(codes)) == 1_000
    assert all(form.fullmatch(code) for code in codes)


def test_every_new_code_is_in_the_form_in_which_it_is_looked_up() -> None:
    codes = new_codes(1_000)
    assert [normalise(code) for code in codes] == codes


@pytest.mark.parametrize(
    "typed",
    [
        "0000-0000-0000-016J-D",
        "0000000000000 16jd",
        "oOoO-0000-0000-0i6j-d",
        "0000-0000-0000-0l6J-D",
        "００００－００００－００００－０１６Ｊ－Ｄ",
        " 0000 0000 0000 016J D\n",
        "0000–0000—0000−016J_D",
        "\ufeff0000-0000-0000-\u200b016J-D",
    ],
)
def test_a_code_is_found_however_it_was_typed(typed: str) -> None:
    assert normalise(typed) == CODE


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("0000-0000-0000-0010-＊", "0000-0000-0000-0010-*"),
        ("0000-0000-0000-0011-～", "0000-0000-0000-0011-~"),
        ("0000-0000-0000-0011-〜", "0000-0000-0000-0011-~"),
        ("0000-0000-0000-0012-￥", "0000-0000-0000-0012-$"),
        ("0000-0000-0000-0013-＝", "0000-0000-0000-0013-="),
        ("0000-0000-0000-0014-u", "0000-0000-0000-0014-U"),
    ],
)
def test_the_five_odd_check_symbols_survive_a_chinese_keyboard(typed: str, code: str) -> None:
    assert normalise(typed) == code


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-",
        "D",
        "000-0000-0000-016J-D",
        "0-0000-0000-0000-016J-D",
        "0000-0000-0000-016J",
        "0000-0000-0000-U16J-D",
        "0000-0000-0000-016J-?",
        "早餐券早餐券早餐券早餐券早餐券早餐",
        "0000\x000000-0000-016J-D",
        "ß000-0000-0000-016J-D",
    ],
)
def test_what_is_no_code_is_called_malformed(typed: str) -> None:
    with pytest.raises(CodeMalformed):
        normalise(typed)


def grouped(symbols: str) -> str:
    """In the one form."""
    return re.sub(".{4}(?=.)", r"\g<0>-", symbols)


def test_every_single_mistake_is_noticed() -> None:
    symbols = CODE.replace("-", "")
    for place, right in enumerate(symbols):
        for wrong in set(CHECK_ALPHABET if place == len(symbols) - 1 else ALPHABET) - {right}:
            mistaken = symbols[:place] + wrong + symbols[place + 1 :]
            for typed in (mistaken, grouped(mistaken)):
                with pytest.raises(CodeMalformed):
                    normalise(typed)


def test_every_swap_of_neighbours_is_noticed() -> None:
    for _ in range(100):
        symbols = new_codes(1)[0].replace("-", "")
        for place in range(15):
            one, other = symbols[place], symbols[place + 1]
            if one == other:
                continue
            swapped = symbols[:place] + other + one + symbols[place + 2 :]
            for typed in (swapped, grouped(swapped)):
                with pytest.raises(CodeMalformed):
                    normalise(typed)
