"""Tokens of tills and staff: who they stand for, and what is none."""

import time
from dataclasses import replace
from typing import Any

import jwt
import pytest

from app.models.states import District, Role
from app.platform.crypto import KeyRing
from app.platform.errors import Forbidden, Unauthenticated
from app.platform.ids import new_id
from app.shared.identity.callers import StaffMember, Till
from app.shared.identity.tokens import AUDIENCE, ISSUER, OwnTokens

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32
TILL = Till(new_id(), new_id(), None)
SYSTEM = Till(new_id(), None, new_id())
STAFF = StaffMember(new_id(), "林", frozenset({Role.FINANCE, Role.AUDITOR}), session_id=new_id())
LIMITED = replace(STAFF, districts=frozenset({District.JIMO}), must_enrol=True)


@pytest.fixture
def tokens() -> OwnTokens:
    return OwnTokens(KeyRing({1: OLD}))


def staff_token(tokens: OwnTokens) -> str:
    return tokens.issue_staff(STAFF, as_of=7)


@pytest.mark.parametrize("till", [TILL, SYSTEM])
def test_a_tills_token_stands_for_its_store_or_its_merchant(tokens: OwnTokens, till: Till) -> None:
    token = tokens.issue_till(till)
    assert [tokens.verify_till(token) for _ in range(2)] == [till, till]


@pytest.mark.parametrize("staff", [STAFF, LIMITED])
def test_a_staff_token_says_who_and_as_of_when(tokens: OwnTokens, staff: StaffMember) -> None:
    badge = tokens.verify_staff(tokens.issue_staff(staff, as_of=7))
    assert (badge.staff, badge.as_of) == (staff, 7)


def test_neither_kind_passes_for_the_other(tokens: OwnTokens) -> None:
    with pytest.raises(Forbidden):
        tokens.verify_staff(tokens.issue_till(TILL))
    with pytest.raises(Forbidden):
        tokens.verify_till(staff_token(tokens))


def test_after_a_key_roll_the_old_tokens_are_good_until_the_old_key_is_gone(
    tokens: OwnTokens,
) -> None:
    token = staff_token(tokens)
    rolled = OwnTokens(KeyRing({1: OLD, 2: NEW}))
    assert rolled.verify_staff(token).staff == STAFF
    assert jwt.get_unverified_header(staff_token(rolled))["kid"] == "2"
    with pytest.raises(Unauthenticated):
        OwnTokens(KeyRing({2: NEW})).verify_staff(token)


def forged(key: bytes = OLD, headers: dict[str, Any] | None = None, **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + 60,
        "sub": str(STAFF.id),
        "sid": str(STAFF.session_id),
        "name": "",
        "roles": ["administrator"],
        "enrol": False,
        "as_of": 1,
        **changes,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    claims["districts"] = None
    return jwt.encode(claims, key, "HS256", headers or {"kid": "1", "typ": "staff+jwt"})


def test_the_forger_of_these_tests_can_forge(tokens: OwnTokens) -> None:
    assert tokens.verify_staff(forged()).staff.id == STAFF.id


@pytest.mark.parametrize(
    "token",
    [
        forged(OTHER),
        forged(exp=int(time.time()) - 1),
        forged(exp=None),
        forged(sid=None),  # of a version that knew no sign-ins
        forged(iss="elsewhere"),
        forged(aud="elsewhere"),
        forged(headers={"kid": "9", "typ": "staff+jwt"}),
        forged(headers={"kid": "one", "typ": "staff+jwt"}),
        forged(headers={"typ": "staff+jwt"}),
        forged(headers={"kid": "1", "typ": "JWT"}),
        jwt.encode({"sub": str(STAFF.id)}, None, "none", {"kid": "1", "typ": "staff+jwt"}),
        forged() + "x",
        "x" * 10_000,
        "",
        "a.b.c",
    ],
)
def test_a_forged_or_spent_token_is_none(tokens: OwnTokens, token: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.verify_staff(token)
    assert not tokens.knows(token)
