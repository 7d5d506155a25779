"""Breakfast time, in the middle of which something dies: every kind of visit to a store."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.models.breakfast import Redemption
from app.models.states import RedemptionState
from app.routers.rooms import Rooms
from tests.factories import Factory
from tests.faults.callers import Callers, in_parallel
from tests.tills import Counter as Store

VOUCHERS, TILLS = 45, 4
CONNECTIONS = 16
SAME_IN_ROW = ("id", "redemption_no", "voucher_id", "face_value_fen", "state", "input")


class Till(NamedTuple):
    """A device's token, and its store."""

    token: str
    store_id: UUID


class Number(NamedTuple):
    """A store's own number for one redemption, of the voucher in that place."""

    till: Till
    place: int

    @property
    def text(self) -> str:
        return f"NUMBER-{self.place}"


@dataclass
class RedemptionRush:
    """`confirmed` is what a till was last told about a number, `refused` why it was refused;
    `surprises` are answers that fit to nothing that was answered before."""

    codes: list[str]
    tills: list[Till]
    confirmed: dict[Number, dict[str, Any]] = field(default_factory=dict)
    refused: dict[Number, str] = field(default_factory=dict)
    surprises: list[str] = field(default_factory=list)

    strikes_at = 12
    told = frozenset({"200", "201", "already_redeemed", "already_reversed"})

    @classmethod
    async def prepare(cls, make: Factory) -> "RedemptionRush":
        store = Store(make)
        batch, member = await make.batch(total=VOUCHERS), await make.member()
        vouchers = await asyncio.gather(
            *(store.voucher(batch=batch, member=member) for _ in range(VOUCHERS))
        )
        tills = []
        for _ in range(TILLS):
            store_id = await make.store()
            tills.append(Till(await make.till(store_id), store_id))
        return cls([voucher.code for voucher in vouchers], tills)

    async def load(self, callers: Callers) -> None:
        """A third is scanned twice, a third at two tills at once, a third undone and redone."""

        async def visit(place: int) -> None:
            here, there = (self.tills[(place + step) % TILLS] for step in (0, 1))
            numbers = Number(here, place), Number(there, place)
            await self._kind(numbers[0])(callers, self.codes[place], *numbers)

        await in_parallel(range(VOUCHERS), visit, CONNECTIONS)

    async def again(self, callers: Callers, turn: int) -> None:
        """A scan that was confirmed, once more: the first kind, whose number stays what it is."""
        confirmed = [
            (number, body)
            for number, body in list(self.confirmed.items())
            if self._kind(number) == self._scanned_twice
        ]
        for number, body in confirmed[turn % max(1, len(confirmed)) :][:1]:
            if await self._redeem(callers, self.codes[number.place], number) != body:
                self.surprises.append("the same scan was answered otherwise")

    async def assert_kept(self, rooms: Rooms, callers: Callers) -> None:
        """What the tills were told stands in the books, and every voucher bought one breakfast."""
        async with rooms.sessions() as session:
            stores = [till.store_id for till in self.tills]
            found = await session.scalars(select(Redemption).where(Redemption.store_id.in_(stores)))
            rows = {(row.store_id, row.redemption_no): row for row in found}
        told = {
            (number.till.store_id, number.text): body for number, body in self.confirmed.items()
        }
        kept = {each: _body(row) for each, row in rows.items() if each in told}
        assert kept == {each: _same(body) for each, body in told.items()}, (
            "a redemption that was confirmed has no row, or another one"
        )
        assert not self.surprises, self.surprises
        assert set(rows) == set(told), "a redemption that no till knows of"
        live = Counter(
            row.voucher_id for row in rows.values() if row.state is RedemptionState.REDEEMED
        )
        assert (len(live), max(live.values())) == (VOUCHERS, 1)
        assert set(self.refused.values()) <= {"already_redeemed"}
        await in_parallel(list(self.confirmed), self._asked_again(callers), CONNECTIONS)

    def _kind(self, number: Number) -> Any:
        return (self._scanned_twice, self._at_two_tills, self._undone)[number.place % 3]

    async def _scanned_twice(
        self, callers: Callers, code: str, number: Number, _there: Number
    ) -> None:
        first = await self._redeem(callers, code, number)
        if await self._redeem(callers, code, number) != first:
            self.surprises.append("the same scan again was answered otherwise")

    async def _at_two_tills(self, callers: Callers, code: str, here: Number, there: Number) -> None:
        both = await asyncio.gather(
            self._redeem(callers, code, here), self._redeem(callers, code, there)
        )
        if sum(body is not None for body in both) != 1:
            self.surprises.append("two tills, and not one redemption")

    async def _undone(self, callers: Callers, code: str, here: Number, there: Number) -> None:
        await self._redeem(callers, code, here)
        path = f"/v1/store/redemptions/{here.text}"
        answer = await callers.ask(
            "POST", f"{path}/reversal", token=here.till.token, json={"reason": "扫错了"}
        )
        if answer.status_code == 409:
            # Reversed before: an answer was lost, so the till asks what became of the number.
            answer = await callers.ask("GET", path, token=here.till.token)
        if not answer.is_success or answer.json()["state"] != "reversed":
            self.surprises.append("a redemption that was confirmed cannot be reversed")
            return
        self.confirmed[here] = answer.json()
        if await self._redeem(callers, code, there) is None:
            self.surprises.append("a voucher that was given back cannot be redeemed")

    async def _redeem(self, callers: Callers, code: str, number: Number) -> dict[str, Any] | None:
        answer = await callers.ask(
            "PUT",
            f"/v1/store/redemptions/{number.text}",
            token=number.till.token,
            json={"code": code},
        )
        body: dict[str, Any] = answer.json()
        if not answer.is_success:
            self.refused[number] = body["code"]
            return None
        self.confirmed[number] = body
        return body

    def _asked_again(self, callers: Callers) -> Any:
        async def ask(number: Number) -> None:
            path = f"/v1/store/redemptions/{number.text}"
            answer = await callers.ask("GET", path, token=number.till.token)
            assert answer.json() == self.confirmed[number]

        return ask


def _body(row: Redemption) -> dict[str, object]:
    """Of a row, what a till was told."""
    return {
        **{name: str(getattr(row, name)) for name in SAME_IN_ROW},
        "redeemed_at": row.redeemed_at,
    }


def _same(body: dict[str, Any]) -> dict[str, object]:
    return {
        **{name: str(body[name]) for name in SAME_IN_ROW},
        "redeemed_at": datetime.fromisoformat(body["redeemed_at"]),
    }
