"""The pass: a voucher as a short-lived signed text, shown as a QR that the app renews.

A compact JWS (Ed25519) with short claims, so that a till can judge it without us
(docs/adr/0006-passes-and-codes.md): `v` voucher, `b` batch, `f` face value in fen,
`n` valid from, `e` valid until, `iat` signed; times are seconds of campaign time.
Only signatures are judged here: the library knows no clock but the real one.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.packs.breakfast.redemption_refusals import CodeUnknown
from app.platform.crypto import KeyRing

ALGORITHM = "EdDSA"
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


@dataclass(frozen=True, slots=True)
class PassKey:
    """A public key by which tills judge passes; `signs`: new passes are signed with it."""

    kid: str
    public: bytes
    signs: bool


class Passes:
    """Signs with one of the ring's seeds and reads what any of them signed.

    `signing`: its version, the highest unless given. A new seed is added first and signs
    later, so that tills which fetch the keys once a day know it before they meet it.
    """

    def __init__(self, ring: KeyRing, signing: int | None = None) -> None:
        version = signing or ring.version
        if version not in ring.keys:
            raise ValueError("the signing pass key is not among the pass keys")
        self._kid = str(version)
        self._signer = Ed25519PrivateKey.from_private_bytes(ring.keys[version])
        self._verifiers = {
            str(version): Ed25519PrivateKey.from_private_bytes(seed).public_key()
            for version, seed in ring.keys.items()
        }
        self._jws = jwt.PyJWS(algorithms=[ALGORITHM])

    @property
    def keys(self) -> list[PassKey]:
        """All that a till must know, oldest first."""
        return [
            PassKey(kid, verifier.public_bytes_raw(), kid == self._kid)
            for kid, verifier in sorted(self._verifiers.items(), key=lambda pair: int(pair[0]))
        ]

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
        return self._jws.encode(
            json.dumps(payload, separators=(",", ":")).encode(),
            self._signer,
            ALGORITHM,
            headers={"typ": TYPE, "kid": self._kid},
        )

    def read(self, text: str) -> PassClaims:
        """What a pass says, however old it is. Raises `CodeUnknown` unless we signed it."""
        try:
            header = self._jws.get_unverified_header(text)
            verifier = self._verifiers.get(header.get("kid", ""))
            if header.get("typ") != TYPE or verifier is None:
                raise CodeUnknown()
            claims = json.loads(self._jws.decode(text, verifier, [ALGORITHM]))
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise CodeUnknown() from error
        return PassClaims(
            voucher_id=UUID(claims["v"]),
            batch_id=UUID(claims["b"]),
            face_value_fen=claims["f"],
            valid_from=_instant(claims["n"]),
            valid_until=_instant(claims["e"]),
            signed_at=_instant(claims["iat"]),
        )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
