"""A counter in a store: vouchers to present, tills to present them to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import event, func, select

from app.models import breakfast, identity
from app.models.states import StoreState, VoucherState
from app.packs.breakfast import browse, redeem, reverse
from app.packs.breakfast.claim import claim
from app.packs.breakfast.counter import Outcome, Redeemed
from app.packs.breakfast.presented import RedemptionFacts
from app.packs.breakfast.queries import BatchFacts
from app.packs.breakfast.redeem import Handout
from app.packs.breakfast.reverse import Reversal
from app.packs.breakfast.show import ShownPass, show_pass
from app.packs.breakfast.upload import OfflineScan, upload
from app.packs.breakfast.voucher_records import VoucherRow
from app.packs.breakfast.vouchers import void_voucher
from app.platform.ids import new_id
from app.routers.rooms import Rooms
from app.shared.idempotency import KeyedRequest
from app.shared.identity.callers import Member, Till
from tests.factories import Factory


@dataclass
class Counter:
    make: Factory
    _keys: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def rooms(self) -> Rooms:
        return self.make.rooms

    async def voucher(
        self, *, batch: BatchFacts | None = None, member: Member | None = None, **plan: Any
    ) -> VoucherRow:
        """A claimed voucher, of a batch of its own unless one is given."""
        batch = batch or await self.make.batch(**plan)
        member = member or await self.make.member()
        rooms = self.rooms
        claimed = await claim(
            rooms.stock,
            rooms.catalogue,
            rooms.directory,
            rooms.vouchers,
            rooms.clock,
            member=member,
            actor=member.acting(rooms.digester),
            batch_id=batch.id,
            request=KeyedRequest(str(member.id), "claim", f"key-{next(self._keys)}", b"0" * 16),
        )
        return claimed.voucher

    async def till(self, store_id: UUID | None = None, **store: Any) -> Till:
        """A device of that store, or of a new one."""
        store_id = store_id or await self.make.store(**store)
        return await self._device(Till(new_id(), store_id, None))

    async def merchant_system(self, merchant_id: UUID) -> Till:
        return await self._device(Till(new_id(), None, merchant_id))

    async def _device(self, till: Till) -> Till:
        async with self.rooms.sessions.begin() as session:
            session.add(
                identity.StoreDevice(
                    id=till.device_id,
                    store_id=till.store_id,
                    merchant_id=till.merchant_id,
                    secret_digest=b"none",
                )
            )
        return till

    async def merchant(self, name: str) -> UUID:
        merchant_id = new_id()
        async with self.rooms.sessions.begin() as session:
            session.add(identity.Merchant(id=merchant_id, name=name))
        return merchant_id

    async def suspend(self, till: Till) -> None:
        async with self.rooms.sessions.begin() as session:
            store = await session.get_one(identity.Store, till.store_id)
            store.state = StoreState.SUSPENDED

    async def redeem(
        self,
        till: Till,
        redemption_no: str,
        text: str,
        *,
        device_time: datetime | None = None,
        store_no: str | None = None,
    ) -> Redeemed:
        return await redeem.redeem(
            self.rooms.counter,
            self.rooms.scanner,
            self.rooms.clock,
            till=till,
            actor=till.acting(self.rooms.digester),
            redemption_no=redemption_no,
            text=text,
            device_time=device_time,
            store_no=store_no,
        )

    async def upload(self, till: Till, redemption_no: str, text: str) -> Outcome:
        """One scan made offline just now."""
        now = self.rooms.clock.now()
        [outcome] = await upload(
            self.rooms.counter,
            self.rooms.scanner,
            self.rooms.clock,
            till=till,
            actor=till.acting(self.rooms.digester),
            sent_at=now,
            scans=[OfflineScan(redemption_no, text, now)],
        )
        return outcome

    async def newest_dispute(self) -> UUID:
        async with self.rooms.sessions() as session:
            found = await session.scalars(
                select(breakfast.Dispute.id).order_by(breakfast.Dispute.id.desc()).limit(1)
            )
            return found.one()

    async def look_up(self, till: Till, text: str, *, store_no: str | None = None) -> Handout:
        rooms = self.rooms
        return await redeem.look_up(
            rooms.counter,
            rooms.scanner,
            rooms.sealer,
            now=rooms.clock.now(),
            till=till,
            actor=till.acting(rooms.digester),
            text=text,
            store_no=store_no,
        )

    async def find(self, till: Till, redemption_no: str) -> RedemptionFacts:
        return await redeem.find_redemption(
            self.rooms.sessions, till=till, redemption_no=redemption_no
        )

    async def reverse(self, till: Till, redemption_no: str) -> RedemptionFacts:
        return await reverse.reverse(
            self.rooms.sessions,
            self.rooms.clock,
            till=till,
            actor=till.acting(self.rooms.digester),
            redemption_no=redemption_no,
            reason="扫错了",
        )

    async def reverse_by_staff(self, redemption_id: UUID) -> Reversal:
        return await reverse.reverse_by_staff(
            self.rooms.sessions,
            self.rooms.clock,
            self.make.once,
            actor=self.make.actor,
            redemption_id=redemption_id,
            reason="门店来电",
        )

    async def show_pass(self, member: Member, voucher_id: UUID) -> ShownPass:
        rooms = self.rooms
        return await show_pass(
            rooms.sessions,
            rooms.vouchers,
            rooms.passes,
            rooms.clock,
            member=member,
            voucher_id=voucher_id,
        )

    async def void(self, voucher_id: UUID) -> None:
        rooms = self.rooms
        await void_voucher(
            rooms.sessions,
            rooms.clock,
            rooms.stock,
            self.make.once,
            actor=self.make.actor,
            voucher_id=voucher_id,
            reason="领错了",
        )

    async def state(self, member: Member, voucher_id: UUID) -> VoucherState:
        """As stored."""
        rooms = self.rooms
        voucher = await browse.find_voucher(
            rooms.sessions, rooms.vouchers, member=member, voucher_id=voucher_id
        )
        return voucher.state

    async def redemptions(self) -> int:
        """How many redemptions there are, reversed ones too."""
        async with self.rooms.sessions() as session:
            found = await session.scalar(select(func.count()).select_from(breakfast.Redemption))
        return found or 0

    async def history(self, voucher_id: UUID) -> list[tuple[str, str, str, str | None]]:
        """The voucher's moves: act, from, to, why."""
        moves = breakfast.VoucherHistory
        async with self.rooms.sessions() as session:
            rows = await session.execute(
                select(moves.act, moves.from_state, moves.to_state, moves.reason)
                .where(moves.voucher_id == voucher_id)
                .order_by(moves.at, moves.id)
            )
            return [tuple(row) for row in rows]

    @asynccontextmanager
    async def statements(self) -> AsyncIterator[list[str]]:
        """What is sent to the database meanwhile."""
        sent: list[str] = []

        def note(_c: object, _u: object, statement: str, *_: object) -> None:
            if "FROM pulse" not in statement:  # every process asks it twice a second
                sent.append(statement)

        engine = self.rooms.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(engine, "before_cursor_execute", note)
