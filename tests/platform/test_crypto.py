"""Sealed values open only where they were sealed; digests find and do not tell."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.platform.crypto import Digester, KeyRing, Sealer

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def key_text(version: int, key: bytes) -> str:
    return f"{version}:{b64encode(key).decode()}"


@given(TEXTS)
def test_a_sealed_text_opens_as_it_was(text: str) -> None:
    sealer = Sealer(KeyRing({1: OLD}))
    assert sealer.open(sealer.seal(text, "member.name"), "member.name") == text


def test_the_same_text_sealed_twice_looks_different() -> None:
    sealer = Sealer(KeyRing({1: OLD}))
    assert sealer.seal("13800000000", "member.phone") != sealer.seal("13800000000", "member.phone")


def test_a_value_moved_to_another_column_does_not_open() -> None:
    sealer = Sealer(KeyRing({1: OLD}))
    sealed = sealer.seal("13800000000", "member.phone")
    with pytest.raises(ValueError, match="does not open here"):
        sealer.open(sealed, "member.name")


@pytest.mark.parametrize("position", [1, 12, 13, -1])
def test_a_value_changed_in_one_bit_does_not_open(position: int) -> None:
    sealer = Sealer(KeyRing({1: OLD}))
    sealed = bytearray(sealer.seal("13800000000", "member.phone"))
    sealed[position] ^= 1
    with pytest.raises(ValueError, match="does not open here"):
        sealer.open(bytes(sealed), "member.phone")


def test_after_a_rotation_old_values_open_and_new_ones_carry_the_new_version() -> None:
    before, after = Sealer(KeyRing({1: OLD})), Sealer(KeyRing({1: OLD, 2: NEW}))
    assert after.open(before.seal("x", "a.b"), "a.b") == "x"
    sealed = after.seal("x", "a.b")
    assert sealed[0] == 2
    with pytest.raises(ValueError, match="unknown key"):
        before.open(sealed, "a.b")


def test_a_key_can_be_known_before_anybody_writes_with_it() -> None:
    announced = KeyRing({1: OLD, 2: NEW}, version=1)
    sealed = Sealer(announced).seal("x", "a.b")
    assert Sealer(KeyRing({1: OLD})).open(sealed, "a.b") == "x"
    assert Digester(announced).digest("p", "x") == Digester(KeyRing({1: OLD})).digest("p", "x")
    with pytest.raises(ValueError, match="not in the ring"):
        KeyRing({1: OLD, 2: NEW}, version=3)


def test_a_lookup_knows_the_digest_under_every_key_the_current_one_first() -> None:
    old, new = Digester(KeyRing({1: OLD})), Digester(KeyRing({1: OLD, 2: NEW}))
    assert new.every("p", "x") == [new.digest("p", "x"), old.digest("p", "x")]
    assert new.versions == (2, 1)


def test_what_stands_for_a_request_stays_until_the_oldest_key_is_taken_out() -> None:
    before, both = Digester(KeyRing({1: OLD})), Digester(KeyRing({1: OLD, 2: NEW}))
    after = Digester(KeyRing({2: NEW}))
    assert both.of_request("p", "x") == before.of_request("p", "x") == before.digest("p", "x")
    assert after.of_request("p", "x") == both.digest("p", "x")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + b"\x00" * 12, b"\x07" + b"\x00" * 40])
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - which of the two reasons is no matter
        Sealer(KeyRing({1: OLD})).open(sealed, "a.b")


def test_a_digest_depends_on_key_purpose_and_how_the_parts_are_cut() -> None:
    digester = Digester(KeyRing({1: OLD}))
    one = digester.digest("phone", "ab", "c")
    assert len(one) == 32
    assert one == digester.digest("phone", "ab", "c")
    others = [
        digester.digest("phone", "a", "bc"),
        digester.digest("phone", "abc"),
        digester.digest("person", "ab", "c"),
        Digester(KeyRing({1: NEW})).digest("phone", "ab", "c"),
    ]
    assert one not in others


def test_the_highest_version_of_a_ring_is_current() -> None:
    ring = KeyRing.parse(f"{key_text(2, NEW)},{key_text(1, OLD)}")
    assert (ring.version, ring.current, ring.keys[1]) == (2, NEW, OLD)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1:",
        "1:" + "c2hvcnQ=",
        key_text(0, OLD),
        key_text(256, OLD),
        "x:" + b64encode(OLD).decode(),
        b64encode(OLD).decode(),
        "1:" + b64encode(OLD).decode() + "!",
    ],
)
def test_a_ring_that_cannot_be_read_is_refused_without_showing_the_key(text: str) -> None:
    with pytest.raises(ValueError, match="keys are") as caught:
        KeyRing.parse(text)
    assert b64encode(OLD).decode()[:8] not in str(caught.value)
