"""What people see of names and numbers, and that one person has one digest."""

import pytest

from app.platform.crypto import Digester, KeyRing
from app.shared.identity.seals import last4_digest, mask_name, mask_phone, person_digest

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
    [("13812341234", "138****1234"), ("+8613812341234", "+86*******1234"), ("85012", "***12")],
)
def test_a_phone_shows_its_ends_only(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


def test_one_identity_number_is_one_person_however_it_is_typed() -> None:
    wanted = person_digest(DIGESTER, "11010519491231002X")
    assert person_digest(DIGESTER, " 11010519491231002x") == wanted
    assert person_digest(DIGESTER, "１１０１０５１９４９１２３１００２Ｘ") == wanted
    assert person_digest(DIGESTER, "110105194912310021") != wanted


def test_a_phone_is_found_by_its_last_four_digits() -> None:
    assert last4_digest(DIGESTER, "13812341234") == last4_digest(DIGESTER, "1234")
    assert last4_digest(DIGESTER, "13812341234") != last4_digest(DIGESTER, "1235")
