"""Ids: in order of time where they are made, the same for the same request where they follow."""

from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from app.platform.ids import derived_id, new_id


def test_new_ids_are_version_7_and_come_in_order() -> None:
    made = [new_id() for _ in range(1_000)]
    assert {each.version for each in made} == {7}
    assert len(set(made)) == len(made)
    assert made == sorted(made)


@given(st.binary(min_size=16, max_size=32))
def test_a_derived_id_follows_from_its_digest_and_is_a_proper_uuid(digest: bytes) -> None:
    made = derived_id(digest)
    assert made == derived_id(digest)
    assert made.version == 8
    assert made.variant == RFC_4122


def test_other_requests_get_other_ids() -> None:
    assert derived_id(b"a" * 32) != derived_id(b"b" * 32)
