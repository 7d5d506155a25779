"""Members' tokens: what the identity provider signs, while it is there and while it is away."""

import json
import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.platform.errors import TemporarilyUnavailable, Unauthenticated
from app.platform.settings import Settings
from app.shared.identity import provider_keys
from app.shared.identity.provider import MemberTokens

pytestmark = pytest.mark.anyio

ISSUER, AUDIENCE, MEMBER_NO = "https://id.example", "union-app", "M00000001"


class Provider:
    """The outside world: an identity provider with its keys, which may be away."""

    def __init__(self) -> None:
        self.keys = {"first": Ed25519PrivateKey.generate()}
        self.away = False
        self.fetches = 0
        self.more: list[dict[str, Any]] = []

    def answer(self, _: httpx.Request) -> httpx.Response:
        self.fetches += 1
        if self.away:
            raise httpx.ConnectError("away")
        return httpx.Response(200, json={"keys": [*self._published(), *self.more]})

    def sign(self, key_id: str = "first", *, alg: str = "EdDSA", **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": MEMBER_NO,
            "iat": now,
            "exp": now + 600,
            **changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, self.keys[key_id], alg, {"kid": key_id})

    def _published(self) -> list[dict[str, Any]]:
        return [
            {
                **json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key())),
                "kid": key_id,
                "use": "sig",
            }
            for key_id, key in self.keys.items()
        ]


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def tokens(provider: Provider) -> MemberTokens:
    settings = Settings.model_construct(
        member_issuer=ISSUER, member_audience=AUDIENCE, member_jwks_url="https://id.example/jwks"
    )
    transport = httpx.MockTransport(provider.answer)
    return MemberTokens(settings, httpx.AsyncClient(transport=transport))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys may be fetched as often as one likes."""
    monkeypatch.setattr(provider_keys, "BETWEEN_FETCHES_S", 0.0)


async def test_a_token_stands_for_its_member_number(
    tokens: MemberTokens, provider: Provider
) -> None:
    token = provider.sign()
    assert [await tokens.verify(token) for _ in range(3)] == [MEMBER_NO] * 3
    assert provider.fetches == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another-app"},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "M\0"},
        {"sub": "M" * 65},
        {"nbf": int(time.time()) + 86_400},
    ],
)
async def test_a_token_for_somebody_else_or_another_time_is_none(
    tokens: MemberTokens, provider: Provider, changes: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        await tokens.verify(provider.sign(**changes))


async def test_a_token_that_the_provider_did_not_sign_is_none(
    tokens: MemberTokens, provider: Provider
) -> None:
    stranger = Provider()
    public = provider.keys["first"].public_key().public_bytes_raw()
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": MEMBER_NO, "exp": int(time.time()) + 600}
    signed = provider.sign()
    for token in (
        stranger.sign(),
        jwt.encode(claims, public, "HS256", {"kid": "first"}),
        jwt.encode(claims, None, "none", {"kid": "first"}),
        signed[:-4] + ("AAAA" if signed[-4:] != "AAAA" else "BBBB"),
        jwt.encode(claims, provider.keys["first"], "EdDSA"),
        "a.b.c",
        "",
        "x" * 10_000,
    ):
        with pytest.raises(Unauthenticated):
            await tokens.verify(token)


async def test_a_published_shared_secret_verifies_nothing(
    tokens: MemberTokens, provider: Provider
) -> None:
    secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"
    provider.more = [{"kty": "oct", "kid": "shared", "k": secret, "alg": "HS256"}]
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": MEMBER_NO, "exp": int(time.time()) + 600}
    key = b"secret-secret-secret-secret-secret"
    with pytest.raises(Unauthenticated):
        await tokens.verify(jwt.encode(claims, key, "HS256", {"kid": "shared"}))


async def test_with_the_provider_away_a_member_with_an_unknown_key_is_asked_to_come_back(
    tokens: MemberTokens, provider: Provider
) -> None:
    provider.away = True
    for _ in range(2):
        with pytest.raises(TemporarilyUnavailable):
            await tokens.verify(provider.sign())


async def test_with_the_provider_away_members_with_a_known_key_still_get_in(
    tokens: MemberTokens, provider: Provider, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tokens.verify(provider.sign())
    provider.away = True
    monkeypatch.setattr(provider_keys, "FRESH_S", 0.0)
    assert await tokens.verify(provider.sign(jti="another")) == MEMBER_NO
    assert await tokens.verify(provider.sign(jti="a third")) == MEMBER_NO
    await tokens.close()


async def test_invented_key_ids_cost_the_provider_one_question(
    tokens: MemberTokens, provider: Provider
) -> None:
    stranger = Provider()
    for number in range(5):
        stranger.keys[f"invented-{number}"] = Ed25519PrivateKey.generate()
        with pytest.raises(Unauthenticated):
            await tokens.verify(stranger.sign(f"invented-{number}"))
    assert provider.fetches == 1


async def test_a_new_key_is_taken_up_when_its_first_token_comes(
    tokens: MemberTokens, provider: Provider, impatient: None
) -> None:
    await tokens.verify(provider.sign())
    provider.keys["second"] = Ed25519PrivateKey.generate()
    assert await tokens.verify(provider.sign("second")) == MEMBER_NO
    assert await tokens.verify(provider.sign("first")) == MEMBER_NO


async def test_what_a_withdrawn_key_signed_stops_even_if_it_was_seen_before(
    tokens: MemberTokens, provider: Provider, impatient: None
) -> None:
    old = provider.sign()
    await tokens.verify(old)
    provider.keys = {"second": Ed25519PrivateKey.generate()}
    await tokens.verify(provider.sign("second"))
    with pytest.raises(Unauthenticated):
        await tokens.verify(old)


@pytest.mark.parametrize(
    "junk", [{}, "text", {"kid": "odd", "kty": "RSA"}, {"kid": 5}, {"kid": "odd", "kty": "EC"}]
)
async def test_junk_among_the_published_keys_does_not_hide_the_good_one(
    tokens: MemberTokens, provider: Provider, junk: Any
) -> None:
    provider.more = [junk]
    assert await tokens.verify(provider.sign()) == MEMBER_NO
