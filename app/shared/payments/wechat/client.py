"""The provider's HTTP API. What is not signed by the platform is no answer, a refusal neither."""

import asyncio
import json
import zlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from hashlib import sha1
from typing import Any, TypeVar

import httpx
import structlog

from app.platform.clock import SHANGHAI
from app.platform.tls import trusted
from app.shared.payments.provider import (
    CNY,
    Back,
    Bill,
    Notification,
    ProviderRefused,
    ProviderUnavailable,
    Trade,
)
from app.shared.payments.refusals import BadSignature
from app.shared.payments.wechat.account import Account
from app.shared.payments.wechat.bill import read_bill
from app.shared.payments.wechat.opening import open_resource, read_object
from app.shared.payments.wechat.platform_keys import PATH as CERTIFICATES
from app.shared.payments.wechat.platform_keys import PlatformKeys
from app.shared.payments.wechat.reading import read_back, read_trade
from app.shared.payments.wechat.signing import app_call, authorization

# Below the four seconds in which a member is promised an answer.
CALL_S = 2.5
DOWNLOAD_S = 60.0
MOST_BILL_BYTES = 256 * 1024 * 1024
# In these the provider says that it has never heard of what is asked for.
UNKNOWN = {"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS", "ORDERNOTEXIST"}
NO_BILL = {"NO_STATEMENT_EXIST", "STATEMENT_CREATING"}
# Refusals that another time may cure.
PASSING = {"SYSTEM_ERROR", "SYSTEMERROR", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "BANK_ERROR"}

T = TypeVar("T")

log = structlog.get_logger(__name__)


def open_client(**more: Any) -> httpx.AsyncClient:
    """No redirects, and no proxy from the environment."""
    more.setdefault("verify", trusted(by_environment=False))
    return httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=CALL_S, **more)


