"""What this room keeps sealed, how it is found, and how it is shown.

One module, because a value sealed for one column opens in no other: whoever writes or
reads these columns does it through these.
"""

import unicodedata

from app.models.identity import Member, Merchant, OnboardingCode, Person, SecondFactor
from app.shared.sealed import Lookup, SealedField
from app.shared.sealed.masks import hide, mask_account, mask_name, mask_phone

PHONE_TAIL = 4
_READ_AS = str.maketrans("OIL", "011", "- ")


def canonical_id_number(id_number: str) -> str:
    """What a natural person is found by; `x` and `X` are one number, full-width digits too."""
    return unicodedata.normalize("NFKC", id_number).strip().upper()


def last_digits(phone: str) -> str:
    """What an account is found by when staff are told the last four digits, or a whole number."""
    return phone.strip()[-PHONE_TAIL:]


def canonical_code(text: str) -> str:
    """An onboarding code as people type it: case, dashes, blanks and look-alikes do not matter."""
    return text.upper().translate(_READ_AS)


PERSON = Lookup(Person.id_number_digest, canonical_id_number)
ID_NUMBER = SealedField(Person.id_number_sealed, hide, PERSON)
NAME = SealedField(Member.name_sealed, mask_name)
PHONE_LAST4 = Lookup(Member.phone_last4_digest, last_digits)
PHONE = SealedField(Member.phone_sealed, mask_phone, PHONE_LAST4)
ONBOARDING = Lookup(OnboardingCode.code_digest, canonical_code)
ONBOARDING_CODE = SealedField(OnboardingCode.code_sealed, hide, ONBOARDING)
SECOND_FACTOR = SealedField(SecondFactor.secret_sealed, hide)
BANK_ACCOUNT = SealedField(Merchant.bank_account_sealed, mask_account)
CONTACT_NAME = SealedField(Merchant.contact_name_sealed, mask_name)
CONTACT_PHONE = SealedField(Merchant.contact_phone_sealed, mask_phone)

SEALED = (
    ID_NUMBER,
    NAME,
    PHONE,
    ONBOARDING_CODE,
    SECOND_FACTOR,
    BANK_ACCOUNT,
    CONTACT_NAME,
    CONTACT_PHONE,
)
