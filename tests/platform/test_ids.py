"""Ids: in order of time where they are made, the same for the same request where they follow."""

import pickle
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.platform.ids import derived_id, new_id, own_id, usual_id


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


@given(st.uuids())
def test_an_id_of_any_make_is_the_same_id(python_made: UUID) -> None:
    ours = own_id(str(python_made))
    assert usual_id(str(python_made)) == ours == python_made == pickle.loads(pickle.dumps(ours))
    assert hash(ours) == hash(python_made)
    assert isinstance(ours, UUID)
    assert (str(ours), ours.bytes, ours.int) == (
        str(python_made),
        python_made.bytes,
        python_made.int,
    )


@pytest.mark.parametrize("text", ["", "x", "a" * 300, "编号", f"{'0' * 8}-{'0' * 27}"])
def test_what_the_service_did_not_write_is_no_id(text: str) -> None:
    assert usual_id(text) is None
    with pytest.raises(ValueError, match=r"UUID|uuid"):
        own_id(text)
