"""The protocol from the provider's side: whose request is it, and whose answer."""

import json
import os
import re
from base64 import b64decode, b64encode
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from app.embedded.wechat_pay.book import now
from app.embedded.wechat_pay.keys import Certificate, Merchant

SCHEMA = "WECHATPAY2-SHA256-RSA2048"
PART = re.compile(r'(\w+)="([^"]*)"')
FRESH_S = 300


class Refused(Exception):
    """The provider's no: a status and a code of its own."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message or code


def check_request(
    merchant: Merchant, key: RSAPublicKey, header: str, method: str, target: str, body: bytes
) -> None:
    """Raises `Refused` unless the merchant signed this request, just now."""
    schema, _, rest = header.partition(" ")
    parts = dict(PART.findall(rest))
    if schema != SCHEMA or parts.get("mchid") != merchant.merchant_no:
        raise Refused(401, "SIGN_ERROR", "another merchant")
    if parts.get("serial_no") != merchant.serial_no:
        raise Refused(401, "SIGN_ERROR", "another certificate")
    at = parts.get("timestamp", "")
    if not at.isdigit() or abs(now().timestamp() - int(at)) > FRESH_S:
        raise Refused(401, "SIGN_ERROR", "another time")
    signed = "\n".join([method, target, at, parts.get("nonce_str", ""), body.decode(), ""])
    try:
        key.verify(b64decode(parts.get("signature", "")), signed.encode(), PKCS1v15(), SHA256())
    except (ValueError, InvalidSignature) as error:
        raise Refused(401, "SIGN_ERROR", "another key") from error


def signature_headers(certificate: Certificate, body: bytes) -> dict[str, str]:
    """Of an answer, and of a notification."""
    at, nonce = str(int(now().timestamp())), os.urandom(16).hex()
    signed = f"{at}\n{nonce}\n".encode() + body + b"\n"
    signature = certificate.key.sign(signed, PKCS1v15(), SHA256())
    return {
        "Wechatpay-Timestamp": at,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": b64encode(signature).decode(),
        "Wechatpay-Signature-Type": SCHEMA,
        "Wechatpay-Serial": certificate.serial_no,
    }


def encrypted(merchant: Merchant, text: str, associated: str) -> dict[str, str]:
    """A resource that only the merchant can read."""
    nonce = os.urandom(6).hex()
    sealed = AESGCM(merchant.api_v3_key.encode()).encrypt(
        nonce.encode(), text.encode(), associated.encode()
    )
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": nonce,
        "associated_data": associated,
        "ciphertext": b64encode(sealed).decode(),
    }


def written(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()
