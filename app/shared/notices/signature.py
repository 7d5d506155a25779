"""Standard Webhooks signatures (standardwebhooks.com): HMAC-SHA256 over id, time and body."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64


def parse_secrets(text: str) -> list[bytes]:
    """Read `whsec_…` secrets joined by commas; the error names the form, never a secret."""
    return [_parse(part.strip()) for part in text.split(",")]


def sign(secrets: Sequence[bytes], message_id: str, at: int, body: bytes) -> str:
    """The header's value: a signature by each secret, so that one may be rotated out.

    `at` is Unix time in seconds.
    """
    content = f"{message_id}.{at}.".encode() + body
    return " ".join(
        f"v1,{b64encode(hmac.digest(secret, content, 'sha256')).decode()}" for secret in secrets
    )


def _parse(text: str) -> bytes:
    form = f"webhook secrets are `{PREFIX}` and base64 of {SHORTEST} to {LONGEST} bytes"
    try:
        secret = b64decode(text.removeprefix(PREFIX), validate=True)
    except ValueError as error:
        raise ValueError(form) from error
    if not text.startswith(PREFIX) or not SHORTEST <= len(secret) <= LONGEST:
        raise ValueError(form)
    return secret
