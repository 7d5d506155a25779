"""Credit codes: the standard's own example, and that a slip of the pen is noticed."""

import pytest

from app.shared.identity.credit_code import (
    ALPHABET,
    CreditCodeFault,
    canonical_credit_code,
    check_character,
    credit_code_fault,
)

# GB 32100-2015, its example; and made-up codes of a region that does not exist.
GOOD = ["91350100M000100Y43", "91999999MA0000001N", "91999999MA0000002R"]


@pytest.mark.parametrize("code", GOOD)
def test_a_right_code_passes(code: str) -> None:
    assert credit_code_fault(code) is None


@pytest.mark.parametrize("code", GOOD)
def test_any_one_character_changed_is_noticed(code: str) -> None:
    for place, right in enumerate(code):
        for wrong in set(ALPHABET) - {right}:
            changed = code[:place] + wrong + code[place + 1 :]
            assert credit_code_fault(changed) is CreditCodeFault.CHECK_CHARACTER


@pytest.mark.parametrize(
    "code", ["", "91350100M000100Y4", "91350100M000100Y433", "91350100M000100I43", "海" * 18]
)
def test_what_is_no_code_is_called_malformed(code: str) -> None:
    assert credit_code_fault(code) is CreditCodeFault.FORM


def test_a_code_is_read_as_people_type_it() -> None:
    assert canonical_credit_code(" 91350100m0001００Y43 ") == "91350100M000100Y43"


def test_a_check_character_is_found_for_every_remainder() -> None:
    ends = {check_character(f"9199999900000{a}{b}00") for a in ALPHABET for b in ALPHABET}
    assert ends == set(ALPHABET)
