"""After the last voucher's last day: what the service says happened, against what was seen.

Nothing that the play counted itself is a figure. Workers, stores and staff ask, and where
an answer is not what they were told at the time, that is a surprise.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from app.replay.breakfast.drops import PLANNER, list_batches
from app.replay.breakfast.morning import REDEMPTIONS, Mornings
from app.replay.breakfast.opening import Won
from app.replay.breakfast.stores import Till
from app.replay.stage import Stage
from app.replay.wire import crowd
from app.schemas.breakfast import StaffBatchOut, VoucherOut

READERS_AT_ONCE = 32


class Count:
    """The counting of one campaign."""

    def __init__(self, stage: Stage, drops: Sequence[StaffBatchOut]) -> None:
        self._stage = stage
        self._drops = {drop.id for drop in drops}

    async def issued(self, seen: int) -> int:
        """What staff see: the drops' `issued`, which the books must bear out."""
        batches = await list_batches(self._stage)
        issued = sum(batch.issued for batch in batches if batch.id in self._drops)
        if issued != seen:
            self._stage.surprises.note(f"{seen} vouchers were answered, and {issued} issued")
        answer = await self._stage.wire.send(
            "GET", "/v1/admin/conservation", token=self._stage.staff[PLANNER]
        )
        if self._stage.expect(answer, "200", act="reading the conservation page"):
            ours = {str(drop) for drop in self._drops}
            for pool in answer.body["pools"]:
                if pool["owner_id"] in ours and not pool["equal"]:
                    self._stage.surprises.note("a drop's books do not balance")
        return issued

    async def vouchers(
        self, tokens: Mapping[str, str], seen: Sequence[Won]
    ) -> dict[str, Counter[str]]:
        """What every worker has: how many vouchers in which state, by member number."""
        had = Counter(won.voucher_id for won in seen)
        held: dict[str, Counter[str]] = {}

        async def read(worker: str) -> None:
            found = await self._stage.read_all("/v1/breakfast/vouchers", tokens[worker])
            mine = [VoucherOut.model_validate(each) for each in found]
            ours = [voucher for voucher in mine if voucher.batch_id in self._drops]
            had.subtract(str(voucher.id) for voucher in ours)
            held[worker] = Counter(voucher.state.value for voucher in ours)
            self._stage.progress.step()

        await crowd(tokens, read, at_once=READERS_AT_ONCE)
        for difference in (+had, -had):
            if difference:
                self._stage.surprises.note("a voucher that was answered is not in its list")
        return held

    async def stores(self, tills: Sequence[Till], mornings: Mornings, first_day: date) -> int:
        """How many stores find the last thing they redeemed in their own list."""
        count = 0

        async def ask(store: int) -> None:
            nonlocal count
            day, number = mornings.last[store]
            found = await self._stage.read_all(
                REDEMPTIONS,
                await tills[store].token(self._stage),
                date=(first_day + timedelta(days=day)).isoformat(),
            )
            count += any(each["redemption_no"] == number for each in found)
            self._stage.progress.step()

        await crowd(sorted(mornings.last), ask, at_once=READERS_AT_ONCE)
        return count

    async def reversals(self, tills: Sequence[Till], mornings: Mornings) -> int:
        """How many of the undone redemptions are, when their till asks what became of them."""
        count = 0

        async def ask(undone: tuple[int, str]) -> None:
            nonlocal count
            store, number = undone
            answer = await self._stage.wire.send(
                "GET", f"{REDEMPTIONS}/{number}", token=await tills[store].token(self._stage)
            )
            if self._stage.expect(answer, "200", act="asking after a redemption"):
                count += answer.body["state"] == "reversed"

        await crowd(mornings.undone, ask, at_once=READERS_AT_ONCE)
        return count
