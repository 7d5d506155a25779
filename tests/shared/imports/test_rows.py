"""What a row must be to be taken: hours, coordinates, numbers."""

import pytest

from app.shared.imports.faults import RowRefused
from app.shared.imports.stores import hours
from app.shared.imports.values import date_of, digits_of, number_of, text_of


@pytest.mark.parametrize(
    ("opens", "closes", "minutes"),
    [
        ("06:00", "22:00", (360, 1320)),
        ("6:00", "22:30:00", (360, 1350)),
        ("00:00", "24:00", (0, 1440)),
        ("18:00", "02:00", (1080, 1560)),
        ("18:00", "26:00", (1080, 1560)),
        ("06:00", "06:00", (360, 1800)),
        ("00:00", "00:00", (0, 1440)),
    ],
)
def test_a_store_may_close_at_midnight_and_after_it(opens, closes, minutes):
    assert hours(opens, closes) == minutes


@pytest.mark.parametrize(
    ("opens", "closes", "code"),
    [
        ("24:00", "26:00", "hours_malformed"),
        ("06:00", "31:00", "hours_malformed"),
        ("06:60", "22:00", "hours_malformed"),
        ("six", "22:00", "hours_malformed"),
        ("06:00", "", "value_missing"),
    ],
)
def test_hours_that_no_store_can_keep_are_refused(opens, closes, code):
    with pytest.raises(RowRefused) as caught:
        hours(opens, closes)

    assert caught.value.fault.code == code


@pytest.mark.parametrize("spoilt", ["3.7E+17", "3.70283E+17", "4e+17", "3.70283199001011E+17"])
def test_a_number_that_excel_has_spoilt_is_refused_by_that_name(spoilt):
    with pytest.raises(RowRefused) as caught:
        digits_of(spoilt, "id_number")

    assert caught.value.fault.code == "number_spoilt_by_excel"


def test_full_width_digits_and_a_leading_apostrophe_are_what_typing_adds():
    assert (
        digits_of("'１１０１０５１９４９１２３１００２Ｘ", "id_number") == "'11010519491231002X"[1:]
    )
    assert number_of("'M00000001", "member_no") == "M00000001"


def test_a_text_is_kept_as_people_write_it():
    assert text_of("  阿卜杜拉·买买提 \n (东门)  ", "name", most=80) == "阿卜杜拉·买买提 (东门)"


@pytest.mark.parametrize("text", ["\x07bell", "a\u0000b"])
def test_a_text_with_control_characters_is_refused(text):
    with pytest.raises(RowRefused) as caught:
        text_of(text, "name", most=80)

    assert caught.value.fault.code == "text_unreadable"


def test_a_date_may_be_written_as_excel_saves_it():
    assert date_of("2026/1/31", "category_until") == date_of("2026-01-31", "category_until")


@pytest.mark.parametrize("text", ["2026-02-30", "31.12.2026", "soon"])
def test_a_day_that_does_not_exist_is_refused(text):
    with pytest.raises(RowRefused) as caught:
        date_of(text, "category_until")

    assert caught.value.fault.code == "date_malformed"


def test_a_text_may_be_as_long_as_its_column_and_no_longer():
    assert text_of("名" * 80, "name", most=80) == "名" * 80
    with pytest.raises(RowRefused) as caught:
        text_of("名" * 81, "name", most=80)

    assert caught.value.fault.code == "value_too_long"
