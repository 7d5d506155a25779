"""What goes otherwise with gift boxes than the replay planned is noticed, each in words of its own.
The answers are made up: a service that gave them would be wrong."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from app.replay.gift_boxes import books, free, lists, refunds, rush
from app.replay.gift_boxes.bills import Bills
from app.replay.gift_boxes.books import Books
from app.replay.gift_boxes.handing import Packers
from app.replay.gift_boxes.people import cast_of
from app.replay.gift_boxes.phone import Phones
from app.replay.gift_boxes.plan import Course, How, Plan, one
from app.replay.gift_boxes.sale import Order, Sale
from app.replay.stage import NotPlayable
from app.replay.troupe import Troupe
from app.schemas.gift_boxes_sale import BoxFiguresOut
from app.schemas.seed_ids import FIRST_GIFT_BOX_ID
from tests.replay.scripted import Script, pop

pytestmark = pytest.mark.anyio

PLAN = Plan(Fraction(1, 10_000))
CAST = cast_of(0, PLAN)
ANN, BOB = CAST.members[:2]
SITES = [{"id": f"s{number}"} for number in range(3)]
SALE = Sale([{"id": f"b{number}", "sites": SITES} for number in range(5)], ("m1", "m2"))
OK: tuple[int, Any] = (200, {})


def order(course: Course = Course.PLAIN, box: int = 0) -> Order:
    return Order(one(course, box), ANN, "o", ({"id": "l"},), "wx", "p")


def refused(code: str) -> tuple[int, Any]:
    return 409, {"code": code}


def page(*items: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"items": list(items), "next_cursor": None}


async def test_an_order_that_is_another_the_second_time_or_dearer_is_noticed(
    script: Script, troupe: Troupe
) -> None:
    placed = {"id": "o", "amount_fen": 9_900, "lines": []}
    stale = refused("price_changed")
    script.will(stale, (201, placed), (201, placed))
    await rush.order_with_care(troupe, SALE, [order()])
    assert not pop(troupe)
    script.will(stale, (201, placed | {"amount_fen": 1}), (201, placed | {"id": "another"}))
    await rush.order_with_care(troupe, SALE, [order()])
    assert pop(troupe) == [
        "ordering: not at the prices shown",
        "the same order again: another order",
    ]
    script.will((201, placed), (201, placed), (201, placed))
    await rush.order_with_care(troupe, SALE, [order()])
    assert pop(troupe) == ["ordering at another price: 201 instead of price_changed"]


async def test_a_place_or_an_offer_that_is_not_as_it_should_be_is_noticed(
    script: Script, troupe: Troupe
) -> None:
    people = rush.people_of(PLAN, 7, CAST.members)
    alone = replace(people, heads=[people.heads[0][:1], [], [], []])
    script.will((201, {"place": 2}), refused("already_waiting"))
    await rush.line_up(troupe, SALE, alone, PLAN)
    assert pop(troupe) == ["joining the waiting list: not at its end"]
    phones = await phones_of(script, troupe)
    gone = (404, {"code": "not_found"})
    script.will(page({"id": "b0", "mine": {"offer": None}}), gone, gone, gone)
    await lists.accept(troupe, SALE, phones, [(ANN, 0)])
    assert pop(troupe) == [
        "whose turn it is on the waiting list is offered nothing",
        "accepting an offer: not_found instead of 200",
        "beginning to pay: not_found instead of 201",
        "paying: not_found instead of 200",
    ]


async def phones_of(script: Script, troupe: Troupe) -> Phones:
    script.will(OK, OK)
    return await Phones.switched_on(troupe)


async def test_two_payments_of_one_order_are_noticed(script: Script, troupe: Troupe) -> None:
    phones = await phones_of(script, troupe)
    begun = [{"payment_id": each, "hand_over": {"prepayid": "wx"}} for each in ("p", "q")]
    script.will(*((201, each) for each in (*begun, begun[0])), OK)
    await phones.begin_on_two([order()])
    assert pop(troupe) == ["beginning to pay on two phones: 2 payments"]
    script.will((400, {"code": "ORDER_CLOSED"}))
    await phones.pay(order())
    assert pop(troupe) == ["paying: ORDER_CLOSED instead of 200"]


async def test_without_a_provider_that_moves_no_money_nothing_is_played(troupe: Troupe) -> None:
    unpayable = Troupe(replace(troupe.stage, provider=None))
    with pytest.raises(NotPlayable, match="none that can be paid without money"):
        await Phones.switched_on(unpayable)


async def test_a_free_box_for_whom_it_is_not_meant_is_noticed(
    script: Script, troupe: Troupe
) -> None:
    boxes = free.FreeBoxes(troupe, SALE, PLAN, CAST.free)
    given = [(201, {"order_id": str(number)}) for number in range(5)]
    script.will(*given)
    await boxes.claim_first(BOB)
    assert pop(troupe) == [
        "claiming a free box before one may: 201 instead of not_open",
        "claiming a free box that is for others: 201 instead of not_eligible",
        "the same claim of a free box again: another box",
        "a second free box for one person: 201 instead of limit_reached",
    ]


async def test_what_one_gives_back_alone_though_two_should_is_noticed(
    script: Script, troupe: Troupe
) -> None:
    script.will((201, {"id": "r"}))
    await refunds.give_back_by_two(troupe, [order(Course.BY_TWO)])
    assert pop(troupe) == ["giving an order back by two: one was enough"]


async def test_a_threshold_that_is_not_put_back_is_noticed(script: Script, troupe: Troupe) -> None:
    script.will((200, {"threshold_fen": None}), OK)
    async with refunds.by_two_people(troupe):
        script.will((202, {"approval_id": "a"}), OK, (200, {"threshold_fen": 1}))
    assert pop(troupe) == ["a threshold is not what it was before"]


async def test_what_suppliers_see_and_pack_that_is_anothers_is_noticed(
    script: Script, troupe: Troupe
) -> None:
    mixed = Order(
        next(each for each in PLAN.careful if len(each.lines) > 1), ANN, "mixed", (), "", ""
    )
    packers = Packers(troupe, SALE, [mixed, order(box=1)])
    packed, line = {"order_id": "x", "code": None}, {"order_id": "mixed", "box_id": "b0"}
    answers = (200, {"results": [packed]})
    files = [(200, "order\n")] * 5
    script.will(page(line), answers, answers, *files, page())
    await packers.pack()
    assert pop(troupe) == [
        "packing: the supplier sees another's boxes, or none",
        "packing: 1 otherwise than not_found",
        "packing: other addresses are in the file than are sent to",
        "packing: 0 and 1 are listed",
    ]


async def test_parcels_that_are_taken_otherwise_are_noticed(script: Script, troupe: Troupe) -> None:
    packers = Packers(troupe, SALE, [order(Course.CORRECTED)])
    report = {"added": 0, "changed": 0, "unchanged": 0, "refused": 0}
    added = (200, report | {"added": 3})
    script.will(added, (200, report | {"unchanged": 1}), (200, report | {"changed": 1}))
    await packers.send(order(Course.REVERSED))
    words = "importing parcels: {'added': 3} instead of {'added': 1, 'refused': 2}"
    assert pop(troupe) == [words]
    assert one(Course.CORRECTED, 0).how is How.SENT


def sheet(*rows: Sequence[str]) -> tuple[int, Any]:
    lines = ["kind,supplier,at,order,box,quantity,price,amount", *(",".join(row) for row in rows)]
    return 200, "\n".join(lines)


async def test_a_suppliers_sheet_that_is_not_its_part_of_the_whole_is_noticed(
    script: Script, troupe: Troupe
) -> None:
    days = date(2023, 1, 1), date(2023, 1, 4)
    mine = ("payment", "甲", "", "o", "", "1", "9.90", "9.90")
    others = ("payment", "乙", "", "o", "", "1", "1.00", "1.00")
    back = ("refund", "", "", "o", "", "-1", "1.00", "-1.00")
    strangers = ("payment", "", "", "x", "", "1", "7.00", "7.00")
    script.will(sheet(mine, others, back, strangers), sheet(mine), sheet(others))
    assert await books._read_sheets(troupe.stage, SALE, {"o"}, days) == 990
    assert not pop(troupe)
    script.will(sheet(mine, others), sheet(mine), sheet(mine))
    await books._read_sheets(troupe.stage, SALE, {"o"}, days)
    assert not pop(troupe), "the same supplier's twice"
    script.will(sheet(mine, others), sheet(), sheet(mine, others))
    await books._read_sheets(troupe.stage, SALE, {"o"}, days)
    assert pop(troupe) == ["a supplier's sheet is not its part of the whole"] * 2


def test_lists_that_contradict_the_figures_are_noticed() -> None:
    line = {"quantity": 2, "refunded_count": 1}
    listed = {"kind": "sold", "state": "paid", "lines": [line]}
    counts = {"total": 9, "left": 1, "held": 1, "offered": 0, "sold": 2, "refunded": 0}
    box = BoxFiguresOut(box_id=FIRST_GIFT_BOX_ID, name="", waiting=0, **counts)
    found = Books([listed], [], [], 0, [box], figures=None)  # type: ignore[arg-type]
    assert found.contradictions() == [
        "1 boxes are sold by the list, 2 by the figures",
        "1 boxes are held, or offered, for ever",
    ]


async def test_a_bill_that_cannot_be_compared_ends_the_play(script: Script, troupe: Troupe) -> None:
    run = {"id": "r", "state": "failed", "failure": "http_503"}
    script.will((201, run), (200, run))
    with pytest.raises(NotPlayable, match="comparing a bill failed: http_503"):
        await Bills(troupe).begin()
    # Before anything was paid on a day, there is none of it.
    script.will((201, run), (200, run | {"failure": "bill_not_ready"}), page())
    await Bills(troupe).begin()
    assert not pop(troupe)
