"""Texts that we sign, for a QR: a counter can judge them without us.

A compact JWS (Ed25519) with a type of its own, so that no kind of pass is taken for another
(docs/adr/0006-passes-and-codes.md). Only signatures are judged here: the library knows no
clock but the real one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.platform.crypto import KeyRing
from app.shared.counter.refusals import CodeUnknown

ALGORITHM = "EdDSA"


@dataclass(frozen=True, slots=True)
class PassKey:
    """A public key by which counters judge passes; `signs`: new passes are signed with it."""

    kid: str
    public: bytes
    signs: bool


class SignedTexts:
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
        """All that a counter must know, oldest first."""
        return [
            PassKey(kid, verifier.public_bytes_raw(), kid == self._kid)
            for kid, verifier in sorted(self._verifiers.items(), key=lambda pair: int(pair[0]))
        ]

    def sign(self, kind: str, claims: Mapping[str, Any]) -> str:
        return self._jws.encode(
            json.dumps(claims, separators=(",", ":")).encode(),
            self._signer,
            ALGORITHM,
            headers={"typ": kind, "kid": self._kid},
        )

    def read(self, kind: str, text: str) -> dict[str, Any]:
        """What it says, however old it is. Raises `CodeUnknown` unless we signed it as that."""
        try:
            header = self._jws.get_unverified_header(text)
            verifier = self._verifiers.get(header.get("kid", ""))
            if header.get("typ") != kind or verifier is None:
                raise CodeUnknown()
            claims: dict[str, Any] = json.loads(self._jws.decode(text, verifier, [ALGORITHM]))
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise CodeUnknown() from error
        return claims
