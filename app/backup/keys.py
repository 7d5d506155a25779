"""Whether keys at hand are those of a backup, told without either showing a key.

A fingerprint is the first bytes of an HMAC under the key: it tells two keys apart, and nothing
about a key of 256 random bits.
"""

import hmac
from collections.abc import Mapping

from app.platform.crypto import KeyRing
from app.platform.settings import Settings

FINGERPRINT_BYTES = 6
_PURPOSE = b"five gift packs, backup"
# Without these the books cannot be read: what is sealed stays shut, and nobody is found.
NEEDED = ("SEAL_KEYS", "DIGEST_KEYS")

Fingerprints = dict[str, dict[str, str]]


def fingerprints(settings: Settings) -> Fingerprints:
    """By setting and version."""
    lists = {
        "SEAL_KEYS": settings.seal_keys,
        "DIGEST_KEYS": settings.digest_keys,
        "TOKEN_KEYS": settings.token_keys,
        "PASS_KEYS": settings.pass_keys,
    }
    return {
        name: {
            str(version): hmac.digest(key, _PURPOSE, "sha256")[:FINGERPRINT_BYTES].hex()
            for version, key in KeyRing.parse(text.get_secret_value()).keys.items()
        }
        for name, text in lists.items()
    }


def missing(of_backup: Mapping[str, Mapping[str, str]], at_hand: Fingerprints) -> list[str]:
    """What the backup was made with and is not at hand, as `SEAL_KEYS 1`."""
    return [
        f"{name} {version}"
        for name, versions in of_backup.items()
        for version, fingerprint in versions.items()
        if at_hand.get(name, {}).get(version) != fingerprint
    ]
