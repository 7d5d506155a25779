"""What the provider encrypts for the merchant: AES-256-GCM under the API v3 key."""

import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ALGORITHM = "AEAD_AES_256_GCM"


def open_resource(key: bytes, resource: Mapping[str, Any]) -> str:
    """The text. Raises `ValueError` where it is not for this key, or not whole."""
    try:
        if resource["algorithm"] != ALGORITHM:
            raise ValueError("an algorithm that is not agreed upon")
        opened = AESGCM(key).decrypt(
            resource["nonce"].encode(),
            b64decode(resource["ciphertext"], validate=True),
            (resource.get("associated_data") or "").encode(),
        )
        return opened.decode()
    except (KeyError, AttributeError, TypeError, InvalidTag) as error:
        raise ValueError("a resource that does not open") from error


def read_object(text: str | bytes) -> dict[str, Any]:
    """A JSON object. Raises `ValueError`."""
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ValueError("an object without end") from error
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found
