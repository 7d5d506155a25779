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


def test_nothing_said_about_the_environment_means_production() -> None:
    assert Settings(**NEEDED).is_production


def test_keys_do_not_show_when_settings_are_printed() -> None:
    assert KEYS not in repr(Settings(**NEEDED))


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_any_spelling_of_postgresql_uses_our_driver(scheme: str) -> None:
    assert with_driver(f"{scheme}://a/b") == "postgresql+asyncpg://a/b"
