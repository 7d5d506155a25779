"""Identity numbers: GB 11643's published examples (cases 4) and what is near them."""

from datetime import date

import pytest

from app.shared.identity.id_number import IdNumberFault, check_digit, id_number_fault

TODAY = date(2023, 1, 5)
PUBLISHED = "11010519491231002X"


def with_check(digits: str) -> str:
    return digits + check_digit(digits)


def test_the_published_number_is_right_with_a_large_or_a_small_x() -> None:
    assert id_number_fault(PUBLISHED, today=TODAY) is None
    assert id_number_fault(PUBLISHED.lower(), today=TODAY) is None


def test_the_other_published_number_has_its_check_digit_and_too_early_a_year() -> None:
    number = "440524188001010014"
    assert check_digit(number[:-1]) == number[-1]
    assert id_number_fault(number, today=TODAY) is IdNumberFault.DATE


def test_each_place_weighs_what_the_standard_says() -> None:
    """Cases 4: the published numbers alone leave two places at nought."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    by_remainder = "10X98765432"
    for place, weight in enumerate(weights):
        one = "0" * place + "1" + "0" * (16 - place)
        assert check_digit(one) == by_remainder[weight % 11], place


@pytest.mark.parametrize("place", range(18))
def test_any_one_digit_changed_fails(place: int) -> None:
    for other in "0123456789X":
        changed = PUBLISHED[:place] + other + PUBLISHED[place + 1 :]
        if changed != PUBLISHED:
            assert id_number_fault(changed, today=TODAY) is not None, changed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "110105491231002",
        PUBLISHED + "0",
        " " + PUBLISHED[1:],
        "1101051949123100２X",
        "1.10105194912E+17",
        "ABCDEFGHIJKLMNOPQR",
        "11010519491231002Y",
        "١١٠١٠٥١٩٤٩١٢٣١٠٠٢X",
    ],
)
def test_another_form_is_refused_by_that_name(text: str) -> None:
    assert id_number_fault(text, today=TODAY) is IdNumberFault.FORM


@pytest.mark.parametrize("birthday", ["19000229", "18991231", "20230106", "19901301", "19900100"])
def test_a_date_that_is_none_or_too_early_or_still_to_come_is_refused(birthday: str) -> None:
    number = with_check("990101" + birthday + "001")
    assert id_number_fault(number, today=TODAY) is IdNumberFault.DATE


@pytest.mark.parametrize("birthday", ["19000101", "20000229", "20230105"])
def test_the_first_and_the_last_possible_day_are_good(birthday: str) -> None:
    assert id_number_fault(with_check("990101" + birthday + "001"), today=TODAY) is None


def test_the_region_does_not_matter() -> None:
    assert id_number_fault(with_check("999999" + "19900101" + "123"), today=TODAY) is None
