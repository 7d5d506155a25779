"""What people see of names and numbers, and that one person has one digest."""

import pytest

from app.platform.crypto import Digester, KeyRing
from app.shared.identity.seals import ONBOARDING, PERSON, PHONE_LAST4
from app.shared.sealed.masks import hide, mask_account, mask_name, mask_phone

DIGESTER = Digester(KeyRing({1: b"d" * 32}))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三丰", "张**"),
        ("张三", "张*"),
        ("欧阳娜娜", "欧**"),
        ("John Smith", "J**"),
        ("王", "*"),
        ("", ""),
    ],
)
def test_a_name_shows_its_first_character_only(name: str, shown: str) -> None:
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812341234", "138****1234"),
        ("+8613812341234", "+86*******1234"),
        ("85012", "***12"),
        ("", ""),
    ],
)
def test_a_phone_shows_its_ends_only(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("account", "shown"),
    [("37001986106050012345", "*" * 16 + "2345"), ("12345678", "********"), ("", "")],
)
def test_an_account_shows_its_last_four_digits_only(account: str, shown: str) -> None:
    assert mask_account(account) == shown


@pytest.mark.parametrize(("text", "shown"), [("1", "****"), ("1" * 40, "****"), ("", "")])
def test_what_is_hidden_does_not_even_tell_its_length(text: str, shown: str) -> None:
    assert hide(text) == shown


def test_one_identity_number_is_one_person_however_it_is_typed() -> None:
    wanted = PERSON.digest(DIGESTER, "11010519491231002X")
    assert PERSON.digest(DIGESTER, " 11010519491231002x") == wanted
    assert PERSON.digest(DIGESTER, "１１０１０５１９４９１２３１００２Ｘ") == wanted
    assert PERSON.digest(DIGESTER, "110105194912310021") != wanted


def test_a_phone_is_found_by_its_last_four_digits() -> None:
    wanted = PHONE_LAST4.digest(DIGESTER, "13812341234")
    assert wanted == PHONE_LAST4.digest(DIGESTER, "1234")
    assert wanted != PHONE_LAST4.digest(DIGESTER, "1235")


def test_digests_written_before_there_were_fields_are_still_found() -> None:
    """Purposes follow from table and column; they are those that stand in old rows."""
    assert PERSON.purpose == "person.id_number"
    assert PHONE_LAST4.purpose == "member.phone_last4"
    assert ONBOARDING.digest(DIGESTER, "7kq2 9xwb-otli-h6zc") == DIGESTER.digest(
        "onboarding_code.code", "7KQ29XWB0T11H6ZC"
    )
