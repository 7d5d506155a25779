"""Under which names personal data and secrets are sealed, digested and masked.

One module, because a value sealed under one name opens under no other: whoever
writes or reads these columns takes the names from here.
"""

import unicodedata

from app.platform.crypto import Digester

# Contexts of `Sealer`: table.column.
SEAL_NAME = "member.name"
SEAL_PHONE = "member.phone"
SEAL_ID_NUMBER = "person.id_number"
SEAL_ONBOARDING_CODE = "onboarding_code.code"
SEAL_SECOND_FACTOR = "second_factor.secret"

# Purposes of `Digester`.
ID_NUMBER = "person.id_number"
PHONE_LAST4 = "member.phone_last4"
ONBOARDING_CODE = "onboarding_code.code"

STARS_AFTER_NAME = 2
PHONE_HEAD, PHONE_TAIL = 3, 4


def person_digest(digester: Digester, id_number: str) -> bytes:
    """What a natural person is found by; `x` and `X` are one number, full-width digits too."""
    return digester.digest(ID_NUMBER, unicodedata.normalize("NFKC", id_number).strip().upper())


def last4_digest(digester: Digester, phone: str) -> bytes:
    """What an account is found by when staff are told the last four digits, or a whole number."""
    return digester.digest(PHONE_LAST4, phone.strip()[-PHONE_TAIL:])


def mask_name(name: str) -> str:
    """`张三丰` → `张**`: the first character, and at most two stars for the rest.

    A name of one character shows nothing.
    """
    if len(name) < 2:
        return "*" * len(name)
    return name[0] + "*" * min(len(name) - 1, STARS_AFTER_NAME)


def mask_phone(phone: str) -> str:
    """`13812341234` → `138****1234`; a number too short for that keeps its last two digits."""
    hidden = len(phone) - PHONE_HEAD - PHONE_TAIL
    if hidden < PHONE_TAIL:
        return "*" * max(len(phone) - 2, 0) + phone[-2:]
    return phone[:PHONE_HEAD] + "*" * hidden + phone[-PHONE_TAIL:]
