"""Buyers of gift boxes, the shop's staff, the payer's phone and the provider's sandbox."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from app.embedded.wechat_pay import Sandbox
from app.embedded.wechat_pay.notifier import Notice
from app.models.gift_boxes import GiftBoxesBox, GiftBoxesOrder
from app.models.payments import Payment
from app.models.states import Role
from app.models.states_of_payments import EventSource, PaymentState
from app.packs.gift_boxes.boxes import create_box
from app.packs.gift_boxes.paying import DESCRIPTION, ORDER
from app.packs.gift_boxes.queries import BoxFacts, ContentFacts
from app.platform.ids import new_id
from app.shared.identity.callers import Member
from app.shared.payments.hearing import hear
from app.shared.payments.provider import CNY, Trade, TradeState
from app.shared.stock import read_pools
from tests.factories import YEAR, Factory, auth
from tests.opening import HOUR, Openings
from tests.shared.exports.desk import work_off

BOXES, STAFF, ADMIN_ORDERS = "/v1/gift-boxes", "/v1/admin/gift-boxes", "/v1/admin/orders"
ORDERS = BOXES + "/orders"
FIGURES = "/v1/admin/gift-box-figures"
NOTIFICATIONS = "/v1/payments/wechat/notifications"
PRICE = 9_900
HOLD = timedelta(minutes=15)
# So many looks, for as long as a process takes to hear that a pack was opened, and some more.
HEARD_AFTER = 100
ADDRESS = {"mode": "delivery", "name": "王小明", "phone": "19900001234", "address": "书院路 2 号"}

Body = dict[str, Any]


async def box_on_sale(
    make: Factory, quantity: int, *, per_person: int = 1, free_quantity: int = 0
) -> BoxFacts:
    """For a year, sent to addresses; put up without a request, for those who play no staff."""
    await make.campaign()
    rooms, now = make.rooms, make.rooms.clock.now()
    return await create_box(
        rooms.sessions,
        rooms.clock,
        make.once,
        actor=make.actor,
        name="坚果礼盒",
        contents=[ContentFacts("开心果", 1)],
        list_price_fen=PRICE,
        member_price_fen=PRICE,
        quantity=quantity,
        free_quantity=free_quantity,
        per_person=per_person,
        opens_at=now - YEAR,
        closes_at=now + YEAR,
        sites=[],
    )


@dataclass
class Gifts(Openings):
    """Answers are httpx's; what a scene needs of them it asserts."""

    client: httpx.AsyncClient
    make: Factory
    sandbox: Sandbox | None = None
    _keys: "count[int]" = field(default_factory=lambda: count(1))
    _staff: dict[Role, str] = field(default_factory=dict)

    def as_member(self, member: Member, key: str | None = None) -> dict[str, str]:
        return auth(self.make.token(member), key or f"gifts-{next(self._keys)}")

    async def as_staff(self, role: Role = Role.SHOP_MANAGER) -> dict[str, str]:
        """The same account each time."""
        if role not in self._staff:
            self._staff[role] = await self.make.staff(role)
        return auth(self._staff[role])

    def plan(self, **changes: Any) -> Body:
        """A box that is on sale now for a week, had at one site and sent to addresses."""
        now = self.make.rooms.clock.now()

        def at(by: timedelta) -> str:
            return (now + by).isoformat()

        return {
            "name": "坚果礼盒",
            "contents": [{"name": "开心果", "quantity": 2}],
            "list_price_fen": 16_800,
            "list_price_source": "同城三家商超均价",
            "list_price_on": "2022-12-20",
            "member_price_fen": PRICE,
            "quantity": 3,
            "free_quantity": 1,
            "per_person": 2,
            "opens_at": at(-HOUR),
            "closes_at": at(7 * 24 * HOUR),
            "sites": [self.site()],
            **changes,
        }

    def site(self, name: str = "市工人文化宫") -> Body:
        return {
            "name": name,
            "address": "东海西路 1 号",
            "opens_at": "2023-01-10T09:00:00+08:00",
            "closes_at": "2099-01-10T17:00:00+08:00",
        }

    async def create(self, **changes: Any) -> httpx.Response:
        await self.make.campaign()
        return await self.client.post(
            STAFF, headers=await self.as_staff(), json=self.plan(**changes)
        )

    async def box(self, **changes: Any) -> Body:
        answer = await self.create(**changes)
        assert answer.status_code == 201, answer.text
        body: Body = answer.json()
        return body

    async def change(self, box: Body, version: int = 1, **changes: Any) -> httpx.Response:
        return await self.client.patch(
            f"{STAFF}/{box['id']}",
            headers=await self.as_staff(),
            json={"version": version, **changes},
        )

    async def restock(self, box: Body, expected: int, total: int, **more: Any) -> httpx.Response:
        return await self.client.post(
            f"{STAFF}/{box['id']}/stock",
            headers=await self.as_staff(),
            json={"expected_total": expected, "total": total, "reason": "加货", **more},
        )

    async def left(self, box: Body) -> int:
        answer = await self.client.get(f"{STAFF}/{box['id']}", headers=await self.as_staff())
        return int(answer.json()["left"])

    async def see(self, member: Member, box: Body) -> Body:
        cursor, headers = "", auth(self.make.token(member))
        while True:
            answer = await self.client.get(f"{BOXES}?limit=200{cursor}", headers=headers)
            assert answer.status_code == 200, answer.text
            found: Body
            for found in answer.json()["items"]:
                if found["id"] == box["id"]:
                    return found
            assert answer.json()["next_cursor"], "it is nowhere"
            cursor = f"&cursor={answer.json()['next_cursor']}"

    async def order(
        self,
        member: Member,
        *lines: tuple[Body, int],
        key: str | None = None,
        delivery: Body | None = None,
        price_fen: int | None = None,
    ) -> httpx.Response:
        site_id = lines[0][0]["sites"][0]["id"] if lines[0][0]["sites"] else None
        return await self.client.post(
            ORDERS,
            headers=self.as_member(member, key),
            json={
                "lines": [
                    {"box_id": box["id"], "quantity": n, "price_fen": price_fen} for box, n in lines
                ],
                "delivery": delivery or {"mode": "pickup", "site_id": site_id},
            },
        )

    async def ordered(self, member: Member, *lines: tuple[Body, int], **how: Any) -> str:
        answer = await self.order(member, *lines, **how)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def of_order(
        self, member: Member, order_id: str, act: str, body: Any = None, key: str | None = None
    ) -> httpx.Response:
        """payments or cancellation."""
        return await self.client.post(
            f"{ORDERS}/{order_id}/{act}", headers=self.as_member(member, key), json=body
        )

    async def cancel(self, member: Member, order_id: str, key: str | None = None) -> httpx.Response:
        return await self.of_order(member, order_id, "cancellation", {"reason": "买多了"}, key)

    async def look(self, member: Member, order_id: str) -> Body:
        answer = await self.client.get(
            f"{ORDERS}/{order_id}", headers=auth(self.make.token(member))
        )
        found: Body = answer.json()
        return found

    async def state(self, member: Member, order_id: str) -> str:
        return str((await self.look(member, order_id))["state"])

    async def start(self, member: Member, order_id: str) -> str:
        """The `prepayid` that the app is handed."""
        answer = await self.of_order(member, order_id, "payments")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["hand_over"]["prepayid"])

    async def phone(self, prepay_id: str, **how: bool) -> None:
        """The payer pays."""
        assert self.sandbox is not None
        await asyncio.to_thread(self.sandbox.pay, prepay_id, **how)

    async def deliver(self, *notices: Notice) -> list[int]:
        """The provider's notifications arrive: these, or all that are held."""
        assert self.sandbox is not None
        given = notices or tuple(self.sandbox.notifier.take())
        answers = [
            await self.client.post(
                NOTIFICATIONS,
                content=each.body,
                headers=self.sandbox.notifier.headers(each.body),
            )
            for each in given
        ]
        return [answer.status_code for answer in answers]

    async def paid(self, member: Member, *lines: tuple[Body, int], **how: Any) -> str:
        """An order that is paid, and we know it."""
        order_id = await self.ordered(member, *lines, **how)
        await self.phone(await self.start(member, order_id))
        await self.deliver()
        assert await self.state(member, order_id) == "paid"
        return order_id

    async def paid_as_told(self, member: Member, *lines: tuple[Body, int]) -> str:
        """The same where there is no provider: its word is heard all the same."""
        rooms, order_id = self.make.rooms, await self.ordered(member, *lines)
        now, payment_id = rooms.clock.now(), new_id()
        async with rooms.sessions.begin() as session:
            order = await session.get_one(GiftBoxesOrder, UUID(order_id))
            payment = Payment(
                id=payment_id,
                payable_kind=ORDER.kind,
                payable_id=order.id,
                payer_id=member.id,
                number=payment_id.hex,
                amount_fen=order.amount_fen,
                description=DESCRIPTION,
                state=PaymentState.PENDING,
                created_at=now,
                expires_at=order.pay_before,
            )
            session.add(payment)
        trade = Trade(
            payment_id.hex,
            TradeState.SUCCESS,
            "{}",
            amount_fen=payment.amount_fen,
            currency=CNY,
            transaction_no=f"42{payment_id.hex}",
            paid_at=now - rooms.clock.offset,
        )
        await hear(rooms.sessions, rooms.payments, trade, source=EventSource.QUERY)
        return order_id

    async def refund(
        self, order_id: str, *, role: Role = Role.FINANCE, stock: str = "return", **how: Any
    ) -> httpx.Response:
        return await self.client.post(
            f"{ADMIN_ORDERS}/{order_id}/refunds",
            headers=await self.as_staff(role),
            json={"stock": stock, "reason": "不要了", **how},
        )

    async def whole(self, order_id: str) -> Body:
        answer = await self.client.get(f"{ADMIN_ORDERS}/{order_id}", headers=await self.as_staff())
        assert answer.status_code == 200, answer.text
        found: Body = answer.json()
        return found

    async def wait(self, member: Member, box: Body) -> httpx.Response:
        return await self.client.post(
            f"{BOXES}/{box['id']}/waitlist", headers=self.as_member(member)
        )

    async def leave(self, member: Member, box: Body) -> httpx.Response:
        return await self.client.post(
            f"{BOXES}/{box['id']}/waitlist/withdrawal", headers=self.as_member(member)
        )

    async def offer(self, member: Member, box: Body) -> str | None:
        """The id of what is kept for the member, if anything is."""
        offer = (await self.see(member, box))["mine"]["offer"]
        return str(offer["id"]) if offer else None

    async def accept(self, member: Member, offer_id: str, **body: Any) -> httpx.Response:
        return await self.client.post(
            f"{BOXES}/offers/{offer_id}/acceptance",
            headers=self.as_member(member),
            json={"delivery": ADDRESS, **body},
        )

    async def figures(self) -> Body:
        answer = await self.client.get(FIGURES, headers=await self.as_staff())
        found: Body = answer.json()
        return found

    async def later(self, by: timedelta) -> None:
        await self.make.move_clock(by)

    async def supplier(self, name: str, *, bound: bool = True) -> tuple[dict[str, str], str, str]:
        """Headers of a supplier's account, its id and its merchant's, whom it acts for if bound."""
        headers = auth(await self.make.staff(Role.SUPPLIER, name=name))
        boss = await self.as_staff(Role.ADMINISTRATOR)
        made = await self.client.post("/v1/admin/merchants", headers=boss, json={"name": name})
        assert made.status_code == 201, made.text
        listed = await self.client.get("/v1/admin/suppliers", headers=boss)
        [account] = [each for each in listed.json()["items"] if each["name"] == name]
        staff_id, merchant_id = str(account["staff_id"]), str(made.json()["id"])
        if bound:
            answer = await self.client.put(
                f"/v1/admin/suppliers/{staff_id}",
                headers=boss,
                json={"merchant_id": merchant_id},
            )
            assert answer.json()["merchant_name"] == name
        return headers, staff_id, merchant_id

    async def pack(
        self, *order_ids: str, headers: dict[str, str] | None = None
    ) -> list[str | None]:
        """Why each is not packed, or None."""
        answer = await self.client.post(
            ADMIN_ORDERS + "/packed",
            headers=headers or await self.as_staff(),
            json={"order_ids": list(order_ids)},
        )
        assert answer.status_code == 200, answer.text
        return [each["code"] for each in answer.json()["results"]]

    async def pass_of(self, member: Member, order_id: str) -> str:
        """What its QR says."""
        answer = await self.client.get(
            f"{ORDERS}/{order_id}/pass", headers=auth(self.make.token(member))
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["pass"])

    async def hand_out(self, **shown: Any) -> httpx.Response:
        """By `text` (a pass), or `name` and `phone_last4`."""
        body = {"pass" if name == "text" else name: value for name, value in shown.items()}
        return await self.client.post(
            ADMIN_ORDERS + "/pickups", headers=await self.as_staff(Role.DESK), json=body
        )

    async def claim_free(
        self, member: Member, box: Body, key: str | None = None, **delivery: Any
    ) -> httpx.Response:
        """At the box's first site unless `delivery` says otherwise."""
        return await self.client.post(
            f"{BOXES}/{box['id']}/free-claims",
            headers=self.as_member(member, key),
            json={"delivery": delivery or {"mode": "pickup", "site_id": box["sites"][0]["id"]}},
        )

    async def claim_free_once_heard(self, member: Member, box: Body) -> httpx.Response:
        """After the pack was opened: every process hears of it within a second."""
        for _ in range(HEARD_AFTER):
            answer = await self.claim_free(member, box)
            if told(answer) != (409, "not_open"):
                break
            await asyncio.sleep(0.05)
        return answer

    async def fair_box(self, **changes: Any) -> Body:
        """Whoever may have a free one and asks within an hour from now is put in order."""
        now = self.make.rooms.clock.now()
        return await self.box(opening="fair_draw", opens_at=now.isoformat(), **changes)

    async def entry(self, member: Member, box: Body) -> Body:
        answer = await self.client.get(
            f"{BOXES}/{box['id']}/entry", headers=auth(self.make.token(member))
        )
        assert answer.status_code == 200, answer.text
        found: Body = answer.json()
        return found

    async def take_back(self, member: Member, box: Body) -> httpx.Response:
        return await self.client.post(
            f"{BOXES}/{box['id']}/entry/withdrawal", headers=self.as_member(member)
        )

    async def close_window(self, box: Body) -> Body:
        return await self.window_closes(box["fair"])

    async def drawn(self, box: Body) -> None:
        await self.number_entered(f"{STAFF}/{box['id']}")

    async def set_windows(self, box: Body, **opens_at: str) -> httpx.Response:
        """By category."""
        windows = [{"category": name, "opens_at": at} for name, at in opens_at.items()]
        return await self.client.put(
            f"{STAFF}/{box['id']}/free-windows",
            headers=await self.as_staff(),
            json={"windows": windows, "reason": "困难职工优先"},
        )

    async def work_off(self) -> None:
        """All that workers have to do by now, other rooms' periodic work aside, and the turnstile
        has heard of it."""
        await work_off(self.make.rooms, periodic=("gift_boxes.", "payments."))
        await self.announce()

    async def announce(self) -> None:
        """The turnstile hears of all boxes, as it would have a second later."""
        rooms = self.make.rooms
        async with rooms.sessions() as session:
            rows = await session.execute(
                select(GiftBoxesBox.sold_pool_id, GiftBoxesBox.free_pool_id)
            )
            pools = await read_pools(session, [pool_id for row in rows for pool_id in row])
        for pool in pools.values():
            await rooms.stock.announce(pool)

    async def notices(self, member: Member) -> list[str]:
        answer = await self.client.get("/v1/me/notices", headers=auth(self.make.token(member)))
        return [notice["kind"] for notice in answer.json()["items"]]


def told(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code") if answer.is_error else None
