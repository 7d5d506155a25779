"""Acts that need a second person ask for rooms that there are, and their page names them all."""

from typing import get_type_hints

from app.models.states import ApprovalState
from app.platform.wiring import rooms_needed
from app.registrations import all_approval_kinds
from app.routers.admin.approvals import PARTIES
from app.routers.rooms import Rooms
from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "approvals.md").read_text()


def test_every_act_is_given_what_it_asks_for() -> None:
    there = get_type_hints(Rooms)
    for kind in all_approval_kinds():
        asked = get_type_hints(kind.perform)
        for name in rooms_needed(kind.perform):
            assert there.get(name) is asked[name], f"{kind.name}: {name}"


def test_whoever_decides_a_kind_is_let_in_where_it_is_decided() -> None:
    for kind in all_approval_kinds():
        assert kind.deciders <= set(PARTIES), kind.name


def test_the_page_of_the_room_names_every_state_and_every_kind() -> None:
    for word in [*ApprovalState, *(kind.name for kind in all_approval_kinds())]:
        assert f"`{word}`" in PAGE
