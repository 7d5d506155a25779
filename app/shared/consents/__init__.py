"""What a member consents to, purpose by purpose: given, withdrawn as easily, and asked for.

A service that needs a consent calls `require` inside its own transaction; nothing else
decides. Law: Personal Information Protection Law 13 to 16, 23, 29. docs/consents.md.
"""

from app.shared.consents.purposes import TEXTS, ConsentText
from app.shared.consents.refusals import ConsentRequired
from app.shared.consents.standing import (
    AtWithdrawal,
    Standing,
    Withdrawals,
    read_consent,
    read_consents,
    record_consent,
    require,
    set_consent,
)

__all__ = [
    "TEXTS",
    "AtWithdrawal",
    "ConsentRequired",
    "ConsentText",
    "Standing",
    "Withdrawals",
    "read_consent",
    "read_consents",
    "record_consent",
    "require",
    "set_consent",
]
