"""A drop in the middle of which something dies: more presses than vouchers."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from app.models.breakfast import Voucher
from app.routers.rooms import Rooms
from app.schemas.breakfast import VoucherOut
from app.shared.identity.callers import Member
from tests.factories import Factory
from tests.faults.callers import Callers, in_parallel

MEMBERS, PRESSES, VOUCHERS = 66, 2, 44
CONNECTIONS = 16
# A turnstile's no is not final for a key until the change behind it was fed (docs/stock.md).
FINAL_S = 10.0


class Press(NamedTuple):
    """A member's token, and the key of one press."""

    token: str
    key: str


@dataclass
class ClaimRush:
    """`granted` and `refused` are what the members were told in the end."""

    batch_id: UUID
    members: dict[str, Member]
    granted: dict[Press, dict[str, Any]] = field(default_factory=dict)
    refused: dict[Press, str] = field(default_factory=dict)
    surprises: list[str] = field(default_factory=list)

    # Answers that say yes before the fault strikes.
    strikes_at = 8
    told = frozenset({"201", "limit_reached", "sold_out"})

    @classmethod
    async def prepare(cls, make: Factory) -> "ClaimRush":
        batch = await make.batch(total=VOUCHERS, per_person_per_day=1)
        members = await make.members(MEMBERS)
        return cls(batch.id, {make.token(member): member for member in members})

    async def load(self, callers: Callers) -> None:
        """Every member presses on two phones at once, each with a key of its own."""
        presses = [
            Press(token, f"phone-{phone}") for token in self.members for phone in range(PRESSES)
        ]

        async def press(each: Press) -> None:
            status, body = await self._claim(callers, each)
            if status == 201:
                self.granted[each] = body
            else:
                self.refused[each] = body["code"]

        await in_parallel(presses, press, CONNECTIONS)

    async def again(self, callers: Callers, turn: int) -> None:
        """A press that was granted, once more. A turnstile's no may be a second's."""
        granted = list(self.granted.items())
        for press, body in granted[turn % max(1, len(granted)) :][:1]:
            _, said = await self._claim(callers, press)
            if said != body and said.get("code") != "sold_out":
                self.surprises.append("the same press was answered otherwise")

    async def assert_kept(self, rooms: Rooms, callers: Callers) -> None:
        """Everybody has what they were told, and all there is was given out."""
        rows = await _vouchers(rooms, self.batch_id)
        promised = {body["id"]: body for body in self.granted.values()}
        kept = {
            voucher_id: body for voucher_id, (_, body) in rows.items() if voucher_id in promised
        }
        assert kept == promised, "a voucher that was promised has no row, or another one"
        for press, body in self.granted.items():
            assert rows[body["id"]][0] == self.members[press.token].id, "somebody else's voucher"
        holders = Counter(member_id for member_id, _ in rows.values())
        assert len(rows) == VOUCHERS
        assert max(holders.values()) == 1, "more than the limit"
        for press, code in self.refused.items():
            held = holders[self.members[press.token].id]
            assert code == "sold_out" or held, "told of a limit that was not reached"
        assert not self.surprises, self.surprises
        await self._ask_again(callers)
        assert {body["id"] for body in self.granted.values()} == set(rows), "a unit was lost"
        assert await _vouchers(rooms, self.batch_id) == rows

    async def _ask_again(self, callers: Callers) -> None:
        """Every press once more: the same voucher, or a no that is still true."""
        holders = {press.token for press in self.granted}

        async def again(press: Press) -> None:
            status, body = await self._claim(callers, press)
            async with asyncio.timeout(FINAL_S):
                while status != 201 and press in self.granted:
                    status, body = await self._claim(callers, press)
            if status == 201:
                assert self.granted.setdefault(press, body) == body, "another voucher for the key"
            elif press.token in holders:
                assert body["code"] == "limit_reached", body

        await in_parallel([*self.granted, *self.refused], again, CONNECTIONS)

    async def _claim(self, callers: Callers, press: Press) -> tuple[int, dict[str, Any]]:
        path = f"/v1/breakfast/batches/{self.batch_id}/claims"
        answer = await callers.ask("POST", path, token=press.token, key=press.key)
        return answer.status_code, answer.json()


async def _vouchers(rooms: Rooms, batch_id: UUID) -> dict[str, tuple[UUID, dict[str, Any]]]:
    """Rows by id: whose, and what its first answer must have been."""
    statement = rooms.vouchers.select_all().add_columns(Voucher.member_id)
    async with rooms.sessions() as session:
        rows: Sequence[Any] = (
            await session.execute(statement.where(Voucher.batch_id == batch_id))
        ).all()
    return {
        str(row.id): (
            row.member_id,
            VoucherOut.as_issued(rooms.vouchers.row(row)).model_dump(mode="json"),
        )
        for row in rows
    }
