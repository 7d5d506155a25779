"""Staff read in Chinese what an operation does and in which state a thing is."""

import re

import pytest

from app.main import app
from app.models.states import (
    ClaimState,
    DispatchState,
    DisputeState,
    PackState,
    PoolState,
    RedemptionState,
    VoucherState,
    WishState,
)
from app.platform.errors import StateConflict
from app.routers.language import say
from app.routers.openapi import operations
from app.routers.staff_words import FILE, told_in_chinese

CHINESE = re.compile(r"[\u4e00-\u9fff]")
STATES = (
    WishState,
    ClaimState,
    DispatchState,
    PoolState,
    PackState,
    VoucherState,
    RedemptionState,
    DisputeState,
)
# Their staff work from the docs page; each operation of a group has a line.
GROUPS = ("/v1/admin/wish", "/v1/admin/breakfast", "/v1/admin/packs", "/v1/admin/exports")


def test_each_operation_of_these_groups_is_told_in_chinese_and_no_line_is_left_over() -> None:
    there = {
        f"{each.method.upper()} {each.path}": each.description["description"]
        for each in operations(app.state.documents.whole)
    }
    told = told_in_chinese()
    assert not set(told) - set(there), f"{FILE.name} tells of operations that are not there"
    owed = {name for name in there if name.split()[1].startswith(GROUPS)} - set(told)
    assert not owed, f"give them a line in {FILE.name}: {sorted(owed)}"
    for name, words in told.items():
        assert CHINESE.search(words), name
        assert there[name].startswith(f"{words}\n\n"), name


@pytest.mark.parametrize("state", [state.value for states in STATES for state in states])
def test_a_refusal_names_the_state_in_the_readers_language(state: str) -> None:
    refusal = StateConflict(state=state)
    assert not re.search("[a-z]", say(refusal.detail, "zh", refusal.facts))
    english = say(refusal.detail, "en", refusal.facts)
    assert "_" not in english
    assert not CHINESE.search(english)
