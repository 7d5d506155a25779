"""What can be paid asks for rooms that there are, and the page of the room names every state."""

from typing import get_type_hints

from app.embedded.wechat_pay import Mishaps
from app.models.states_of_payments import DifferenceKind, PaymentState, RefundState
from app.platform.wiring import rooms_needed
from app.registrations import all_payables
from app.routers.rooms import Rooms
from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "payments.md").read_text()


def test_every_payable_is_given_what_it_asks_for() -> None:
    there = get_type_hints(Rooms)
    for payable in all_payables():
        for act in (payable.on_paid, payable.on_refunded):
            asked = get_type_hints(act)
            for name in rooms_needed(act):
                assert there.get(name) is asked[name], f"{payable.kind}: {name}"


def test_the_page_names_every_state_and_every_mishap() -> None:
    known = {*PaymentState, *RefundState, *vars(Mishaps())}
    differences = {DifferenceKind.MISSING_HERE, DifferenceKind.REFUND_ABNORMAL}
    for word in known | differences:
        assert f"`{word}`" in PAGE, word
