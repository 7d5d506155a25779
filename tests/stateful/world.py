"""The real thing behind the machine: its verbs answer a word, as the model's do."""

import asyncio
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from app.models import identity
from app.models.breakfast import Dispute
from app.models.states import Category, DisputeDecision, StoreState
from app.packs.breakfast import budget, disputes
from app.packs.breakfast.claim import claim
from app.packs.breakfast.counter import Disputed, Redeemed
from app.packs.breakfast.queries import BatchFacts
from app.packs.breakfast.upload import OfflineScan, upload
from app.packs.breakfast.voucher_records import VoucherRow
from app.platform.clock import SHANGHAI
from app.platform.errors import Refusal
from app.platform.ids import new_id
from app.shared.idempotency import KeyedRequest
from app.shared.identity.callers import Member, Till
from tests.factories import Factory
from tests.stateful import model as plain
from tests.tills import Counter

# (total, valid days, a day, in all, only the first store)
BATCHES = ((4, 2, 1, 2, False), (3, 1, None, None, True), (3, 3, None, 3, False))


class World:
    """Three batches that share limits, five accounts of four people, three tills of two stores."""

    def __init__(self, make: Factory) -> None:
        self.make, self.counter = make, Counter(make)
        self.rows: dict[int, VoucherRow] = {}
        self.facts: list[BatchFacts] = []
        self.members: list[Member] = []
        self.tills: list[Till] = []

    @classmethod
    async def open(cls, make: Factory) -> "World":
        world = cls(make)
        await world._noon()
        store_ids = [await make.store(store_no=f"S-{new_id().hex[:12]}") for _ in range(2)]
        async with make.rooms.sessions() as session:
            first = (await session.get_one(identity.Store, store_ids[0])).store_no
        group = f"group-{new_id()}"
        for total, valid_days, per_day, in_all, is_scoped in BATCHES:
            facts = await make.batch(
                total=total,
                valid_days=valid_days,
                per_person_per_day=per_day,
                per_person_total=in_all,
                limit_group=group,
                store_nos=[first] if is_scoped else None,
            )
            world.facts.append(facts)
        one = await make.member()
        world.members = [
            one,
            await make.member(person_id=one.person_id),
            await make.member(),
            await make.member(),
            await make.member(categories=[Category.HARDSHIP]),
        ]
        owners = (store_ids[0], store_ids[0], store_ids[1])
        world.tills = [await world.counter.till(owner) for owner in owners]
        return world

    async def _noon(self) -> None:
        # Steps are whole hours: ten past the hour keeps them away from midnight.
        now = self.now.astimezone(SHANGHAI)
        noon = datetime.combine(now.date() + timedelta(days=1), time(12, 10), SHANGHAI)
        await self.make.move_clock(noon - now)

    def plan(self, per_day: int) -> tuple[plain.Model, list[plain.Batch], list[plain.Account]]:
        """The same, as the model has it; `per_day` of the first batch is what it believes."""
        model = plain.Model()
        stores = [str(till.store_id) for till in self.tills]
        known = [
            plain.Batch(total, days, day and per_day, in_all, {stores[0]} if is_scoped else None)
            for total, days, day, in_all, is_scoped in BATCHES
        ]
        accounts = [
            plain.Account(str(place), str(member.person_id), bool(place < len(self.members) - 1))
            for place, member in enumerate(self.members)
        ]
        return model, known, accounts

    @property
    def now(self) -> datetime:
        return self.make.rooms.clock.now()

    def names(self, till: int) -> tuple[str, str]:
        """Store and device, as the model names them."""
        return str(self.tills[till].store_id), str(self.tills[till].device_id)

    async def claim(self, batch: int, who: int, key: str) -> tuple[str, VoucherRow | None]:
        rooms, member = self.make.rooms, self.members[who]
        try:
            claimed = await claim(
                rooms.stock,
                rooms.catalogue,
                rooms.directory,
                rooms.vouchers,
                rooms.clock,
                member=member,
                actor=member.acting(rooms.digester),
                batch_id=self.facts[batch].id,
                request=KeyedRequest(str(member.id), f"claim {batch}", key, b"0" * 16),
            )
        except Refusal as refusal:
            return refusal.code, None
        finally:
            await self._settled()
        return ("repeated" if claimed.repeated else "granted"), claimed.voucher

    async def claim_twice(
        self, batch: int, who: int, key: str
    ) -> list[tuple[str, VoucherRow | None]]:
        return await asyncio.gather(self.claim(batch, who, key), self.claim(batch, who, key))

    async def void(self, voucher: plain.Voucher) -> str:
        return await self._word("voided", self.counter.void(self._id(voucher)))

    async def redeem(
        self, till: int, number: str, voucher: plain.Voucher, text: str | None = None
    ) -> str:
        code = text or self.rows[id(voucher)].code
        try:
            redeemed = await self.counter.redeem(self.tills[till], number, code)
        except Refusal as refusal:
            return refusal.code
        return "repeated" if redeemed.repeated else "redeemed"

    async def show(self, voucher: plain.Voucher) -> tuple[str, datetime] | None:
        member = self.members[int(voucher.account.name)]
        try:
            shown = await self.counter.show_pass(member, self._id(voucher))
        except Refusal:
            return None
        return shown.text, shown.expires_at - plain.PASS_LIFE

    async def upload(
        self,
        till: int,
        items: list[tuple[str, plain.Voucher]],
        *,
        at: datetime,
        clock_is_slow_by: timedelta,
    ) -> list[str]:
        rooms = self.make.rooms
        outcomes = await upload(
            rooms.counter,
            rooms.scanner,
            rooms.clock,
            till=self.tills[till],
            actor=self.tills[till].acting(rooms.digester),
            sent_at=self.now - clock_is_slow_by,
            scans=[
                OfflineScan(number, self.rows[id(voucher)].code, at - clock_is_slow_by)
                for number, voucher in items
            ],
        )
        return [_word_of(outcome) for outcome in outcomes]

    async def reverse(self, till: int, number: str) -> str:
        return await self._word("reversed", self.counter.reverse(self.tills[till], number))

    async def ask(self, till: int, number: str) -> str:
        try:
            return str((await self.counter.find(self.tills[till], number)).state)
        except Refusal as refusal:
            return refusal.code

    async def decide(self, dispute: plain.Dispute, decision: str) -> str:
        rooms = self.make.rooms
        return await self._word(
            "decided",
            disputes.decide(
                rooms.sessions,
                rooms.clock,
                self.make.once,
                actor=self.make.actor,
                dispute_id=await self._dispute_id(dispute),
                decision=DisputeDecision(decision),
                reason="查看小票",
            ),
        )

    async def move(self, batch: int, act: str) -> str:
        return await self._word("moved", self.make.move(self.facts[batch].id, act))

    async def change_total(self, batch: int, expected: int, total: int) -> str:
        rooms = self.make.rooms
        return await self._word(
            "changed",
            budget.change_budget(
                rooms.sessions,
                rooms.clock,
                rooms.stock,
                self.make.once,
                actor=self.make.actor,
                batch_id=self.facts[batch].id,
                expected_total=expected,
                total=total,
                reason="test",
            ),
        )

    async def suspend(self, till: int, *, is_suspended: bool) -> None:
        state = StoreState.SUSPENDED if is_suspended else StoreState.ACTIVE
        async with self.make.rooms.sessions.begin() as session:
            await session.execute(
                update(identity.Store)
                .where(identity.Store.id == self.tills[till].store_id)
                .values(state=state)
            )

    async def wipe(self) -> None:
        await self.make.rooms.redis.flushdb()

    async def state(self, voucher: plain.Voucher) -> str:
        """As stored."""
        member = self.members[int(voucher.account.name)]
        return str(await self.counter.state(member, self._id(voucher)))

    def _id(self, voucher: plain.Voucher) -> UUID:
        return self.rows[id(voucher)].id

    async def _dispute_id(self, dispute: plain.Dispute) -> UUID:
        async with self.make.rooms.sessions() as session:
            found = await session.scalars(
                Dispute.__table__.select()
                .with_only_columns(Dispute.id)
                .where(
                    Dispute.store_id == UUID(dispute.store),
                    Dispute.redemption_no == dispute.number,
                )
            )
            return found.one()

    async def _word(self, done: str, work: Any) -> str:
        try:
            await work
        except Refusal as refusal:
            return refusal.code
        finally:
            await self._settled()
        return done

    async def _settled(self) -> None:
        # Every feed has arrived: from here the turnstile has no excuse for old news.
        await self.make.rooms.stock.drain()


def _word_of(outcome: Redeemed | Disputed | Refusal) -> str:
    if isinstance(outcome, Redeemed):
        return "repeated" if outcome.repeated else "redeemed"
    return "disputed" if isinstance(outcome, Disputed) else outcome.code
