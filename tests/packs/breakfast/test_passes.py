"""Passes: only ours are believed, a till can judge one alone, only the holder gets one."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.packs.breakfast.passes import PassClaims, Passes
from app.packs.breakfast.redemption_refusals import (
    VoucherExpired,
    VoucherRedeemed,
    VoucherVoid,
)
from app.packs.breakfast.vouchers import void_voucher
from app.platform.crypto import KeyRing
from app.platform.errors import NotFound
from app.platform.ids import new_id
from app.shared.counter.refusals import CodeUnknown
from tests.factories import Factory
from tests.tills import Counter

OLD, NEW = b"o" * 32, b"n" * 32
NOW = datetime(2023, 1, 5, 23, 30, tzinfo=UTC)
CLAIMS = PassClaims(
    voucher_id=new_id(),
    batch_id=new_id(),
    face_value_fen=800,
    valid_from=NOW - timedelta(days=1),
    valid_until=NOW + timedelta(days=6),
    signed_at=NOW,
)


def parts(text: str) -> tuple[dict[str, object], dict[str, object], str]:
    header, payload, signature = text.split(".")
    return _read(header), _read(payload), signature


def _read(part: str) -> dict[str, object]:
    read: dict[str, object] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return read


def _write(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_pass_says_what_was_signed() -> None:
    passes = Passes(KeyRing({1: OLD}))
    assert passes.read(passes.sign(CLAIMS)) == CLAIMS


def test_a_till_can_judge_a_pass_with_nothing_but_the_public_key() -> None:
    text = Passes(KeyRing({1: OLD, 2: NEW})).sign(CLAIMS)
    public_key = Ed25519PrivateKey.from_private_bytes(NEW).public_key()
    header, _, _ = parts(text)
    assert header == {"alg": "EdDSA", "typ": "breakfast-pass+jwt", "kid": "2"}
    read = jwt.decode(text, public_key, algorithms=["EdDSA"], options={"verify_iat": False})
    assert read == {
        "v": str(CLAIMS.voucher_id),
        "b": str(CLAIMS.batch_id),
        "f": 800,
        "n": int(CLAIMS.valid_from.timestamp()),
        "e": int(CLAIMS.valid_until.timestamp()),
        "iat": int(NOW.timestamp()),
    }


def test_passes_of_an_older_key_are_read_until_the_key_is_taken_away() -> None:
    text = Passes(KeyRing({1: OLD})).sign(CLAIMS)
    assert Passes(KeyRing({1: OLD, 2: NEW})).read(text) == CLAIMS
    with pytest.raises(CodeUnknown):
        Passes(KeyRing({2: NEW})).read(text)


def test_a_pass_with_anything_changed_is_unknown() -> None:
    passes = Passes(KeyRing({1: OLD}))
    header, payload, signature = passes.sign(CLAIMS).split(".")
    claims = _read(payload)
    forged = [
        f"{header}.{_write({**claims, 'f': 80_000})}.{signature}",
        f"{header}.{_write({**claims, 'v': str(new_id())})}.{signature}",
        f"{header}.{payload}.{signature[:-8]}AAAAAAAA",
        f"{header}.{payload}.",
        f"{header}.{payload}",
        f"{_write({'alg': 'none', 'typ': 'breakfast-pass+jwt', 'kid': '1'})}.{payload}.",
    ]
    for text in forged:
        with pytest.raises(CodeUnknown):
            passes.read(text)


def test_a_text_signed_with_our_public_key_as_a_secret_is_unknown() -> None:
    public = Ed25519PrivateKey.from_private_bytes(OLD).public_key()
    secret = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    claims = parts(Passes(KeyRing({1: OLD})).sign(CLAIMS))[1]
    text = jwt.encode(claims, secret, "HS256", {"typ": "breakfast-pass+jwt", "kid": "1"})
    with pytest.raises(CodeUnknown):
        Passes(KeyRing({1: OLD})).read(text)


def test_a_text_of_another_kind_signed_with_our_key_is_unknown() -> None:
    passes = Passes(KeyRing({1: OLD}))
    claims = parts(passes.sign(CLAIMS))[1]
    signer = Ed25519PrivateKey.from_private_bytes(OLD)
    text = jwt.encode(claims, signer, "EdDSA", {"typ": "JWT", "kid": "1"})
    with pytest.raises(CodeUnknown):
        passes.read(text)


@pytest.mark.parametrize(
    "text",
    ["..", "a.b.c", "早.餐.券", f"{_write([1])}.e30.AA", f"{'W' * 900}.e30.AA", "\ud800.e30.AA"],
)
def test_what_was_never_a_pass_is_unknown(text: str) -> None:
    with pytest.raises(CodeUnknown):
        Passes(KeyRing({1: OLD})).read(text)


@pytest.mark.anyio
async def test_the_holder_gets_a_pass_for_a_minute(counter: Counter, make: Factory) -> None:
    member = await make.member()
    voucher = await counter.voucher(member=member)
    shown = await counter.show_pass(member, voucher.id)
    claims = counter.rooms.passes.read(shown.text)
    assert claims.voucher_id == voucher.id
    assert claims.face_value_fen == voucher.face_value_fen
    assert shown.code == voucher.code
    assert shown.expires_at - claims.signed_at == timedelta(seconds=60)
    assert abs(claims.signed_at - counter.rooms.clock.now()) < timedelta(minutes=1)


@pytest.mark.anyio
async def test_nobody_gets_a_pass_for_the_voucher_of_another(
    counter: Counter, make: Factory
) -> None:
    voucher, stranger = await counter.voucher(), await make.member()
    with pytest.raises(NotFound):
        await counter.show_pass(stranger, voucher.id)


@pytest.mark.anyio
async def test_a_used_voucher_shows_no_pass(counter: Counter, make: Factory) -> None:
    member = await make.member()
    voucher = await counter.voucher(member=member)
    await counter.redeem(await counter.till(), "NUMBER-1", voucher.code)
    with pytest.raises(VoucherRedeemed):
        await counter.show_pass(member, voucher.id)


@pytest.mark.anyio
async def test_an_expired_voucher_shows_no_pass(counter: Counter, make: Factory) -> None:
    member = await make.member()
    voucher = await counter.voucher(member=member, valid_days=1)
    await make.move_clock(timedelta(days=2))
    with pytest.raises(VoucherExpired):
        await counter.show_pass(member, voucher.id)


@pytest.mark.anyio
async def test_a_void_voucher_shows_no_pass(counter: Counter, make: Factory) -> None:
    member = await make.member()
    voucher = await counter.voucher(member=member)
    rooms = counter.rooms
    await void_voucher(
        rooms.sessions,
        rooms.clock,
        rooms.stock,
        make.once,
        actor=make.actor,
        voucher_id=voucher.id,
        reason="重复",
    )
    with pytest.raises(VoucherVoid):
        await counter.show_pass(member, voucher.id)
