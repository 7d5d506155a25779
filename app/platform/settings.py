"""Everything the deployment decides, read once from the environment.

No secret has a default: a process that lacks one does not start. `./run` makes
them for one machine (`app/embedded`); a real deployment sets them itself
(`docs/operations.md`).
"""

import os
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Self

from pydantic import (
    Field,
    HttpUrl,
    PostgresDsn,
    RedisDsn,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict


def with_driver(url: str) -> str:
    """SQLAlchemy 2.1 reads a bare postgresql:// as psycopg 3; ours is asyncpg."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+asyncpg://{rest}" if separator and scheme.startswith("postgres") else url


def database_url() -> str:
    """The one setting that migrations need."""
    return with_driver(os.environ["DATABASE_URL"])


class Environment(StrEnum):
    LOCAL = "local"
    TEST = "test"
    PRODUCTION = "production"


# All of them, or nothing can be paid.
_PAYMENTS = (
    "wechat_pay_url",
    "wechat_pay_app_id",
    "wechat_pay_merchant_no",
    "wechat_pay_serial_no",
    "wechat_pay_private_key",
    "wechat_pay_api_v3_key",
    "wechat_pay_notify_url",
)


class Settings(BaseSettings):
    """The environment of one process.

    Key lists are `version:base64` joined by commas; the highest version seals
    and signs, every listed one still opens and verifies.
    """

    # A refusal names the setting, never what was given: it goes to the log, keys and all.
    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    environment: Environment = Environment.PRODUCTION
    database_url: PostgresDsn
    redis_url: RedisDsn

    seal_keys: SecretStr = Field(description="AES-256 keys of sealed columns, 32 bytes each")
    seal_key_writing: int | None = Field(
        default=None, description="version of the seal key that seals; the highest unless set"
    )
    digest_keys: SecretStr = Field(description="HMAC keys of keyed digests, 32 bytes each")
    digest_key_writing: int | None = Field(
        default=None, description="version of the digest key that writes; the highest unless set"
    )
    token_keys: SecretStr = Field(description="HMAC keys of our own access tokens, 32 bytes each")
    pass_keys: SecretStr = Field(description="Ed25519 seeds of voucher passes, 32 bytes each")
    pass_key_signing: int | None = Field(
        default=None, description="version of the pass key that signs; the highest unless set"
    )

    member_issuer: str
    member_audience: str = "union-app"
    member_jwks_url: str

    second_factor_roles: str | None = Field(
        default=None,
        description="roles of staff that need a second factor, joined by commas; empty: none. "
        "Unset: those that move money, stock or personal data in production, none elsewhere",
    )
    notice_webhook_url: HttpUrl | None = Field(
        default=None,
        description="where notices for members' phones are handed over (docs/notices.md); "
        "unset: they are logged, and in production stay in the inbox",
    )
    notice_webhook_secrets: SecretStr | None = Field(
        default=None,
        description="`whsec_…` secrets of that webhook joined by commas; every one signs",
    )
    notice_webhook_loopback: bool = Field(
        default=False, description="it may lead to this machine; for tests, not in production"
    )

    wechat_pay_url: HttpUrl | None = Field(
        default=None,
        description="where the payment provider's API is (docs/payments.md); unset, like the "
        "others of its name: nothing can be paid",
    )
    wechat_pay_app_id: str | None = None
    wechat_pay_merchant_no: str | None = None
    wechat_pay_serial_no: str | None = Field(
        default=None, description="number of the merchant's certificate"
    )
    wechat_pay_private_key: SecretStr | None = Field(
        default=None, description="PEM of the key that belongs to it"
    )
    wechat_pay_api_v3_key: SecretStr | None = Field(
        default=None, description="32 characters; what the provider encrypts for us"
    )
    wechat_pay_notify_url: HttpUrl | None = Field(
        default=None,
        description="where the provider reaches us: …/v1/payments/wechat/notifications",
    )
    wechat_pay_public_key: str | None = Field(
        default=None,
        description="PEM of the platform's public key, where it signs by one; else its "
        "certificates are fetched",
    )
    wechat_pay_public_key_id: str | None = Field(default=None, description="`PUB_KEY_ID_…`")

    files_url: str | None = Field(
        default=None,
        pattern=r"^(file:///|s3://[^/?#]+)[^?#]*$",
        description="where pictures and exports are kept: file:///folder or s3://bucket/prefix; "
        "without it they are answered with 503",
    )
    files_s3_endpoint: str | None = Field(
        default=None, pattern=r"^https?://[^?#]+$", description="of S3s other than Amazon's"
    )
    files_s3_region: str = "us-east-1"
    files_s3_access_key: SecretStr | None = Field(
        default=None, description="without keys: those of the machine (AWS_*, its role)"
    )
    files_s3_secret_key: SecretStr | None = None

    database_pool_size: int = Field(default=10, ge=2, le=100)
    redis_pool_size: int = Field(default=8, ge=1, le=100)
    log_level: str = "INFO"
    git_commit: str | None = Field(default=None, description="set by whoever builds the image")

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """From these variables alone, whatever the process's own environment says."""
        return cls.model_validate({name.lower(): value for name, value in environ.items()})

    @field_validator("database_url", mode="before")
    @classmethod
    def _name_the_driver(cls, url: str) -> str:
        return with_driver(str(url))

    @model_validator(mode="after")
    def _webhook_is_safe(self) -> Self:
        url = self.notice_webhook_url
        if url is not None and self.notice_webhook_secrets is None:
            raise ValueError("notice_webhook_url needs notice_webhook_secrets")
        if self.is_production and self.notice_webhook_loopback:
            raise ValueError("notice_webhook_loopback is for local deployments and tests")
        if self.is_production and url is not None and url.scheme != "https":
            raise ValueError("notice_webhook_url is https in production")
        return self

    @model_validator(mode="after")
    def _payments_are_whole(self) -> Self:
        given = {name: getattr(self, name) for name in _PAYMENTS}
        if any(given.values()) and not all(given.values()):
            missing = [name for name, value in given.items() if not value]
            raise ValueError(f"payments need {', '.join(missing)}")
        if bool(self.wechat_pay_public_key) != bool(self.wechat_pay_public_key_id):
            raise ValueError("wechat_pay_public_key and its id come together")
        for url in (self.wechat_pay_url, self.wechat_pay_notify_url):
            if self.is_production and url is not None and url.scheme != "https":
                raise ValueError("wechat_pay_url and wechat_pay_notify_url are https in production")
        return self

    @cached_property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION
