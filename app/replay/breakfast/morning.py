"""Breakfast: workers show their vouchers, tills redeem them, and not everything goes well."""

import asyncio
from collections.abc import Mapping

from app.replay.breakfast.days import Course, Day, Mishap, Visit
from app.replay.breakfast.offline import OfflineTills
from app.replay.breakfast.opening import Won
from app.replay.breakfast.scans import Scans
from app.replay.stage import Stage
from app.replay.wire import crowd

VISITS_AT_ONCE = 48
FIRST, SECOND = "1", "2"
AGAIN = "2-again"


class Morning:
    """One day's visits."""

    def __init__(
        self, stage: Stage, scans: Scans, offline: OfflineTills, day: Day, won: Mapping[int, Won]
    ) -> None:
        self._stage = stage
        self._scans = scans
        self._offline = offline
        self._day = day
        self._won = won

    async def play(self) -> None:
        """A voucher that its drop did not issue is nobody's to show."""
        await self._offline.lose_network(self._day)
        await crowd(self._day.visits, self._visit, at_once=VISITS_AT_ONCE)

    async def _visit(self, visit: Visit) -> None:
        won = self._won.get(visit.voucher)
        if won is not None:
            await self._show(visit, won)
        self._stage.progress.step()

    async def _show(self, visit: Visit, won: Won) -> None:
        if visit.refused_at is not None:
            await self._be_refused(visit, won, visit.refused_at)
        if visit.course is Course.RACED:
            await self._race(visit, won)
        elif visit.course.is_taken_twice:
            await self._take_twice(visit, won)
        elif visit.course is Course.GIVEN_BACK:
            await self._redeem_and_reverse(visit, won, visit.store)
        else:
            if visit.course is Course.CORRECTED:
                await self._redeem_and_reverse(visit, won, visit.other)
            await self._redeem(visit, won)

    async def _be_refused(self, visit: Visit, won: Won, store: int) -> None:
        """The store is suspended; the worker goes next door."""
        answer = await self._scans.put(store, self._scans.number(visit, FIRST), won.code)
        self._stage.expect(answer, "store_suspended", act="redeeming in a suspended store")

    async def _redeem_and_reverse(self, visit: Visit, won: Won, store: int) -> None:
        number, text = self._scans.number(visit, FIRST), await self._scans.text(visit, won)
        if await self._scans.redeem(visit, won, store, number, text):
            await self._scans.reverse(store, number)

    async def _redeem(self, visit: Visit, won: Won) -> None:
        number, text = self._scans.number(visit, SECOND), await self._scans.text(visit, won)
        if visit.store in self._day.offline:
            self._offline.take(visit, won, visit.store, number, text)
            return
        codes: tuple[str, ...] = ("201",)
        if visit.mishap is Mishap.ANSWER_LOST:
            codes = await self._scans.lose(visit.store, number, text)
        if not await self._scans.redeem(visit, won, visit.store, number, text, codes=codes):
            return
        act = "scanning a redeemed voucher again"
        if visit.mishap is Mishap.SCANNED_AGAIN:
            answer = await self._scans.put(visit.store, number, won.code)
            self._stage.expect(answer, "200", act=act)
        if visit.mishap is Mishap.SHOWN_AGAIN:
            again = self._scans.number(visit, AGAIN)
            answer = await self._scans.put(visit.other, again, won.code)
            if self._stage.expect(answer, "already_redeemed", act=act):
                self._scans.compare_first(answer.body, visit.store, act=act)

    async def _race(self, visit: Visit, won: Won) -> None:
        """Two tills scan the voucher at the same moment, each under a number of its own."""
        text = await self._scans.text(visit, won)
        stores = (visit.store, visit.other)
        answers = await asyncio.gather(
            self._scans.put(visit.store, self._scans.number(visit, FIRST), text),
            self._scans.put(visit.other, self._scans.number(visit, SECOND), text),
        )
        act = "two tills at the same moment"
        expected = [
            self._stage.expect(answer, "201", "already_redeemed", act=act, repeated="200")
            for answer in answers
        ]
        redeemed = [
            store for store, answer in zip(stores, answers, strict=True) if answer.status < 300
        ]
        if len(redeemed) != 1:
            self._stage.surprises.note(f"{act}: {len(redeemed)} of them redeemed")
        elif all(expected):
            [late] = [answer for answer in answers if answer.status >= 300]
            self._scans.compare_first(late.body, redeemed[0], act=act)

    async def _take_twice(self, visit: Visit, won: Won) -> None:
        """The second till has no network, and cannot know that it is the second."""
        text = await self._scans.text(visit, won)
        number = self._scans.number(visit, FIRST)
        if visit.store in self._day.offline:
            self._offline.take(visit, won, visit.store, number, text)
        else:
            answer = await self._scans.put(visit.store, number, text)
            act = "redeeming a voucher that another till takes too"
            self._stage.expect(answer, "201", act=act, repeated="200")
        second = self._scans.number(visit, SECOND)
        self._offline.take(visit, won, visit.other, second, text)
