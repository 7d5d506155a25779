"""From the packing list to the member's hands: packed, sent by a file of parcels, fetched at a site
by a pass, and confirmed.
"""

import csv
import io
from collections.abc import Collection, Sequence
from typing import Any

from app.replay.gift_boxes.people import recipients_phone
from app.replay.gift_boxes.plan import Course, How
from app.replay.gift_boxes.sale import (
    DESK,
    SHOP,
    STAFFS_ORDERS,
    SUPPLIED,
    SUPPLIER,
    Order,
    Sale,
)
from app.replay.stage import NotPlayable
from app.replay.troupe import Troupe
from app.replay.wire import crowd

PACKING, PACKED = f"{STAFFS_ORDERS}/packing", f"{STAFFS_ORDERS}/packed"
PARCELS, PICKUPS = f"{STAFFS_ORDERS}/shipments/import", f"{STAFFS_ORDERS}/pickups"
# Of one call.
PACKED_AT_ONCE, DESKS_AT_ONCE = 200, 12
# Columns of the packing list as a file.
ORDER, PHONE = 0, 8
RECEIVED_EVERY = 4
NOBODYS = "00000000-0000-7000-8000-000000000000"
HAND_OUT, PACK = "handing an order out", "packing"


class Packers:
    """The shop and the supplier. `orders` are all that are to be packed, free ones too."""

    def __init__(self, troupe: Troupe, sale: Sale, orders: Sequence[Order]) -> None:
        self._troupe, self._stage, self._sale = troupe, troupe.stage, sale
        self._orders = {order.id: order for order in orders}
        self._sent = [order for order in orders if order.wanted.how is How.SENT]

    async def pack(self) -> None:
        """The supplier its own and no others', then the shop the rest."""
        box_id = self._sale.box_id(SUPPLIED[0])
        seen = await self._stage.read_all(PACKING, self._stage.staff[SUPPLIER])
        if not seen or any(line["box_id"] != box_id for line in seen):
            self._stage.surprises.note(f"{PACK}: the supplier sees another's boxes, or none")
        own = [order for order in self._orders.values() if _is_wholly(order, SUPPLIED[0])]
        await self._pack(SUPPLIER, [order.id for order in own], code=None)
        mixed = [order.id for order in self._orders.values() if len(order.wanted.lines) > 1]
        await self._pack(SUPPLIER, mixed[:1], code="not_found")
        await self._read_addresses()
        listed = await self._stage.read_all(PACKING, self._stage.staff[SHOP])
        rest = {line["order_id"] for line in listed} & self._orders.keys()
        if len(rest) + len(own) != len(self._orders):
            self._stage.surprises.note(f"{PACK}: {len(rest)} and {len(own)} are listed")
        await self._pack(SHOP, sorted(rest), code=None)
        # What is packed already stays packed.
        await self._pack(SHOP, sorted(rest)[:1], code=None)

    async def _pack(self, role: str, order_ids: Sequence[str], *, code: str | None) -> None:
        for first in range(0, len(order_ids), PACKED_AT_ONCE):
            body = {"order_ids": order_ids[first : first + PACKED_AT_ONCE]}
            packed = await self._troupe.order(role, PACKED, body, act=PACK)
            wrong = [each for each in packed.get("results", ()) if each["code"] != code]
            if wrong:
                self._stage.surprises.note(f"{PACK}: {len(wrong)} otherwise than {code}")

    async def _read_addresses(self) -> None:
        """The list as a file, box by box: it has the address of whatever is sent."""
        found: dict[str, str] = {}
        for box in self._sale.boxes:
            rows = await self._read_file(f"{PACKING}.csv?box_id={box['id']}")
            found |= {row[ORDER]: row[PHONE] for row in rows if row[PHONE]}
        to_send = [order for order in self._sent if not _is_wholly(order, SUPPLIED[0])]
        wanted = {order.id: recipients_phone(order.person) for order in to_send}
        if found != wanted:
            self._stage.surprises.note(f"{PACK}: other addresses are in the file than are sent to")

    async def _read_file(self, path: str) -> list[list[str]]:
        answer = await self._stage.wire.send("GET", path, token=self._stage.staff[SHOP])
        self._stage.must(answer, "200", act="reading the packing list")
        return list(csv.reader(io.StringIO(answer.body)))[1:]

    async def send(self, fetched: Order) -> None:
        """By a file with two rows that are wrong, which stop nothing; the same again changes
        nothing, and another number corrects one. `fetched` is one that is not sent."""
        parcels = {order.id: self._number(order) for order in self._sent}
        wrong = {NOBODYS: "SF0", fetched.id: "SF1"}
        await self._import(parcels | wrong, added=len(parcels), refused=len(wrong))
        await self._import(parcels, unchanged=len(parcels))
        corrected = [o.id for o in self._sent if o.wanted.course is Course.CORRECTED]
        await self._import({each: f"YT{each[-12:]}" for each in corrected}, changed=len(corrected))

    def _number(self, order: Order) -> str:
        return f"SF{order.person.place:010}"

    async def _import(self, parcels: dict[str, str], **expected: int) -> None:
        rows = ["order_no,carrier,number", *(f"{k},顺丰速运,{v}" for k, v in parcels.items())]
        answer = await self._stage.wire.send(
            "POST", PARCELS, token=self._stage.staff[SHOP], file="\n".join(rows).encode()
        )
        self._stage.must(answer, "200", act="importing parcels")
        names = ("added", "changed", "unchanged", "refused")
        reported = {name: answer.body[name] for name in names if answer.body[name]}
        if reported != expected:
            self._stage.surprises.note(f"importing parcels: {reported} instead of {expected}")


