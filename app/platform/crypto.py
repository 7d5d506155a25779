"""Sealing, keyed digests and key rings.

Sealed values are AES-256-GCM: one byte of key version, 12 of nonce, the
ciphertext with its tag. The context (`table.column`) is authenticated, so a
value moved to another column does not open. Keyed digests are HMAC-SHA256 over
a purpose and the value, so the same number under two purposes looks unrelated.
"""

import hmac
import os
from base64 import b64decode
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_BYTES = 32


class KeyRing:
    """Versioned 32-byte keys. The highest version is current, all of them are known."""

    def __init__(self, keys: dict[int, bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys.values()):
            raise ValueError("a key ring needs keys of 32 bytes")
        if not all(0 < version < 256 for version in keys):
            raise ValueError("key versions run from 1 to 255")
        self.keys = dict(keys)
        self.version = max(keys)

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read `1:base64,2:base64`; the error names the form, never the key."""
        try:
            pairs = [part.split(":", 1) for part in text.split(",")]
            return cls({int(version): b64decode(key, validate=True) for version, key in pairs})
        except ValueError as error:
            raise ValueError("keys are `version:base64 of 32 bytes`, joined by commas") from error

    @property
    def current(self) -> bytes:
        return self.keys[self.version]


class Sealer:
    """Personal data and codes, unreadable in the database and its dumps."""

    def __init__(self, ring: KeyRing) -> None:
        self._version = ring.version
        self._ciphers = {version: AESGCM(key) for version, key in ring.keys.items()}

    def seal(self, text: str, context: str) -> bytes:
        """Encrypt for one column. `context` is `table.column`."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self._version].encrypt(nonce, text.encode(), context.encode())
        return bytes([self._version]) + nonce + sealed

    def open(self, sealed: bytes, context: str) -> str:
        """Decrypt. Raises `ValueError` when the value was sealed elsewhere or changed."""
        cipher = self._ciphers.get(sealed[0]) if sealed else None
        if cipher is None:
            raise ValueError("sealed with an unknown key")
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, body, context.encode()).decode()
        except InvalidTag as error:
            raise ValueError("the sealed value does not open here") from error


class Digester:
    """Keyed hashes to find by what may not be read."""

    def __init__(self, ring: KeyRing) -> None:
        # Rotation of this key re-computes the columns (docs/operations.md), so
        # lookups use one version at a time.
        self._key = ring.current

    def digest(self, purpose: str, *parts: str) -> bytes:
        """32 bytes. Parts are length-prefixed, so ("ab", "c") is not ("a", "bc")."""
        mac = hmac.new(self._key, digestmod=sha256)
        for part in (purpose, *parts):
            data = part.encode()
            mac.update(len(data).to_bytes(4, "big") + data)
        return mac.digest()
