"""What staff read of the sale: the shop its figures and its orders, finance the payments, suppliers
their sheets. Where two of them disagree, that is a surprise.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from app.replay.gift_boxes.handing import PICKUPS
from app.replay.gift_boxes.sale import (
    DESK,
    FINANCE,
    PAYMENTS,
    SHOP,
    STAFFS_ORDERS,
    SUPPLIER,
    Order,
    Sale,
)
from app.replay.stage import Stage
from app.replay.troupe import Troupe
from app.schemas.gift_boxes_sale import BoxFiguresOut, FiguresOut

FIGURES, SHEET = "/v1/admin/gift-box-figures", f"{STAFFS_ORDERS}/supplier-sheet.csv"
KEPT = frozenset({"paid", "packed", "shipped", "picked_up", "closed"})
# Columns of a supplier's sheet.
SHEET_SUPPLIER, SHEET_ORDER, SHEET_AMOUNT = 1, 3, 7
Rows = Sequence[Mapping[str, Any]]


async def read_figures(troupe: Troupe) -> FiguresOut:
    """Raises `NotPlayable`."""
    stage = troupe.stage
    answer = await stage.wire.send("GET", FIGURES, token=stage.staff[SHOP])
    stage.must(answer, "200", act="reading the shop's figures")
    return FiguresOut.model_validate(answer.body)


async def wait_for_sold(troupe: Troupe, sale: Sale, count: int) -> None:
    """So many are paid by now. Raises `NotPlayable`."""

    async def are_paid() -> bool:
        return sum(each.sold for each in _of_sale(await read_figures(troupe), sale)) >= count

    words = f"{count} boxes are not paid; does the provider reach the service, and its worker run?"
    await troupe.stage.wait_until(are_paid, else_=words)


async def wait_for_lapses(troupe: Troupe, sale: Sale) -> None:
    """Nothing is held any more, so it has been offered. Raises `NotPlayable`."""

    async def are_over() -> bool:
        return not any(each.held for each in _of_sale(await read_figures(troupe), sale))

    words = "orders that nobody paid do not lapse; does the service's worker run?"
    await troupe.stage.wait_until(are_over, else_=words)


def _of_sale(figures: FiguresOut, sale: Sale) -> list[BoxFiguresOut]:
    ids = {str(box["id"]) for box in sale.boxes}
    return [each for each in figures.by_box if str(each.box_id) in ids]


@dataclass(frozen=True, slots=True)
class Books:
    """What staff read of this play's orders when all is over."""

    orders: Rows
    payments: Rows
    pickups: Rows
    sheet_fen: int
    by_box: Sequence[BoxFiguresOut]
    figures: FiguresOut

    @classmethod
    async def read(
        cls, troupe: Troupe, sale: Sale, orders: Sequence[Order], days: tuple[date, date]
    ) -> "Books":
        """Raises `NotPlayable`."""
        stage, ours = troupe.stage, {order.id for order in orders}
        found: dict[str, Mapping[str, Any]] = {}
        for box in sale.boxes:
            listed = await stage.read_all(STAFFS_ORDERS, stage.staff[SHOP], box_id=box["id"])
            found |= {each["id"]: each for each in listed}
        if found.keys() != ours:
            stage.surprises.note(f"{len(found)} orders are listed, {len(ours)} were placed")
        payments = await stage.read_all(PAYMENTS, stage.staff[FINANCE])
        pickups = await stage.read_all(PICKUPS, stage.staff[DESK])
        figures = await read_figures(troupe)
        return cls(
            list(found.values()),
            [each for each in payments if each["payable_id"] in ours],
            [each for each in pickups if each["order_id"] in ours],
            await _read_sheets(stage, sale, ours, days),
            _of_sale(figures, sale),
            figures,
        )

    @property
    def sold(self) -> list[Mapping[str, Any]]:
        """That stand."""
        return [each for each in self.orders if each["kind"] == "sold" and each["state"] in KEPT]

    @property
    def given(self) -> list[Mapping[str, Any]]:
        return [each for each in self.orders if each["kind"] == "free" and each["state"] in KEPT]

    def contradictions(self) -> list[str]:
        """Where the shop's own figures of these boxes say something else than its list."""
        by_box = sum(each.sold for each in self.by_box)
        by_list = sum(units(each) for each in self.sold)
        left = sum(each.held + each.offered for each in self.by_box)
        found = {
            f"{by_list} boxes are sold by the list, {by_box} by the figures": by_list != by_box,
            f"{left} boxes are held, or offered, for ever": left != 0,
        }
        return [words for words, is_so in found.items() if is_so]


def units(order: Mapping[str, Any]) -> int:
    """Boxes of an order that were not given back."""
    return sum(line["quantity"] - line["refunded_count"] for line in order["lines"])


async def _read_sheets(stage: Stage, sale: Sale, ours: set[str], days: tuple[date, date]) -> int:
    """What all sheets have of these orders; each supplier's own must be its part of the whole."""
    whole = await _read_sheet(stage, FINANCE, ours, days)
    for role, merchant_id in ((SUPPLIER, None), (FINANCE, sale.suppliers[1])):
        own = await _read_sheet(stage, role, ours, days, merchant_id)
        names = {row[SHEET_SUPPLIER] for row in own}
        part = [row for row in whole if row[SHEET_SUPPLIER] in names]
        if len(names) != 1 or "" in names or own != part:
            stage.surprises.note("a supplier's sheet is not its part of the whole")
    return sum(_fen(row[SHEET_AMOUNT]) for row in whole)


async def _read_sheet(
    stage: Stage,
    role: str,
    ours: set[str],
    days: tuple[date, date],
    merchant_id: str | None = None,
) -> list[list[str]]:
    since, until = days
    query = {"since": since.isoformat(), "until": until.isoformat()}
    query |= {"merchant_id": merchant_id} if merchant_id else {}
    answer = await stage.wire.send("GET", f"{SHEET}?{urlencode(query)}", token=stage.staff[role])
    stage.must(answer, "200", act="reading a supplier's sheet")
    rows = list(csv.reader(io.StringIO(answer.body)))
    return [row for row in rows if row[SHEET_ORDER] in ours]


def _fen(yuan: str) -> int:
    return int(yuan.replace(".", ""))
