"""The pass of a reservation: short-lived signed text, shown as a QR that the app renews.

`r` reservation, `ev` its event, `iat` signed, in seconds of campaign time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.shared.counter import PassKey, SignedTexts

TYPE = "couplets-pass+jwt"


@dataclass(frozen=True, slots=True)
class PassClaims:
    """What a pass says. The time is a whole second."""

    reservation_id: UUID
    event_id: UUID
    signed_at: datetime


class Passes:
    """One a process."""

    def __init__(self, signed: SignedTexts) -> None:
        self._signed = signed

    @property
    def keys(self) -> list[PassKey]:
        """What a desk without a network judges passes by."""
        return self._signed.keys

    def sign(self, claims: PassClaims) -> str:
        return self._signed.sign(
            TYPE,
            {
                "r": str(claims.reservation_id),
                "ev": str(claims.event_id),
                "iat": int(claims.signed_at.timestamp()),
            },
        )

    def read(self, text: str) -> PassClaims:
        """However old it is. Raises `CodeUnknown` unless we signed it."""
        claims = self._signed.read(TYPE, text)
        return PassClaims(
            UUID(claims["r"]), UUID(claims["ev"]), datetime.fromtimestamp(claims["iat"], UTC)
        )
