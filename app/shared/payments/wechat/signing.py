"""What is signed, and how: RSA with SHA-256 (PKCS #1 v1.5), over lines that each end in a feed.

Signatures carry real time: whoever checks a signature's age has no other.
"""

import secrets
import time
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from app.shared.payments.wechat.account import Account

SCHEMA = "WECHATPAY2-SHA256-RSA2048"
# How old, or how far ahead, a signature of the provider may be.
FRESH_S = 300
NONCE_BYTES = 16


def now_s() -> int:
    return int(time.time())


def authorization(account: Account, method: str, target: str, body: bytes) -> str:
    """The header of one request. `target`: the path with its query, as it is sent."""
    at, nonce = str(now_s()), secrets.token_hex(NONCE_BYTES)
    signature = _sign(account, method, target, at, nonce, body.decode())
    return (
        f'{SCHEMA} mchid="{account.merchant_no}",nonce_str="{nonce}",timestamp="{at}",'
        f'serial_no="{account.serial_no}",signature="{signature}"'
    )


def app_call(account: Account, prepay_no: str) -> dict[str, str]:
    """What the app hands to the provider's own app, by the names that its SDK has."""
    at, nonce = str(now_s()), secrets.token_hex(NONCE_BYTES)
    return {
        "appid": account.app_id,
        "partnerid": account.merchant_no,
        "prepayid": prepay_no,
        "package": "Sign=WXPay",
        "noncestr": nonce,
        "timestamp": at,
        "sign": _sign(account, account.app_id, at, nonce, prepay_no),
    }


def is_fresh(headers: Mapping[str, str]) -> bool:
    """Whether the signed time is about now."""
    text = headers.get("wechatpay-timestamp", "")
    return text.isascii() and text.isdigit() and abs(now_s() - int(text[:12])) <= FRESH_S


def is_signed(headers: Mapping[str, str], body: bytes, key: RSAPublicKey) -> bool:
    """Whether that key signed this body with these headers."""
    at, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
    message = f"{at}\n{nonce}\n".encode() + body + b"\n"
    try:
        signature = b64decode(headers.get("wechatpay-signature", ""), validate=True)
        key.verify(signature, message, PKCS1v15(), SHA256())
    except (NotBase64, ValueError, InvalidSignature):
        return False
    return True


def _sign(account: Account, *lines: str) -> str:
    message = "".join(f"{line}\n" for line in lines).encode()
    return b64encode(account.private_key.sign(message, PKCS1v15(), SHA256())).decode()
