"""Keys of both sides: the merchant's, made once a data folder, and the platform's, which change."""

import secrets
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from app.embedded.data_folder import read_json, write_json
from app.embedded.errors import DeploymentError
from app.embedded.wechat_pay.book import now

FILE = "wechat_pay.json"
KEY_BITS = 2048
VALID = timedelta(days=365 * 5)


@dataclass(frozen=True)
class Merchant:
    """What the provider and the merchant agree upon. Nobody real has these numbers."""

    app_id: str
    merchant_no: str
    serial_no: str
    private_key: str
    api_v3_key: str

    def settings(self, url: str, notify_url: str) -> dict[str, str]:
        """Those that the application itself reads."""
        return {
            "WECHAT_PAY_URL": url,
            "WECHAT_PAY_APP_ID": self.app_id,
            "WECHAT_PAY_MERCHANT_NO": self.merchant_no,
            "WECHAT_PAY_SERIAL_NO": self.serial_no,
            "WECHAT_PAY_PRIVATE_KEY": self.private_key,
            "WECHAT_PAY_API_V3_KEY": self.api_v3_key,
            "WECHAT_PAY_NOTIFY_URL": notify_url,
        }


def new_merchant() -> Merchant:
    return Merchant(
        app_id="wx" + secrets.token_hex(8),
        merchant_no="19" + "".join(secrets.choice("0123456789") for _ in range(8)),
        serial_no=secrets.token_hex(20).upper(),
        private_key=_pem(_new_key()),
        api_v3_key=secrets.token_hex(16),
    )


def merchant_of(data_dir: Path) -> Merchant:
    """Read it, or make it on the folder's first use. Raises `DeploymentError` if it is damaged."""
    path = data_dir / FILE
    if not path.exists():
        write_json(path, asdict(new_merchant()), replace=False)
    found = read_json(path)
    if found is None or set(found) != {field.name for field in fields(Merchant)}:
        raise DeploymentError(f"{path} is damaged: put back a copy, or remove it")
    return Merchant(**found)


@dataclass(frozen=True)
class Certificate:
    """One of the platform's. `pem` is what is handed out."""

    serial_no: str
    key: RSAPrivateKey
    pem: str
    starts: datetime
    ends: datetime


class Platform:
    """The platform's certificates; the last one signs. `rotate` brings another."""

    def __init__(self) -> None:
        self.certificates = [new_certificate()]

    @property
    def signing(self) -> Certificate:
        return self.certificates[-1]

    def rotate(self, *, overlap: bool = True) -> None:
        """Sign with a new one from now on. Without `overlap` the older ones are gone as well."""
        kept = self.certificates if overlap else []
        self.certificates = [*kept, new_certificate()]


def new_certificate() -> Certificate:
    key, made_at = _new_key(), now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sandbox of a payment platform")])
    starts, ends = made_at - timedelta(days=1), made_at + VALID
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(ends)
        .sign(key, SHA256())
    )
    pem = made.public_bytes(Encoding.PEM).decode()
    return Certificate(f"{made.serial_number:040X}", key, pem, starts, ends)


def private_key_of(merchant: Merchant) -> RSAPrivateKey:
    key = load_pem_private_key(merchant.private_key.encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return key


def _new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def _pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
