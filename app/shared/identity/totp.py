"""Six digits from a shared secret and the time (RFC 6238 over RFC 4226). Pure.

SHA-1, steps of thirty seconds, six digits: what every authenticator app reads
from an `otpauth:` address.
"""

import base64
import hmac
from urllib.parse import quote, urlencode

STEP_S = 30
DIGITS = 6
# How many steps a phone's clock, or a slow hand, may be away: one on either side.
DRIFT = 1
# As long as the digest, as RFC 4226 recommends.
SECRET_BYTES = 20
ISSUER = "五大礼包"


def code_of(secret: bytes, step: int) -> str:
    """The digits of one step, with leading zeros."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def matching_step(secret: bytes, code: str, at: float) -> int | None:
    """The step near `at` (seconds since 1970) whose digits these are; None if there is none.

    Blanks inside do not matter: apps show `123 456`.
    """
    shown, now = "".join(code.split()).encode(), int(at // STEP_S)
    steps = range(max(0, now - DRIFT), now + DRIFT + 1)
    # All are compared, whichever fits, so that the time taken tells nothing.
    fitting = [step for step in steps if hmac.compare_digest(code_of(secret, step).encode(), shown)]
    return max(fitting, default=None)


def secret_text(secret: bytes) -> str:
    """Base 32, for typing into an app that cannot read a QR."""
    return base64.b32encode(secret).decode()


def read_secret(text: str) -> bytes:
    """The secret of such a text."""
    return base64.b32decode(text)


def otpauth_uri(secret: bytes, account: str) -> str:
    """What the QR holds: issuer and account are what the app shows beside the digits."""
    label = quote(f"{ISSUER}:{account}", safe=":")
    return f"otpauth://totp/{label}?" + urlencode({"secret": secret_text(secret), "issuer": ISSUER})