def _is_wholly(order: Order, box: int) -> bool:
    return {each for each, _ in order.wanted.lines} == {box}


class Desks:
    """Of the sites."""

    def __init__(self, troupe: Troupe) -> None:
        self._troupe, self._stage = troupe, troupe.stage

    async def hand_out(self, orders: Sequence[Order]) -> None:
        """Whoever comes shows the pass; one shows it twice, and for some it was a mistake."""
        await crowd(orders[1:], self._one, at_once=DESKS_AT_ONCE)
        shown = await self._show(orders[0])
        await self._hand_out(shown)
        again = await self._troupe.send_as(DESK, PICKUPS, shown)
        self._stage.expect(again, "already_collected", act=f"{HAND_OUT} twice")
        self._stage.progress.step()

    async def _one(self, order: Order) -> None:
        handed = await self._hand_out(await self._show(order))
        if order.wanted.course is Course.REVERSED:
            path, body = f"{PICKUPS}/{handed.get('id')}/reversal", {"reason": "发错了"}
            await self._troupe.order(DESK, path, body, act="undoing a hand-out")
            await self._hand_out(await self._show(order))
        self._stage.progress.step()

    async def _show(self, order: Order) -> dict[str, str]:
        """What the desk sends of the member's screen."""
        shown = await self._troupe.read(order.buyer, f"{order.path}/pass", act="showing a pass")
        return {"pass": str(shown.get("pass", ""))}

    async def _hand_out(self, shown: dict[str, str]) -> dict[str, Any]:
        return await self._troupe.order(DESK, PICKUPS, shown, expects="201", act=HAND_OUT)


async def confirm(troupe: Troupe, orders: Collection[Order]) -> int:
    """That it has arrived; one in so many says so. How many."""
    saying = sorted(orders, key=lambda order: order.buyer)[::RECEIVED_EVERY]

    async def one_of_them(order: Order) -> None:
        await troupe.act(order.buyer, f"{order.path}/receipt", act="confirming an order")
        troupe.stage.progress.step()

    await crowd(saying, one_of_them, at_once=DESKS_AT_ONCE)
    if not saying:
        raise NotPlayable("nothing was handed over")
    return len(saying)
