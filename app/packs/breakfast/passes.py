"""The pass: a voucher as a short-lived signed text, shown as a QR that the app renews.

Short claims, so that a till can judge it without us (docs/adr/0006-passes-and-codes.md):
`v` voucher, `b` batch, `f` face value in fen, `n` valid from, `e` valid until, `iat` signed;
times are seconds of campaign time. How it is signed: `app/shared/counter/signing.py`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.platform.crypto import KeyRing
from app.platform.ids import own_id
from app.shared.counter import PassKey, SignedTexts

TYPE = "breakfast-pass+jwt"


@dataclass(frozen=True, slots=True)
class PassClaims:
    """What a pass says. Times are whole seconds."""

    voucher_id: UUID
    batch_id: UUID
    face_value_fen: int
    valid_from: datetime
    valid_until: datetime
    signed_at: datetime


class Passes:
    """Passes of vouchers, signed with one of the ring's seeds (`SignedTexts`)."""

    def __init__(self, ring: KeyRing, signing: int | None = None) -> None:
        self._signed = SignedTexts(ring, signing)

    @property
    def keys(self) -> list[PassKey]:
        """All that a till must know, oldest first."""
        return self._signed.keys

    def sign(self, claims: PassClaims) -> str:
        """The text for the QR. Parts of a second are cut off."""
        payload = {
            "v": str(claims.voucher_id),
            "b": str(claims.batch_id),
            "f": claims.face_value_fen,
            "n": int(claims.valid_from.timestamp()),
            "e": int(claims.valid_until.timestamp()),
            "iat": int(claims.signed_at.timestamp()),
        }
        return self._signed.sign(TYPE, payload)

    def read(self, text: str) -> PassClaims:
        """What a pass says, however old it is. Raises `CodeUnknown` unless we signed it."""
        claims = self._signed.read(TYPE, text)
        return PassClaims(
            voucher_id=own_id(claims["v"]),
            batch_id=own_id(claims["b"]),
            face_value_fen=claims["f"],
            valid_from=_instant(claims["n"]),
            valid_until=_instant(claims["e"]),
            signed_at=_instant(claims["iat"]),
        )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
