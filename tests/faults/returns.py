"""Vouchers taken back by staff, and members who press for what comes back, while something dies."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.models.breakfast import Voucher
from app.models.states import VoucherState
from app.routers.rooms import Rooms
from tests.factories import Factory
from tests.faults.callers import PATIENCE_S, Callers, in_parallel
from tests.tills import Counter as Store

VOUCHERS, CONNECTIONS = 24, 8
# Until a turnstile's no is old news.
AGAIN_S = 0.1


@dataclass
class ReturnRush:
    """As many members as vouchers wait in front of a batch of which nothing is left.

    `taken_back` is what staff were told, `granted` what those who waited were.
    """

    batch_id: UUID
    held: Sequence[UUID]
    staff: str
    waiting: Sequence[str]
    taken_back: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    granted: dict[str, dict[str, Any]] = field(default_factory=dict)
    surprises: list[str] = field(default_factory=list)

    strikes_at = 8
    told = frozenset({"200", "201", "sold_out", "state_conflict", "idempotency_key_in_progress"})

    @classmethod
    async def prepare(cls, make: Factory) -> "ReturnRush":
        batch = await make.batch(total=VOUCHERS)
        store, holder = Store(make), await make.member()
        held = await asyncio.gather(
            *(store.voucher(batch=batch, member=holder) for _ in range(VOUCHERS))
        )
        waiting = [make.token(member) for member in await make.members(VOUCHERS)]
        return cls(batch.id, [voucher.id for voucher in held], await make.staff(), waiting)

    async def load(self, callers: Callers) -> None:
        """Each unit is taken back, twice, and goes to somebody who waits."""

        async def exchange(place: int) -> None:
            voucher_id = self.held[place]
            self.taken_back[voucher_id] = await self._take_back(callers, voucher_id)
            if (await self._void(callers, voucher_id, "another"))[0] != 409:
                self.surprises.append("a voucher was taken back twice")
            await self._until_granted(callers, self.waiting[place])

        await in_parallel(range(VOUCHERS), exchange, CONNECTIONS)

    async def again(self, callers: Callers, turn: int) -> None:
        """The same act once more: the same answer."""
        taken_back = list(self.taken_back.items())
        for voucher_id, body in taken_back[turn % max(1, len(taken_back)) :][:1]:
            if await self._take_back(callers, voucher_id) != body:
                self.surprises.append("the same act was answered otherwise")

    async def assert_kept(self, rooms: Rooms, callers: Callers) -> None:
        """Every unit came back once and went out once."""
        statement = select(Voucher.id, Voucher.state).where(Voucher.batch_id == self.batch_id)
        async with rooms.sessions() as session:
            rows = {row.id: row.state for row in await session.execute(statement)}
        void = {each for each, state in rows.items() if state is VoucherState.VOID}
        assert void == set(self.held) == set(self.taken_back), "taken back, and not in the books"
        promised = {UUID(body["id"]) for body in self.granted.values()}
        assert promised <= set(rows), "a voucher that was promised has no row"
        assert set(rows) - void == promised, "a unit was lost"
        assert len(promised) == VOUCHERS
        assert not self.surprises, self.surprises
        for token, body in self.granted.items():
            assert await self._claim(callers, token) == (201, body), "another voucher for the key"

    async def _take_back(self, callers: Callers, voucher_id: UUID) -> dict[str, Any]:
        status, body = await self._void(callers, voucher_id, "the-one-act")
        # Nobody would ever be granted its unit.
        assert status == 200, body
        return body

    async def _void(
        self, callers: Callers, voucher_id: UUID, key: str
    ) -> tuple[int, dict[str, Any]]:
        answer = await callers.ask(
            "POST",
            f"/v1/admin/breakfast/vouchers/{voucher_id}/void",
            token=self.staff,
            key=f"{key}-{voucher_id}",
            json={"reason": "领错了"},
        )
        return answer.status_code, answer.json()

    async def _until_granted(self, callers: Callers, token: str) -> None:
        status, body = await self._claim(callers, token)
        async with asyncio.timeout(PATIENCE_S):
            while status != 201:
                await asyncio.sleep(AGAIN_S)
                status, body = await self._claim(callers, token)
        self.granted[token] = body

    async def _claim(self, callers: Callers, token: str) -> tuple[int, dict[str, Any]]:
        path = f"/v1/breakfast/batches/{self.batch_id}/claims"
        answer = await callers.ask("POST", path, token=token, key="the-one-press")
        return answer.status_code, answer.json()
