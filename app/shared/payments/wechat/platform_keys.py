"""The platform's public keys: known by setting, or fetched as certificates, which change.

The provider has a new certificate sign a day before the old one ends, and both may sign then. A
signature by a number that we do not know is a reason to fetch, once a minute at most: anybody
can send us numbers.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import Certificate, load_pem_x509_certificate

from app.shared.payments.provider import ProviderUnavailable
from app.shared.payments.refusals import BadSignature
from app.shared.payments.wechat.opening import open_resource, read_object
from app.shared.payments.wechat.signing import is_fresh, is_signed, now_s

PATH = "/v3/certificates"
# Real time. By the provider's own advice, twice a day.
FETCHED_AGAIN_S = 12 * 3600.0
PAUSE_S = 60.0

Keys = dict[str, RSAPublicKey]
Fetch = Callable[[], Awaitable[tuple[Mapping[str, str], bytes]]]


class PlatformKeys:
    """`fetch` answers headers and body of `PATH`; what it raises passes through."""

    def __init__(self, known: Keys, api_v3_key: bytes, fetch: Fetch) -> None:
        self._known, self._api_v3_key, self._fetch = known, api_v3_key, fetch
        self._fetched: Keys = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._one_at_a_time = asyncio.Lock()

    async def check(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises `BadSignature` unless one of the platform's keys signed it, just now."""
        serial_no = headers.get("wechatpay-serial", "")
        if not is_fresh(headers) or not headers.get("wechatpay-signature"):
            raise BadSignature()
        key = await self._find(serial_no)
        if key is None or not is_signed(headers, body, key):
            raise BadSignature()

    async def _find(self, serial_no: str) -> RSAPublicKey | None:
        if serial_no in self._known:
            return self._known[serial_no]
        if serial_no not in self._fetched or self._is_old():
            try:
                await self._refresh(serial_no)
            except ProviderUnavailable:
                # An old key is still a key; without any it is not known whose word this is.
                if serial_no not in self._fetched:
                    raise
        return self._fetched.get(serial_no)

    def _is_old(self) -> bool:
        return time.monotonic() - self._fetched_at > FETCHED_AGAIN_S

    async def _refresh(self, serial_no: str) -> None:
        async with self._one_at_a_time:
            if serial_no in self._fetched and not self._is_old():
                return
            if time.monotonic() - self._tried_at < PAUSE_S:
                return
            self._tried_at = time.monotonic()
            headers, body = await self._fetch()
            try:
                keys = read_certificates(self._api_v3_key, body)
            except (ValueError, KeyError, TypeError) as error:
                raise ProviderUnavailable("certificates_unreadable") from error
            # Nobody without our API key could have made the list; it is signed as well, by one
            # of those that it brings.
            key = (keys | self._known).get(headers.get("wechatpay-serial", ""))
            if key is None or not is_fresh(headers) or not is_signed(headers, body, key):
                raise ProviderUnavailable("certificates_unsigned")
            self._fetched, self._fetched_at = keys, time.monotonic()


def read_certificates(api_v3_key: bytes, body: bytes) -> Keys:
    """By serial number, those that are valid now. Raises `ValueError`."""
    found: Keys = {}
    for each in read_object(body).get("data", []):
        pem = open_resource(api_v3_key, each["encrypt_certificate"])
        certificate = load_pem_x509_certificate(pem.encode())
        key = certificate.public_key()
        if isinstance(key, RSAPublicKey) and _is_valid(certificate):
            found[str(each["serial_no"])] = key
    return found


def _is_valid(certificate: Certificate) -> bool:
    now = datetime.fromtimestamp(now_s(), UTC)
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
