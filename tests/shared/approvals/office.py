"""An office of people who ask and decide, and a kind of act whose effect is a row."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.approvals import Approval, ApprovalThreshold, UnapprovedAct
from app.models.identity import Store
from app.models.ledger import LedgerEntry
from app.models.states import ApprovalDecision, Role
from app.platform.errors import Words
from app.platform.ids import new_id
from app.shared import approvals
from app.shared.approvals import (
    ApprovalFacts,
    ApprovalKind,
    Approved,
    Asked,
    Desk,
    Payload,
    Proposal,
    propose,
)
from app.shared.approvals.jobs import lapse
from app.shared.identity.callers import Actor
from tests.factories import Factory
from tests.shared.identity.clients import WAITING

EFFECT, MEASURED = "test.effect", "test.measured"
LIVES = timedelta(days=2)


class Entrance:
    """Where acts stop half-way until they are let go on. Open unless a test shuts it."""

    def __init__(self) -> None:
        self.open, self._entered = asyncio.Event(), asyncio.Semaphore(0)
        self.open.set()

    async def pass_through(self) -> None:
        self._entered.release()
        await self.open.wait()

    async def until_entered(self, number: int) -> None:
        for _ in range(number):
            await self._entered.acquire()


class Office:
    def __init__(self, make: Factory) -> None:
        self.make, self.rooms = make, make.rooms
        self.entrance = Entrance()
        self.effect = self._kind(EFFECT, measured=False)
        self.measured = self._kind(MEASURED, measured=True)
        self.desk = Desk([self.effect, self.measured])
        self.desk.furnish(self.rooms)

    def _kind(self, name: str, *, measured: bool) -> ApprovalKind:
        return ApprovalKind(
            name=name,
            object_kind="store",
            deciders=frozenset({Role.FINANCE}),
            check=self._check,
            perform=self._perform,
            measured=measured,
            lives=LIVES,
        )

    async def _check(self, session: AsyncSession, object_id: UUID, payload: Payload) -> None:
        """Nothing stands in the way."""

    async def _perform(self, session: AsyncSession, approved: Approved, actor: Actor) -> None:
        await self.entrance.pass_through()
        await session.execute(
            text("INSERT INTO store_device (id, store_id, secret_digest) VALUES (:id, :store, '')"),
            {"id": new_id(), "store": approved.object_id},
        )

    async def actor(self, *roles: Role) -> Actor:
        badge = self.rooms.own_tokens.verify_staff(await self.make.staff(*roles))
        return badge.staff.acting(self.rooms.digester)

    async def ask(self, actor: Actor, object_id: UUID) -> UUID:
        """The approval of an effect on that store."""
        async with self.rooms.sessions.begin() as session:
            asked = await propose(
                session, self.make.once, self.effect, self.proposal(object_id), actor=actor
            )
        assert asked is not None
        return asked.approval_id

    def proposal(self, object_id: UUID, amount_fen: int | None = None) -> Proposal:
        return Proposal(object_id, {}, Words("试验", "a test"), "测试", amount_fen)

    async def add(self, actor: Actor, store_id: UUID, amount_fen: int) -> Asked | None:
        """As a pack's service does it: the object's lock, then the question, then the act."""
        async with self.rooms.sessions.begin() as session:
            await session.execute(select(Store.id).where(Store.id == store_id).with_for_update())
            proposal = self.proposal(store_id, amount_fen)
            asked = await propose(session, self.make.once, self.measured, proposal, actor=actor)
            await self.entrance.pass_through()
        return asked

    async def set_threshold(self, threshold_fen: int) -> None:
        async with self.rooms.sessions.begin() as session:
            session.add(ApprovalThreshold(id=new_id(), kind=MEASURED, threshold_fen=threshold_fen))

    async def decide(
        self, actor: Actor, approval_id: UUID, decision: str = "approve"
    ) -> ApprovalFacts:
        return await approvals.decide(
            self.rooms.sessions,
            self.desk,
            self.make.once,
            actor=actor,
            approval_id=approval_id,
            decision=ApprovalDecision(decision),
            reason="已核对",
        )

    async def withdraw(self, actor: Actor, approval_id: UUID) -> ApprovalFacts:
        return await approvals.withdraw(
            self.rooms.sessions,
            self.make.once,
            actor=actor,
            approval_id=approval_id,
            reason="不用了",
        )

    async def lapse(self, approval_id: UUID) -> None:
        """What a worker does at the deadline."""
        async with self.rooms.sessions.begin() as session:
            await lapse(session, {"approval_id": str(approval_id)}, digester=self.rooms.digester)

    async def effects(self, store_id: UUID) -> int:
        async with self.rooms.sessions() as session:
            return (
                await session.scalar(
                    text("SELECT count(*) FROM store_device WHERE store_id = :id"), {"id": store_id}
                )
                or 0
            )

    async def alone_fen(self, store_id: UUID) -> int:
        """What was added to a store by one person alone."""
        total = select(func.coalesce(func.sum(UnapprovedAct.amount_fen), 0))
        async with self.rooms.sessions() as session:
            return int(await session.scalar(total.where(UnapprovedAct.object_id == store_id)) or 0)

    async def state(self, approval_id: UUID) -> str:
        """As stored."""
        async with self.rooms.sessions() as session:
            return (await session.get_one(Approval, approval_id)).state

    async def acts(self, approval_id: UUID) -> list[str]:
        """What the ledger has of an approval."""
        async with self.rooms.sessions() as session:
            verbs = select(LedgerEntry.verb).where(LedgerEntry.object_id == approval_id)
            return list(await session.scalars(verbs.order_by(LedgerEntry.id)))

    async def until_one_waits(self) -> None:
        """Until somebody waits for a lock."""
        watching = self.rooms.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with watching.connect() as watcher:
            while await watcher.scalar(WAITING) != 1:  # noqa: ASYNC110 (the database knows)
                await asyncio.sleep(0.01)


async def outcome(answering: Awaitable[object]) -> object:
    """What came of it, a refusal too."""
    [found] = await asyncio.gather(answering, return_exceptions=True)
    return found
