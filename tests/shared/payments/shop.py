"""A shop on empty books: orders, the payer's phone, the provider's sandbox, a worker at hand."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from pydantic import HttpUrl, SecretStr
from sqlalchemy import select, text, update

from app.embedded.wechat_pay import Merchant, Sandbox
from app.embedded.wechat_pay.notifier import Notice
from app.models.outbox import Job
from app.models.payments import Payment, PaymentDifference, PaymentEvent, Refund
from app.models.states import Role
from app.platform.ids import new_id
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from app.shared.identity.callers import Member
from app.shared.outbox import bind
from app.shared.payments import (
    CHECKS,
    Payable,
    Payables,
    Payments,
    Started,
    start_payment,
    stop_payment,
)
from app.shared.verification import run_checks
from app.worker import find_handlers
from tests.factories import Factory, auth
from tests.shared.outbox.bench import Bench
from tests.shared.payments import toy

NOTIFICATIONS = "/v1/payments/wechat/notifications"
ADMIN = "/v1/admin/payments"
PRICE = 19_900
HOLD = timedelta(minutes=15)


def with_provider(settings: Settings, merchant: Merchant, url: str) -> Settings:
    """Those settings, with the sandbox as their provider."""
    return settings.model_copy(
        update={
            "wechat_pay_url": HttpUrl(url),
            "wechat_pay_app_id": merchant.app_id,
            "wechat_pay_merchant_no": merchant.merchant_no,
            "wechat_pay_serial_no": merchant.serial_no,
            "wechat_pay_private_key": SecretStr(merchant.private_key),
            "wechat_pay_api_v3_key": SecretStr(merchant.api_v3_key),
            "wechat_pay_notify_url": HttpUrl(f"http://test{NOTIFICATIONS}"),
        }
    )


def provider_environ(settings: Settings) -> dict[str, str]:
    """The same for a process of its own."""
    assert settings.wechat_pay_private_key is not None
    assert settings.wechat_pay_api_v3_key is not None
    return {
        "WECHAT_PAY_URL": str(settings.wechat_pay_url),
        "WECHAT_PAY_APP_ID": str(settings.wechat_pay_app_id),
        "WECHAT_PAY_MERCHANT_NO": str(settings.wechat_pay_merchant_no),
        "WECHAT_PAY_SERIAL_NO": str(settings.wechat_pay_serial_no),
        "WECHAT_PAY_PRIVATE_KEY": settings.wechat_pay_private_key.get_secret_value(),
        "WECHAT_PAY_API_V3_KEY": settings.wechat_pay_api_v3_key.get_secret_value(),
        "WECHAT_PAY_NOTIFY_URL": str(settings.wechat_pay_notify_url),
    }


def selling(rooms: Rooms, payable: Payable = toy.ORDER) -> Rooms:
    """Those rooms, in which that kind can be paid."""
    payments = rooms.payments
    sold = Payments(
        payments.provider,
        Payables([payable]),
        payments.clock,
        payments.sealer,
        payments.digester,
    )
    rooms = replace(rooms, payments=sold)
    rooms.approvals.furnish(rooms)
    rooms.payments.payables.furnish(rooms)
    return rooms


@dataclass
class Shop:
    app: FastAPI
    client: httpx.AsyncClient
    make: Factory
    sandbox: Sandbox
    rooms: Rooms
    _keys: "count[int]" = field(default_factory=lambda: count(1))

    async def order(self, member: Member, *, amount_fen: int = PRICE) -> UUID:
        order_id = new_id()
        async with self.rooms.sessions.begin() as session:
            pay_before = self.rooms.clock.now() + HOLD
            await toy.place(session, order_id, member.id, amount_fen, pay_before)
        return order_id

    async def start(self, member: Member, order_id: UUID) -> Started:
        """What the app is handed."""
        return await start_payment(
            self.rooms.sessions,
            self.rooms.payments,
            self.make.once,
            actor=member.acting(self.rooms.digester),
            kind=toy.KIND,
            payable_id=order_id,
        )

    async def started(self) -> tuple[Member, UUID, Started]:
        member = await self.make.member()
        order_id = await self.order(member)
        return member, order_id, await self.start(member, order_id)

    async def paid(self) -> tuple[Member, UUID, Started]:
        """An order that is paid, and we know it."""
        member, order_id, started = await self.started()
        await self.phone(started)
        await self.deliver()
        assert await self.state(order_id) == "paid"
        return member, order_id, started

    async def lapse(self, order_id: UUID, state: str = "lapsed") -> None:
        """The hold is over, or the order cancelled: as a pack does it, in one transaction."""
        async with self.rooms.sessions.begin() as session:
            await toy.lock(session, order_id)
            await toy.move(session, order_id, state)
            now = self.rooms.clock.now()
            await stop_payment(session, kind=toy.KIND, payable_id=order_id, now=now)

    async def shelf(self, free: int) -> None:
        async with self.rooms.sessions.begin() as session:
            await session.execute(text("DELETE FROM toy_shelf"))
            await session.execute(text("INSERT INTO toy_shelf VALUES (:free)"), {"free": free})

    async def phone(self, started: Started, **how: bool) -> dict[str, Any]:
        """The payer pays what the app handed over."""
        return await asyncio.to_thread(self.sandbox.pay, started.hand_over["prepayid"], **how)

    async def deliver(self, *notices: Notice) -> list[int]:
        """The provider's notifications arrive: these, or all that are held."""
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

    async def work_off(self) -> None:
        """All that the workers have to do by now, periodic work aside."""
        await Bench(self.rooms.engine).work_off(bind(find_handlers(), self.rooms))

    async def later(self, by: timedelta) -> None:
        await self.make.move_clock(by)

    async def staff(self, *roles: Role) -> dict[str, str]:
        return auth(await self.make.staff(*(roles or (Role.FINANCE,))))

    async def state(self, order_id: UUID) -> str:
        async with self.rooms.sessions() as session:
            return await toy.state_of(session, order_id)

    async def ordered(self, order_id: UUID) -> dict[str, Any]:
        async with self.rooms.sessions() as session:
            found = await session.execute(
                text("SELECT * FROM toy_order WHERE id = :id"), {"id": order_id}
            )
            return dict(found.one()._mapping)

    async def payments(self, order_id: UUID) -> list[Payment]:
        async with self.rooms.sessions() as session:
            found = await session.scalars(
                select(Payment).where(Payment.payable_id == order_id).order_by(Payment.id)
            )
            return list(found)

    async def payment(self, order_id: UUID) -> Payment:
        (payment,) = await self.payments(order_id)
        return payment

    async def refunds(self, order_id: UUID) -> list[Refund]:
        async with self.rooms.sessions() as session:
            found = await session.scalars(
                select(Refund)
                .join(Payment, Payment.id == Refund.payment_id)
                .where(Payment.payable_id == order_id)
                .order_by(Refund.id)
            )
            return list(found)

    async def events(self) -> list[PaymentEvent]:
        async with self.rooms.sessions() as session:
            return list(await session.scalars(select(PaymentEvent).order_by(PaymentEvent.id)))

    async def differences(self) -> list[PaymentDifference]:
        async with self.rooms.sessions() as session:
            found = await session.scalars(select(PaymentDifference).order_by(PaymentDifference.id))
            return list(found)

    async def forget_jobs(self) -> None:
        """Nobody is left who would ask: what `payments.sweep` is there for."""
        async with self.rooms.sessions.begin() as session:
            await session.execute(update(Job).values(state="failed", ended_at=text("now()")))

    async def assert_right(self) -> None:
        """What `./run verify` says of money, and no money was made or lost."""
        async with self.rooms.sessions() as session:
            faults = {check.name: check.faults async for check in run_checks(session, CHECKS)}
            await session.rollback()
            wrong = await session.execute(
                text(
                    "SELECT o.id, o.state, o.kept_count FROM toy_order o WHERE o.kept_count > 1"
                    " OR (o.state IN ('paid', 'refunded')) <> EXISTS (SELECT FROM payment p"
                    " WHERE p.payable_id = o.id AND p.state = 'paid')"
                )
            )
            assert wrong.all() == []
        assert {name: found for name, found in faults.items() if found} == {}
