"""What a row says: which fields changed, and nothing by which anybody could be known."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from app.models.states import Category, PoolState
from app.platform.ids import new_id
from app.shared.ledger import Act, changed, made
from tests.shared.ledger.rig import TESTER

THING = UUID(int=7)


def digests(before: object, after: object, object_id: UUID = THING) -> list[str | None]:
    kept = Act(TESTER, "thing.change", "thing", object_id, {"size": (before, after)}).digests()
    assert kept is not None
    found: list[str | None] = json.loads(kept)["size"]
    return found


@pytest.mark.parametrize(
    "value",
    [
        "王小明",
        17,
        0,
        False,
        1.5,
        ["a", "b"],
        {"a": 1},
        THING,
        date(2023, 1, 5),
        datetime(2023, 1, 5, tzinfo=UTC),
        {Category.OUTDOOR, Category.HARDSHIP},
        frozenset({Category.OUTDOOR}),
        [[Category.OUTDOOR, "工会", date(2023, 1, 5)]],
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_is_kept_as_a_digest_that_only_it_has(value: Any) -> None:
    before, after = digests(value, value)
    assert before == after
    assert before is not None
    assert len(before) == 32
    assert digests("something else", value)[0] != after


def test_a_value_stands_nowhere_in_what_is_kept() -> None:
    kept = Act(TESTER, "thing.change", "thing", THING, {"name": ("王小明", "李四")}).digests()
    assert kept is not None
    assert "name" in kept
    assert kept.isascii()


def test_nothing_is_kept_as_nothing() -> None:
    assert digests(None, 1)[0] is None
    assert digests(1, None)[1] is None


def test_equal_values_of_two_objects_do_not_look_alike() -> None:
    assert digests("hardship", "outdoor") != digests("hardship", "outdoor", new_id())


def test_the_same_instant_is_the_same_value_in_any_zone() -> None:
    here = datetime(2023, 1, 5, 8, tzinfo=timezone(timedelta(hours=8)))
    assert digests(here, here.astimezone(UTC)) == [digests(here, None)[0]] * 2


def test_a_state_is_the_word_that_it_is() -> None:
    assert digests(PoolState.RUNNING, "running") == digests("running", PoolState.RUNNING)


def test_a_value_without_a_text_of_its_own_is_a_bug() -> None:
    with pytest.raises(TypeError):
        digests(object(), None)


def test_an_act_that_changes_no_field_keeps_none() -> None:
    assert Act(TESTER, "member.find", "member", THING).digests() is None


def test_only_what_differs_has_changed() -> None:
    before, after = {"a": 1, "b": 2, "c": None}, {"a": 1, "b": 3, "c": None, "d": 4}
    assert changed(before, after) == {"b": (2, 3), "d": (None, 4)}
    assert made(a=1) == {"a": (None, 1)}
