"""The pass of what somebody holds of an event: short-lived signed text, shown as a QR that the
app renews.

`r` what is held (a reservation, a registration), `ev` its event, `iat` signed, in seconds of
campaign time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.platform.ids import own_id
from app.shared.counter.device_time import PASS_LIFE
from app.shared.counter.signing import PassKey, SignedTexts


@dataclass(frozen=True, slots=True)
class PassClaims:
    """What a pass says. The time is a whole second."""

    held_id: UUID
    event_id: UUID
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class ShownPass:
    """Until when a desk with a network takes it."""

    text: str
    expires_at: datetime


class Passes:
    """One a process and `kind`, the type by which no pass is taken for another."""

    def __init__(self, signed: SignedTexts, kind: str) -> None:
        self._signed = signed
        self._kind = kind

    @property
    def keys(self) -> list[PassKey]:
        """What a desk without a network judges passes by."""
        return self._signed.keys

    def show(self, held_id: UUID, event_id: UUID, now: datetime) -> ShownPass:
        """Signed now, to the second."""
        signed_at = now.replace(microsecond=0)
        text = self.sign(PassClaims(held_id, event_id, signed_at))
        return ShownPass(text, signed_at + PASS_LIFE)

    def sign(self, claims: PassClaims) -> str:
        return self._signed.sign(
            self._kind,
            {
                "r": str(claims.held_id),
                "ev": str(claims.event_id),
                "iat": int(claims.signed_at.timestamp()),
            },
        )

    def read(self, text: str) -> PassClaims:
        """However old it is. Raises `CodeUnknown` unless we signed it."""
        claims = self._signed.read(self._kind, text)
        return PassClaims(
            own_id(claims["r"]), own_id(claims["ev"]), datetime.fromtimestamp(claims["iat"], UTC)
        )