class WechatPay:
    """The port's `Provider`."""

    def __init__(self, client: httpx.AsyncClient, account: Account) -> None:
        self._client, self._account = client, account
        self._base = httpx.URL(account.url)
        self.keys = PlatformKeys(account.public_keys, account.api_v3_key, self._certificates)

    async def prepay(
        self, *, number: str, amount_fen: int, description: str, expires_at: datetime
    ) -> str:
        answer = await self._post(
            "/v3/pay/transactions/app",
            {
                "appid": self._account.app_id,
                "mchid": self._account.merchant_no,
                "description": description,
                "out_trade_no": number,
                "time_expire": expires_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
                "notify_url": self._account.notify_url,
                "amount": {"total": amount_fen, "currency": CNY},
            },
        )
        prepay_no = read_object(answer).get("prepay_id")
        if not isinstance(prepay_no, str):
            raise ProviderUnavailable("nonsense")
        return prepay_no

    def hand_over(self, prepay_no: str) -> Mapping[str, str]:
        return app_call(self._account, prepay_no)

    async def query(self, number: str) -> Trade | None:
        target = f"/v3/pay/transactions/out-trade-no/{number}?mchid={self._account.merchant_no}"
        answer = await self._unless_unknown(target)
        return None if answer is None else _believed(read_trade, answer)

    async def close(self, number: str) -> None:
        target = f"/v3/pay/transactions/out-trade-no/{number}/close"
        await self._post(target, {"mchid": self._account.merchant_no})

    async def refund(
        self, *, number: str, payment_number: str, amount_fen: int, received_fen: int, reason: str
    ) -> Back:
        amount = {"refund": amount_fen, "total": received_fen, "currency": CNY}
        answer = await self._post(
            "/v3/refund/domestic/refunds",
            {
                "out_trade_no": payment_number,
                "out_refund_no": number,
                "reason": reason,
                "notify_url": self._account.notify_url,
                "amount": amount,
            },
        )
        return _believed(read_back, answer)

    async def query_refund(self, number: str) -> Back | None:
        answer = await self._unless_unknown(f"/v3/refund/domestic/refunds/{number}")
        return None if answer is None else _believed(read_back, answer)

    async def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notification:
        await self.keys.check(headers, body)
        try:
            notice = read_object(body)
            text = open_resource(self._account.api_v3_key, notice["resource"])
            said = read_object(text)
            kept = json.dumps(
                {
                    "headers": {k: v for k, v in headers.items() if k.startswith("wechatpay-")},
                    "body": body.decode(),
                    "resource": text,
                },
                ensure_ascii=False,
            )
            is_refund = str(notice["event_type"]).startswith("REFUND.")
            read = read_back(said, kept) if is_refund else read_trade(said, kept)
            notice_no = str(notice["id"])
        except (ValueError, KeyError, TypeError) as error:
            # Signed, and yet not for us: another merchant's, or under a key that we do not have.
            log.warning("payment_notification_unreadable", error=type(error).__name__)
            raise BadSignature() from error
        if said.get("mchid") != self._account.merchant_no or not 0 < len(notice_no) <= 128:
            raise BadSignature()
        return Notification(notice_no, read, kept)

    async def bill(self, day: date) -> Bill | None:
        target = f"/v3/bill/tradebill?bill_date={day}&bill_type=ALL&tar_type=GZIP"
        try:
            answer = read_object(await self._call("GET", target))
        except ProviderRefused as refused:
            if refused.code in NO_BILL:
                return None
            raise
        packed = await self._download(str(answer.get("download_url")))
        text = await asyncio.to_thread(_unpack, packed)
        digest = sha1(text, usedforsecurity=False).hexdigest()
        if answer.get("hash_type") != "SHA1" or answer.get("hash_value", "").lower() != digest:
            raise ProviderUnavailable("bill_damaged")
        try:
            return Bill(digest, await asyncio.to_thread(read_bill, text.decode()))
        except (ValueError, KeyError) as error:
            raise ProviderUnavailable("bill_unreadable") from error

    async def _unless_unknown(self, target: str) -> bytes | None:
        try:
            return await self._call("GET", target)
        except ProviderRefused as refused:
            if refused.code in UNKNOWN:
                return None
            raise

    async def _post(self, target: str, document: Mapping[str, Any]) -> bytes:
        return await self._call("POST", target, json.dumps(document, ensure_ascii=False).encode())

    async def _call(self, method: str, target: str, body: bytes = b"") -> bytes:
        response = await self._send(method, self._base.raw_path.decode().rstrip("/") + target, body)
        if response.status_code >= 500 or response.status_code == 429:
            raise ProviderUnavailable(f"http_{response.status_code}")
        try:
            await self.keys.check(response.headers, response.content)
        except BadSignature as error:
            raise ProviderUnavailable(f"unsigned_{response.status_code}") from error
        if response.is_success:
            return response.content
        code = _code(response.content)
        raise ProviderUnavailable(code) if code in PASSING else ProviderRefused(code)

    async def _certificates(self) -> tuple[Mapping[str, str], bytes]:
        response = await self._send("GET", self._base.raw_path.decode().rstrip("/") + CERTIFICATES)
        if not response.is_success:
            raise ProviderUnavailable(f"certificates_{response.status_code}")
        return response.headers, response.content

    async def _send(
        self, method: str, target: str, body: bytes = b"", *, within_s: float = CALL_S
    ) -> httpx.Response:
        headers = {
            "Authorization": authorization(self._account, method, target, body),
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "five-gift-packs",
        }
        if self._account.public_keys:
            headers["Wechatpay-Serial"] = next(iter(self._account.public_keys))
        url = self._base.copy_with(raw_path=target.encode())
        try:
            async with asyncio.timeout(within_s):
                return await self._client.request(method, url, content=body, headers=headers)
        except (httpx.HTTPError, TimeoutError) as error:
            raise ProviderUnavailable(type(error).__name__) from error

    async def _download(self, url: str) -> bytes:
        """A bill is fetched from where the provider says, if that is the provider."""
        where = httpx.URL(url)
        if (where.scheme, where.netloc) != (self._base.scheme, self._base.netloc):
            raise ProviderUnavailable("bill_elsewhere")
        response = await self._send("GET", where.raw_path.decode(), within_s=DOWNLOAD_S)
        if not response.is_success:
            raise ProviderUnavailable(f"bill_{response.status_code}")
        return response.content


def _believed(read: Callable[[dict[str, Any], str], T], answer: bytes) -> T:
    try:
        text = answer.decode()
        return read(read_object(text), text)
    except ValueError as error:
        raise ProviderUnavailable("nonsense") from error


def _code(body: bytes) -> str:
    try:
        return str(read_object(body).get("code", "none"))[:64]
    except ValueError:
        return "none"


def _unpack(packed: bytes) -> bytes:
    """What is in a gzip, which may be much more than what came."""
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        text = unpacking.decompress(packed, MOST_BILL_BYTES)
    except zlib.error as error:
        raise ProviderUnavailable("bill_damaged") from error
    if not unpacking.eof:
        raise ProviderUnavailable("bill_not_whole")
    return text
