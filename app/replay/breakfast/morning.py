"""Breakfast: workers show their vouchers, tills look them up, redeem, and undo mistakes."""

from collections.abc import Mapping, Sequence

from app.replay.breakfast.opening import Won
from app.replay.breakfast.plan import Course, Visit
from app.replay.breakfast.stores import Till
from app.replay.stage import Stage
from app.replay.wire import Answer, crowd

REDEMPTIONS = "/v1/store/redemptions"
TILLS_AT_ONCE = 48
# One voucher in so many is looked up before it is redeemed.
LOOKED_UP = 4
# One in so many is scanned again: by the same till, or by the next store's.
SCANNED_AGAIN = 40


class Mornings:
    """The tills over the whole campaign, and what they did.

    `last`: each store's last redemption, as (day, number). `undone`: every reversed
    redemption, as (store, number). Stores by their place among the tills.
    """

    def __init__(
        self, stage: Stage, tills: Sequence[Till], tokens: Mapping[str, str], series: str
    ) -> None:
        self._stage = stage
        self._tills = tills
        self._tokens = tokens
        self._series = series
        self.last: dict[int, tuple[int, str]] = {}
        self.undone: list[tuple[int, str]] = []

    async def play(self, visits: Sequence[Visit], vouchers: Mapping[int, Won]) -> None:
        """One day's visits. A voucher that its drop did not issue is nobody's to show."""

        async def visit(each: Visit) -> None:
            won = vouchers.get(each.voucher)
            if won is not None:
                await self._visit(each, won)
            self._stage.progress.step()

        await crowd(visits, visit, at_once=TILLS_AT_ONCE)

    async def _visit(self, visit: Visit, won: Won) -> None:
        if visit.course.is_reversed:
            wrong = (visit.store + 1) % len(self._tills)
            store = wrong if visit.course is Course.CORRECTED else visit.store
            number = self._number(visit, scan=1)
            if await self._redeem(visit, won, store, number):
                await self._reverse(store, number)
        if visit.course.is_redeemed:
            number = self._number(visit, scan=2)
            if await self._redeem(visit, won, visit.store, number):
                await self._scan_again(visit, won, number)

    def _number(self, visit: Visit, *, scan: int) -> str:
        return f"{self._series}-{visit.voucher:05}-{scan}"

    async def _redeem(self, visit: Visit, won: Won, store: int, number: str) -> bool:
        scanned = {"code": await self._pass(won) if visit.by_pass else won.code}
        token = await self._tills[store].token(self._stage)
        wire, expect = self._stage.wire, self._stage.expect
        if visit.voucher % LOOKED_UP == 0:
            found = await wire.send("POST", f"{REDEMPTIONS}/lookup", token=token, body=scanned)
            if expect(found, "200", act="looking a voucher up"):
                self._compare(found, won, act="looking a voucher up")
        answer = await wire.send("PUT", f"{REDEMPTIONS}/{number}", token=token, body=scanned)
        if not expect(answer, "201", act="redeeming a voucher"):
            return False
        self._compare(answer, won, act="redeeming a voucher")
        self.last[store] = (visit.day, number)
        return True

    def _compare(self, answer: Answer, won: Won, *, act: str) -> None:
        if answer.body["voucher_id"] != won.voucher_id:
            self._stage.surprises.note(f"{act}: it was another one")

    async def _pass(self, won: Won) -> str:
        answer = await self._stage.wire.send(
            "GET", f"/v1/breakfast/vouchers/{won.voucher_id}/pass", token=self._tokens[won.worker]
        )
        if self._stage.expect(answer, "200", act="fetching a pass"):
            return str(answer.body["pass"])
        return won.code

    async def _reverse(self, store: int, number: str) -> None:
        answer = await self._stage.wire.send(
            "POST",
            f"{REDEMPTIONS}/{number}/reversal",
            token=await self._tills[store].token(self._stage),
            body={"reason": "扫错券"},
        )
        if self._stage.expect(answer, "200", act="reversing a redemption"):
            self.undone.append((store, number))

    async def _scan_again(self, visit: Visit, won: Won, number: str) -> None:
        again = visit.voucher % SCANNED_AGAIN
        if again == 0:
            await self._scan(visit.store, number, won, "200")
        if again == SCANNED_AGAIN // 2:
            elsewhere = (visit.store + 1) % len(self._tills)
            await self._scan(elsewhere, f"{number}-again", won, "already_redeemed")

    async def _scan(self, store: int, number: str, won: Won, code: str) -> None:
        answer = await self._stage.wire.send(
            "PUT",
            f"{REDEMPTIONS}/{number}",
            token=await self._tills[store].token(self._stage),
            body={"code": won.code},
        )
        self._stage.expect(answer, code, act="scanning a redeemed voucher again")
