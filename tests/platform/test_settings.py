"""Settings: what a process needs, and what it must not show."""

import pytest
from pydantic import ValidationError

from app.embedded.wechat_pay.keys import new_merchant
from app.platform.settings import Settings, with_driver
from app.shared.payments.wechat import account_of

KEYS = "1:" + "a" * 43 + "="
NEEDED = {
    "database_url": "postgresql://app:secret-word@127.0.0.1/app",
    "redis_url": "redis://127.0.0.1/0",
    "seal_keys": KEYS,
    "digest_keys": KEYS,
    "token_keys": KEYS,
    "pass_keys": KEYS,
    "member_issuer": "https://issuer.example",
    "member_jwks_url": "https://issuer.example/jwks",
}


@pytest.fixture(autouse=True)
def without_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NEEDED:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("ENVIRONMENT", raising=False)


@pytest.mark.parametrize("name", NEEDED)
def test_a_process_that_lacks_a_setting_does_not_start(name: str) -> None:
    given = {each: value for each, value in NEEDED.items() if each != name}
    with pytest.raises(ValidationError, match=name):
        Settings(**given)


WEBHOOK = {
    "notice_webhook_url": "https://platform.example/hooks",
    "notice_webhook_secrets": "whsec_" + "a" * 32,
}


@pytest.mark.parametrize(
    ("environment", "change"),
    [
        ("production", {"notice_webhook_url": "http://platform.example/hooks"}),
        ("production", {"notice_webhook_loopback": "yes"}),
        ("local", {"notice_webhook_secrets": None}),
        ("local", {"notice_webhook_url": "ftp://platform.example/hooks"}),
    ],
)
def test_a_webhook_that_could_be_read_or_forged_is_no_setting(
    environment: str, change: dict[str, str | None]
) -> None:
    Settings(**NEEDED, **WEBHOOK, environment=environment)
    with pytest.raises(ValidationError, match="notice_webhook") as refused:
        Settings(**{**NEEDED, **WEBHOOK, **change}, environment=environment)
    assert "secret-word" not in str(refused.value)
    assert KEYS not in str(refused.value)


PAYMENTS = {
    "wechat_pay_url": "https://provider.example",
    "wechat_pay_app_id": "wx0123456789abcdef",
    "wechat_pay_merchant_no": "1900000001",
    "wechat_pay_serial_no": "5157F09EFDC096DE15EBE81A47057A72",
    "wechat_pay_private_key": "secret-word",
    "wechat_pay_api_v3_key": "secret-word",
    "wechat_pay_notify_url": "https://union.example/v1/payments/wechat/notifications",
}


@pytest.mark.parametrize("name", PAYMENTS)
def test_payments_are_set_as_a_whole_or_not_at_all(name: str) -> None:
    assert Settings(**NEEDED, **PAYMENTS).wechat_pay_url is not None
    with pytest.raises(ValidationError, match=f"payments need {name}") as refused:
        Settings(**{**NEEDED, **PAYMENTS, name: None})
    assert "secret-word" not in str(refused.value)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"wechat_pay_url": "http://provider.example"}, "https"),
        ({"wechat_pay_notify_url": "http://union.example/"}, "https"),
        ({"wechat_pay_public_key_id": "PUB_KEY_ID_1"}, "wechat_pay_public_key"),
    ],
)
def test_money_goes_over_https_in_production(change: dict[str, str], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        Settings(**{**NEEDED, **PAYMENTS, **change}, environment="production")


@pytest.mark.parametrize("name", ["wechat_pay_api_v3_key", "wechat_pay_private_key"])
def test_a_key_of_payments_that_is_none_stops_the_start(name: str) -> None:
    merchant = new_merchant()
    keys = {
        "wechat_pay_private_key": merchant.private_key,
        "wechat_pay_api_v3_key": merchant.api_v3_key,
    }
    assert account_of(Settings(**{**NEEDED, **PAYMENTS, **keys})) is not None
    assert account_of(Settings(**NEEDED)) is None
    with pytest.raises(ValueError, match=name) as refused:
        account_of(Settings(**{**NEEDED, **PAYMENTS, **keys, name: "secret-word"}))
    assert "secret-word" not in str(refused.value)


def test_nothing_said_about_the_environment_means_production() -> None:
    assert Settings(**NEEDED).is_production


def test_keys_do_not_show_when_settings_are_printed() -> None:
    assert KEYS not in repr(Settings(**NEEDED))


@pytest.mark.parametrize("name", ["database_url", "redis_url"])
def test_a_wrong_address_is_refused_without_showing_its_password(name: str) -> None:
    with pytest.raises(ValidationError, match=name) as refused:
        Settings(**{**NEEDED, name: "mysql://app:secret-word@127.0.0.1/app"})
    assert "secret-word" not in str(refused.value)


def test_a_missing_setting_is_named_without_showing_the_others() -> None:
    with pytest.raises(ValidationError, match="member_issuer") as refused:
        Settings(seal_keys=KEYS)
    assert KEYS[-8:] not in str(refused.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_any_spelling_of_postgresql_uses_our_driver(scheme: str) -> None:
    assert with_driver(f"{scheme}://a/b") == "postgresql+asyncpg://a/b"
