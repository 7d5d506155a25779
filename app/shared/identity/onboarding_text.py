"""The text of an onboarding code: made, read as people type it, found and drawn again.

80 random bits, so it needs no budget of guesses. It is found by its keyed digest
and kept sealed only for its QR, for as long as it can still be used.
"""

import secrets

from sqlalchemy import ColumnElement

from app.platform.crypto import Digester, Sealer
from app.shared.identity.seals import ONBOARDING, ONBOARDING_CODE

CODE_LENGTH, GROUP_LENGTH = 16, 4
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_code_text() -> str:
    """Sixteen symbols of Crockford's base 32 in groups of four: `7KQ2-9XWB-0T4M-H6ZC`."""
    symbols = "".join(secrets.choice(_CROCKFORD) for _ in range(CODE_LENGTH))
    return "-".join(symbols[at : at + GROUP_LENGTH] for at in range(0, CODE_LENGTH, GROUP_LENGTH))


class CodeTexts:
    """How a code's text stands in its table."""

    def __init__(self, sealer: Sealer, digester: Digester) -> None:
        self._sealer = sealer
        self._digester = digester

    def digest(self, text: str) -> bytes:
        """What a new code is found by."""
        return ONBOARDING.digest(self._digester, text)

    def finds(self, text: str) -> ColumnElement[bool]:
        """The condition under which a code is the one that was typed."""
        return ONBOARDING.finds(self._digester, text)

    def seal(self, text: str) -> bytes:
        return ONBOARDING_CODE.seal(self._sealer, text)

    def open(self, sealed: bytes) -> str:
        return ONBOARDING_CODE.open(self._sealer, sealed)
