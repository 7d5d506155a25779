"""Orders of gift boxes in a rush: each takes one, held until it is paid later.

One transaction of some twenty statements, and everybody wants the same box, so they stand behind
one row here as in the shop that locks it: what is compared is what is done while it is locked.
"""

import json
from datetime import timedelta

from sqlalchemy import func, select

from app.models.gift_boxes import GiftBoxesLine
from app.packs.gift_boxes.boxes import create_box
from app.packs.gift_boxes.new_boxes import NewSite
from app.packs.gift_boxes.queries import BoxFacts, ContentFacts
from app.platform.ids import new_id
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.stock import read_pools
from benchmarks import crowd
from benchmarks.ground import Ground
from benchmarks.paths.noop import MEMBER_NOOP, NOOP
from benchmarks.paths.path import Crowd, Measure, Path, Target, Variant
from benchmarks.references import tables

ORDERED = frozenset({"201"})
ORDERS, PRICE_FEN = 1_000, 9_900
REASON, YEAR = "bench", timedelta(days=365)
ROW_LOCK = "row-lock shop"
# More would wait behind the one box for longer than the service lets anybody wait.
CONNECTIONS = 32


async def _orders(ground: Ground, count: int) -> Crowd:
    box = await _open_box(ground, count)
    body = _body(str(box.id), str(box.sites[0].id))
    requests = _presses(ground, f"{ground.service.url}/v1/gift-boxes/orders", body, count)

    async def check() -> list[str]:
        async with ground.rooms.sessions() as session:
            issued = (await read_pools(session, [box.sold.id]))[box.sold.id].issued
            ordered = await session.scalar(
                select(func.sum(GiftBoxesLine.quantity)).where(GiftBoxesLine.box_id == box.id)
            )
        if issued == ordered == count:
            return []
        return [f"{count} were to be told yes, {issued} are issued, {ordered} are ordered"]

    return Crowd(ground.service, requests, ORDERED, check)


async def _shop(ground: Ground, count: int) -> Crowd:
    box_id = await tables.new_box(ground.rooms.engine, total=count, price_fen=PRICE_FEN)
    body = _body(str(box_id), str(box_id))
    requests = _presses(ground, f"{ground.references.url}/shop/orders", body, count)

    async def check() -> list[str]:
        sold = await tables.sold(ground.rooms.engine, box_id)
        return [] if sold == (count, 0) else [f"the row-lock shop sold and has left {sold}"]

    return Crowd(ground.references, requests, ORDERED, check)


async def _open_box(ground: Ground, quantity: int) -> BoxFacts:
    rooms, now = ground.rooms, ground.rooms.clock.now()
    return await create_box(
        rooms.sessions,
        rooms.clock,
        Once(None, rooms.digester, rooms.sealer),
        actor=Actor.system(REASON, rooms.digester),
        name=REASON,
        contents=[ContentFacts(REASON, 1)],
        list_price_fen=PRICE_FEN,
        member_price_fen=PRICE_FEN,
        quantity=quantity,
        per_person=1,
        opens_at=now - timedelta(hours=1),
        closes_at=now + YEAR,
        sites=[NewSite(REASON, REASON, now, now + YEAR)],
    )


def _body(box_id: str, site_id: str) -> bytes:
    """One of a box, at the price shown, picked up."""
    line = {"box_id": box_id, "quantity": 1, "price_fen": PRICE_FEN}
    return json.dumps(
        {"lines": [line], "delivery": {"mode": "pickup", "site_id": site_id}}
    ).encode()


def _presses(ground: Ground, url: str, body: bytes, count: int) -> list[bytes]:
    """One a member, each with a key of its own."""
    return [
        crowd.request("POST", url, token, key=str(new_id()), body=body)
        for token in ground.tokens[:count]
    ]


ORDER = Path(
    name="order",
    about="下单一份年货礼盒，稍后付款 · a gift box is ordered, and held until it is paid",
    subject=Variant("order", _orders, ORDERS),
    references=(Variant(ROW_LOCK, _shop, ORDERS), MEMBER_NOOP),
    targets=(
        Target(ROW_LOCK, None, None),
        Target(ROW_LOCK, None, None, Measure.CPU),
        Target(NOOP, None, None),
        Target(NOOP, None, None, Measure.CPU),
    ),
    connections=CONNECTIONS,
)
