"""Sealing, keyed digests and key rings.

Sealed values are AES-256-GCM: one byte of key version, 12 of nonce, the
ciphertext with its tag. The context (`table.column`) is authenticated, so a
value moved to another column does not open. Keyed digests are HMAC-SHA256 over
a purpose and the value, so the same number under two purposes looks unrelated.

How keys are exchanged while everybody works: docs/sealed-fields.md.
"""

import os
from base64 import b64decode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from app.platform.settings import Settings

NONCE_BYTES = 12
KEY_BYTES = 32


class KeyRing:
    """Versioned 32-byte keys, all of them known. `current` writes: the highest, or the version
    that is given, so that a key can be known everywhere before anybody writes with it."""

    def __init__(self, keys: dict[int, bytes], version: int | None = None) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys.values()):
            raise ValueError("a key ring needs keys of 32 bytes")
        if not all(0 < known < 256 for known in keys):
            raise ValueError("key versions run from 1 to 255")
        self.keys = dict(keys)
        self.version = version or max(keys)
        if self.version not in keys:
            raise ValueError("the key that writes is not in the ring")

    @classmethod
    def parse(cls, text: str, version: int | None = None) -> "KeyRing":
        """Read `1:base64,2:base64`; the error names the form, never the key."""
        try:
            pairs = [part.split(":", 1) for part in text.split(",")]
            keys = {int(known): b64decode(key, validate=True) for known, key in pairs}
            cls(keys)
        except ValueError as error:
            raise ValueError("keys are `version:base64 of 32 bytes`, joined by commas") from error
        return cls(keys, version)

    @property
    def current(self) -> bytes:
        return self.keys[self.version]


class UnknownKey(ValueError):
    """A value of a key that this process was not given; another one may have it."""


class Sealer:
    """Personal data and codes, unreadable in the database and its dumps."""

    def __init__(self, ring: KeyRing) -> None:
        self.version = ring.version
        self._ciphers = {version: AESGCM(key) for version, key in ring.keys.items()}

    def seal(self, text: str, context: str) -> bytes:
        """Encrypt for one column. `context` is `table.column`."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self.version].encrypt(nonce, text.encode(), context.encode())
        return bytes([self.version]) + nonce + sealed

    def open(self, sealed: bytes, context: str) -> str:
        """Decrypt. Raises `ValueError` when the value was sealed elsewhere or changed, and
        `UnknownKey`, which is one too."""
        cipher = self._ciphers.get(sealed[0]) if sealed else None
        if cipher is None:
            raise UnknownKey("sealed with an unknown key")
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, body, context.encode()).decode()
        except InvalidTag as error:
            raise ValueError("the sealed value does not open here") from error


class Digester:
    """Keyed hashes to find by what may not be read.

    Columns are written under the current key and looked up under all of them, so rows of
    both are found while they are digested anew (`app/shared/sealed`). What follows from a
    request cannot be digested anew, so it stays under the oldest key as long as that is
    in the ring: exchanging keys does not make a repeated request a new one.
    """

    def __init__(self, ring: KeyRing) -> None:
        others = [version for version in ring.keys if version != ring.version]
        self.versions = (ring.version, *others)
        self._keys = [_keyed(ring.keys[version]) for version in self.versions]
        self._oldest = _keyed(ring.keys[min(ring.keys)])

    def digest(self, purpose: str, *parts: str) -> bytes:
        """32 bytes. Parts are length-prefixed, so ("ab", "c") is not ("a", "bc")."""
        return _mac(self._keys[0], purpose, parts)

    def every(self, purpose: str, *parts: str) -> list[bytes]:
        """The digest under each key of the ring, in the order of `versions`: the current first."""
        return [_mac(key, purpose, parts) for key in self._keys]

    def of_request(self, purpose: str, *parts: str) -> bytes:
        """The digest that stands for a request, under the oldest key of the ring."""
        return _mac(self._oldest, purpose, parts)


def _keyed(key: bytes) -> HMAC:
    """The key's own part of each digest, which is half of a short one's work, done once."""
    return HMAC(key, SHA256())


def _mac(keyed: HMAC, purpose: str, parts: tuple[str, ...]) -> bytes:
    whole = bytearray()
    for part in (purpose, *parts):
        data = part.encode()
        whole += len(data).to_bytes(4, "big") + data
    # In one piece: each that it is fed costs as much as the copy.
    mac = keyed.copy()
    mac.update(whole)
    return mac.finalize()


def sealer_of(settings: Settings) -> Sealer:
    """With the deployment's keys. Raises `ValueError`."""
    keys = settings.seal_keys.get_secret_value()
    return Sealer(KeyRing.parse(keys, settings.seal_key_writing))


def digester_of(settings: Settings) -> Digester:
    """With the deployment's keys. Raises `ValueError`."""
    keys = settings.digest_keys.get_secret_value()
    return Digester(KeyRing.parse(keys, settings.digest_key_writing))
