"""After the last voucher's last day: what the service says happened, against what was seen.

Nothing that the play counted itself is a figure. Workers, stores and staff ask, and where
an answer is not what they were told at the time, that is a surprise.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from app.replay.breakfast.drops import PLANNER, list_batches
from app.replay.breakfast.opening import Won
from app.replay.breakfast.people import Person
from app.replay.breakfast.scans import REDEMPTIONS, Scans
from app.replay.breakfast.stores import STORE_MANAGER, Till
from app.replay.stage import Stage
from app.replay.wire import crowd
from app.schemas.breakfast import StaffBatchOut, VoucherOut
from app.schemas.figures import FiguresOut

ALL_REDEMPTIONS = "/v1/admin/redemptions"
REFUSALS = "/v1/admin/refused-redemptions"
READERS_AT_ONCE = 32


async def read_figures(stage: Stage) -> FiguresOut:
    """The whole campaign's so far, by the staff's page of figures."""
    answer = await stage.wire.send("GET", "/v1/admin/breakfast/figures", token=stage.staff[PLANNER])
    stage.must(answer, "200", act="reading the figures")
    return FiguresOut.model_validate(answer.body)


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
        self, people: Sequence[Person], tokens: Mapping[str, str], seen: Sequence[Won]
    ) -> dict[Person, Counter[str]]:
        """What everybody has, in all their accounts: how many vouchers in which state."""
        had = Counter(won.voucher_id for won in seen)
        held: dict[Person, Counter[str]] = {}

        async def read(person: Person) -> None:
            ours = [
                voucher
                for account in person.accounts
                for voucher in await self._vouchers_of(tokens[account])
            ]
            had.subtract(str(voucher.id) for voucher in ours)
            held[person] = Counter(voucher.state.value for voucher in ours)
            if len({voucher.batch_id for voucher in ours}) < len(ours):
                self._stage.surprises.note("somebody has two vouchers of one drop")
            self._stage.progress.step()

        await crowd(people, read, at_once=READERS_AT_ONCE)
        for difference in (+had, -had):
            if difference:
                self._stage.surprises.note("a voucher that was answered is not in its list")
        return held

    async def _vouchers_of(self, token: str) -> list[VoucherOut]:
        found = await self._stage.read_all("/v1/breakfast/vouchers", token)
        mine = [VoucherOut.model_validate(each) for each in found]
        return [voucher for voucher in mine if voucher.batch_id in self._drops]

    async def stores(self, tills: Sequence[Till], scans: Scans, first_day: date) -> int:
        """How many stores find the last thing they redeemed in their own list."""
        count = 0

        async def ask(store: int) -> None:
            nonlocal count
            day, number = scans.last[store]
            found = await self._stage.read_all(
                REDEMPTIONS,
                await tills[store].token(self._stage),
                date=(first_day + timedelta(days=day)).isoformat(),
            )
            count += any(each["redemption_no"] == number for each in found)
            self._stage.progress.step()

        await crowd(sorted(scans.last), ask, at_once=READERS_AT_ONCE)
        return count

    async def reversals(self, tills: Sequence[Till], scans: Scans) -> int:
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

        await crowd(scans.undone, ask, at_once=READERS_AT_ONCE)
        return count

    async def offline(self, scans: Scans) -> int:
        """How many of the redemptions that stand came in later, as staff see it."""
        found = await self._stage.read_all(
            ALL_REDEMPTIONS, self._stage.staff[STORE_MANAGER], state="redeemed"
        )
        ours = [each for each in found if scans.is_ours(each["redemption_no"])]
        return sum(each["sent_at"] is not None for each in ours)

    async def refused(self, scans: Scans, code: str) -> int:
        """How many scans were refused for this reason, as staff see it."""
        found = await self._stage.read_all(REFUSALS, self._stage.staff[STORE_MANAGER], code=code)
        return sum(scans.is_ours(each["redemption_no"]) for each in found)

    async def page_views(self, before: FiguresOut, **told: int) -> int:
        """Since `before`. The page of figures must tell of the same play as everybody else."""
        after = await read_figures(self._stage)
        for name, figure in told.items():
            grown = getattr(after, name) - getattr(before, name)
            if grown != figure:
                self._stage.surprises.note(f"the figures say {grown} {name}, and it is {figure}")
        return after.page_views - before.page_views
