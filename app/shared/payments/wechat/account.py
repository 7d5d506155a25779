"""Who we are at the provider: numbers and keys, read from the settings and checked at the start."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from app.platform.settings import Settings

API_V3_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Account:
    """`serial_no` names the merchant's certificate, whose key signs our requests; `api_v3_key`
    opens what the provider encrypts for us. `public_keys`: platform keys that are known without
    being fetched, by their ids."""

    app_id: str
    merchant_no: str
    serial_no: str
    private_key: RSAPrivateKey = field(repr=False)
    api_v3_key: bytes = field(repr=False)
    url: str
    notify_url: str
    public_keys: dict[str, RSAPublicKey] = field(default_factory=dict)


def account_of(settings: Settings) -> Account | None:
    """None where nothing can be paid. Raises `ValueError`, which names the setting and no value."""
    if settings.wechat_pay_url is None:
        return None
    assert settings.wechat_pay_private_key is not None, "all or none: the settings see to it"
    assert settings.wechat_pay_api_v3_key is not None
    api_v3_key = settings.wechat_pay_api_v3_key.get_secret_value().encode()
    if len(api_v3_key) != API_V3_KEY_BYTES:
        raise ValueError("wechat_pay_api_v3_key has 32 characters")
    return Account(
        app_id=settings.wechat_pay_app_id or "",
        merchant_no=settings.wechat_pay_merchant_no or "",
        serial_no=settings.wechat_pay_serial_no or "",
        private_key=_private_key(settings.wechat_pay_private_key.get_secret_value()),
        api_v3_key=api_v3_key,
        url=str(settings.wechat_pay_url).rstrip("/"),
        notify_url=str(settings.wechat_pay_notify_url),
        public_keys=_public_keys(settings),
    )


def _private_key(pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(_lines(pem), password=None)
    except ValueError as error:
        raise ValueError("wechat_pay_private_key is an unencrypted PEM") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("wechat_pay_private_key is an RSA key")
    return key


def _public_keys(settings: Settings) -> dict[str, RSAPublicKey]:
    if settings.wechat_pay_public_key is None or settings.wechat_pay_public_key_id is None:
        return {}
    try:
        key = load_pem_public_key(_lines(settings.wechat_pay_public_key))
    except ValueError as error:
        raise ValueError("wechat_pay_public_key is a PEM") from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError("wechat_pay_public_key is an RSA key")
    return {settings.wechat_pay_public_key_id: key}


def _lines(pem: str) -> bytes:
    """Some ways of setting an environment have no line breaks."""
    return pem.replace("\\n", "\n").encode()
