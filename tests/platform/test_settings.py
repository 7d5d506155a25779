"""Settings: what a process needs, and what it must not show."""

import pytest
from pydantic import ValidationError

from app.platform.settings import Settings, with_driver

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
