"""The sale: what staff put up, when everything is, and an order on its way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.replay.gift_boxes.people import address
from app.replay.gift_boxes.plan import PRICES, How, Plan, Wanted
from app.replay.members import NewMember
from app.replay.stage import NotPlayable
from app.replay.troupe import Troupe
from app.replay.watch import at

BOXES, ORDERS = "/v1/gift-boxes", "/v1/gift-boxes/orders"
STAFFS_BOXES, STAFFS_ORDERS = "/v1/admin/gift-boxes", "/v1/admin/orders"
PAYMENTS = "/v1/admin/payments"
SUPPLIERS, MERCHANTS = "/v1/admin/suppliers", "/v1/admin/merchants"
SHOP, SUPPLIER, FINANCE, DESK = "shop_manager", "supplier", "finance", "desk"
ADMINISTRATOR, STORES = "administrator", "store_manager"

# Since midnight of the play's first day. Orders are held for a quarter of an hour: at `ASKED_AT`
# they still are, and at `LAPSED_AT` they are not. An offer stands for two hours.
ANNOUNCED, TOO_EARLY, OPENS, ASKED_AT = at(0, 8), at(0, 9, 50), at(0, 10), at(0, 10, 8)
LAPSED_AT, OFFERS_OVER = at(0, 11), at(0, 14)
FREE_FOR_OTHERS, OTHERS_COME = at(0, 15), at(0, 15, 5)
CLOSES, GIVEN_BACK, SENT = at(1, 0), at(1, 9), at(1, 15)
SITES_OPEN, SHORT_SITE_CLOSES, NOT_FETCHED = at(2, 9), at(2, 17), at(2, 17, 30)
SITES_CLOSE, THE_COUNT = at(9, 17), at(3, 9)

FREE_WINDOWS = (("hardship", OPENS), ("outdoor", FREE_FOR_OTHERS))

NAMES = ("坚果炒货礼盒", "海鲜干货礼盒", "粮油米面礼盒", "新鲜水果礼盒", "糕点糖果礼盒")
LIST_PRICES = (16_800, 29_800, 15_800, 12_800, 9_900)
SITES = (
    (How.FIRST_SITE, "市工人文化宫", "市南区东海西路 1 号", SITES_CLOSE),
    (How.SECOND_SITE, "李沧区户外劳动者驿站", "李沧区书院路 2 号", SITES_CLOSE),
    (How.SHORT_SITE, "西海岸新区职工服务中心", "黄岛区长江中路 3 号", SHORT_SITE_CLOSES),
)
# The second box is one supplier's, the third another's; the others are the union's own.
SUPPLIED = (1, 2)


@dataclass(slots=True)
class Order:
    """An order, and whose. Empty ids: it never came so far, which was a surprise."""

    wanted: Wanted
    person: NewMember
    id: str = ""
    lines: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    prepay_no: str = ""
    payment_id: str = ""

    @property
    def buyer(self) -> str:
        return self.person.account

    @property
    def path(self) -> str:
        return f"{ORDERS}/{self.id}"

    @property
    def staffs_path(self) -> str:
        return f"{STAFFS_ORDERS}/{self.id}"

    def keep(self, placed: Mapping[str, Any]) -> None:
        """As its placing was answered."""
        self.id, self.lines = str(placed.get("id", "")), placed.get("lines", ())


@dataclass(frozen=True, slots=True)
class Sale:
    """Five boxes as their creation answered them, and the suppliers of two."""

    boxes: Sequence[Mapping[str, Any]]
    suppliers: Sequence[str]

    def box_id(self, box: int) -> str:
        return str(self.boxes[box]["id"])

    def path(self, box: int) -> str:
        return f"{BOXES}/{self.box_id(box)}"

    def delivery(self, how: How, person: NewMember) -> dict[str, str]:
        if how is How.SENT:
            return address(person)
        return {"mode": "pickup", "site_id": self.site_id(how)}

    def site_id(self, how: How) -> str:
        place = [each for each, *_ in SITES].index(how)
        return str(self.boxes[0]["sites"][place]["id"])

    def body(self, order: Order, prices: Sequence[int] = PRICES) -> dict[str, object]:
        """The order as it is sent, at the prices that were shown."""
        lines = [
            {"box_id": self.box_id(box), "quantity": count, "price_fen": prices[box]}
            for box, count in order.wanted.lines
        ]
        return {"lines": lines, "delivery": self.delivery(order.wanted.how, order.person)}


async def announce(troupe: Troupe, plan: Plan, first_day: datetime) -> Sale:
    """A sale of this play's own. Raises `NotPlayable`."""
    boxes = []
    for box in range(len(PRICES)):
        planned, act = _planned(plan, box, first_day), "putting a box up for sale"
        boxes.append(await troupe.set_up(SHOP, STAFFS_BOXES, planned, act=act))
        windows = [
            {"category": category, "opens_at": (first_day + when).isoformat()}
            for category, when in FREE_WINDOWS
        ]
        path = f"{STAFFS_BOXES}/{boxes[box]['id']}/free-windows"
        await _put(troupe, SHOP, path, {"windows": windows, "reason": "困难职工优先"})
    return Sale(boxes, await _find_suppliers(troupe, boxes, first_day))


def _planned(plan: Plan, box: int, first_day: datetime) -> dict[str, object]:
    def shown(when: timedelta) -> str:
        return (first_day + when).isoformat()

    sites = [
        {
            "name": f"{name} · 回放",
            "address": where,
            "opens_at": shown(SITES_OPEN),
            "closes_at": shown(closes),
        }
        for _, name, where, closes in SITES
    ]
    return {
        "name": f"{NAMES[box]} · 回放",
        "contents": [{"name": NAMES[box], "quantity": 1}],
        "list_price_fen": LIST_PRICES[box],
        "list_price_source": "同城三家商超当日均价",
        "list_price_on": "2022-12-20",
        "member_price_fen": PRICES[box],
        "quantity": plan.quantity(box),
        "free_quantity": plan.free_of(box),
        "per_person": 2,
        "opens_at": shown(OPENS),
        "closes_at": shown(CLOSES),
        "sites": sites,
    }


async def _find_suppliers(
    troupe: Troupe, boxes: Sequence[Mapping[str, Any]], first_day: datetime
) -> list[str]:
    """Two merchants, each of a box; the account in the role acts for the first."""
    merchant_ids = []
    for box in SUPPLIED:
        named = {"name": f"{NAMES[box]}供应商 {first_day:%Y-%m-%d}"}
        made = await troupe.set_up(STORES, MERCHANTS, named, act="creating a supplier")
        merchant_ids.append(str(made["id"]))
        path = f"{STAFFS_BOXES}/{boxes[box]['id']}/supplier"
        await _put(troupe, SHOP, path, {"merchant_id": made["id"]})
    accounts = await troupe.stage.read_all(SUPPLIERS, troupe.stage.staff[SHOP])
    named_so = [each["staff_id"] for each in accounts if each["name"] == SUPPLIER]
    if not named_so:
        raise NotPlayable("there is no account that can act for a supplier")
    bound = {"merchant_id": merchant_ids[0]}
    await _put(troupe, ADMINISTRATOR, f"{SUPPLIERS}/{named_so[0]}", bound)
    return merchant_ids


async def _put(troupe: Troupe, role: str, path: str, body: object) -> None:
    stage = troupe.stage
    answer = await stage.wire.send("PUT", path, token=stage.staff[role], body=body)
    stage.must(answer, "200", act=f"setting up {path}")
