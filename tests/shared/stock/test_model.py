"""Hundreds of random acts against a model: a yes is never wrong, a no is never old.

Three processes press, return, pause, resume, change totals and move the day. One of
them has no Redis, so its commits are never fed. Redis is wiped in between.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.models.states import PoolState
from app.platform.settings import Settings
from app.shared.stock import BelowIssued, Mirror, Pool, Press, Verdict
from tests.shared.stock.little_pack import POISON
from tests.shared.stock.model import Model, ModelPool
from tests.shared.stock.rig import Books, Person, Process, press_of, process

pytestmark = pytest.mark.anyio

# Port 1 of loopback: nobody listens, a connection is refused at once.
NO_REDIS = "redis://127.0.0.1:1/0"
ACTS, PEOPLE = 300, 6
TOTALS = (3, 5, 8)


@pytest.fixture
async def cut_off(settings: Settings, books: Books) -> AsyncIterator[Process]:
    async with process(settings.model_copy(update={"redis_url": NO_REDIS})) as found:
        yield found


class Play:
    """One random run. `trace` says how it came to where it failed."""

    def __init__(self, dice: random.Random, books: Books, processes: list[Process]) -> None:
        self.dice, self.books = dice, books
        self.healthy, self.cut_off = processes[:-1], processes[-1]
        humans = [Person() for _ in range(PEOPLE)]
        self.accounts = humans + [each.other_account() for each in humans]
        self.trace: list[object] = []

    async def prepare(self) -> None:
        plans = [("a", 5, 1, 3), ("a", 5, 2, None), ("b", 8, None, None)]
        self.model = Model([ModelPool(*plan) for plan in plans])
        self.pools = [
            await self.books.pool(total, group=group, per_day=per_day, in_all=in_all)
            for group, total, per_day, in_all in plans
        ]

    async def act(self) -> None:
        acts = {
            self.press: 60,
            self.burst: 8,
            self.give_back: 10,
            self.change: 8,
            self.announce: 4,
            self.wipe: 3,
            self.next_day: 1,
        }
        (act,) = self.dice.choices(list(acts), list(acts.values()))
        await act()
        # Every feed that is on its way has arrived: from here the mirror has no excuse.
        await asyncio.gather(*(each.stock.drain() for each in self.healthy))

    def _any_pool(self) -> tuple[Pool, ModelPool]:
        place = self.dice.randrange(len(self.pools))
        return self.pools[place], self.model.pools[place]

    def _any_press(self, pool: Pool, *, bodies: str = "xxxxxxy") -> tuple[Person, str, bytes]:
        body = self.dice.choice(bodies).encode()
        return self.dice.choice(self.accounts), self.dice.choice("abcdef"), body

    async def press(self) -> None:
        pool, model = self._any_pool()
        who, key, body = self._any_press(pool)
        here = self.dice.choice([*self.healthy, self.cut_off])
        gated = self.dice.random() < 0.7
        note = POISON if self.dice.random() < 0.03 else ""
        press = press_of(pool, who, key, body=body)
        exact, began = self.model.judge(model, press), time.monotonic()
        asked = gated and here is not self.cut_off
        allowed = self.model.may_say(model, press, began) if asked else {exact}
        try:
            verdict = (await here.press(pool, who, key, body=body, note=note, gated=gated)).verdict
        except IntegrityError:
            verdict = Verdict.GRANTED
            assert (note, exact) == (POISON, Verdict.GRANTED)
        else:
            self._settle(model, press, verdict, told=asked)
        self.trace.append(("press", self.pools.index(pool), key, asked, verdict, allowed))
        assert verdict in allowed

    def _settle(self, model: ModelPool, press: Press, verdict: Verdict, *, told: bool) -> None:
        if verdict is Verdict.GRANTED:
            self.model.grant(model, press)
            model.told = told

    async def burst(self) -> None:
        """Presses at once, past the turnstile: decided in the order of their arrival, not fed."""
        pool, model = self._any_pool()
        here = self.dice.choice([*self.healthy, self.cut_off])
        presses = [self._any_press(pool, bodies="x") for _ in range(12)]
        answers = await asyncio.gather(
            *(here.press(pool, who, key, body=body, gated=False) for who, key, body in presses)
        )
        first: dict[tuple[Person, str], Verdict] = {}
        for (who, key, body), answer in zip(presses, answers, strict=True):
            press = press_of(pool, who, key, body=body)
            if (who, key) not in first:
                first[who, key] = self.model.judge(model, press)
                self._settle(model, press, answer.verdict, told=False)
            assert answer.verdict == first[who, key]
        self.trace.append(("burst", self.pools.index(pool), [each.verdict for each in answers]))

    async def give_back(self) -> None:
        pool, model = self._any_pool()
        if not model.claims:
            return
        claim_id = self.dice.choice(list(model.claims))
        claim = model.claims[claim_id]
        assert await self.books.give_back(claim_id) is not claim.returned
        if not claim.returned:
            model.will_change()
            claim.returned, model.told = True, False
        self.trace.append(("give back", self.pools.index(pool)))

    async def change(self) -> None:
        pool, model = self._any_pool()
        state = self.dice.choice([PoolState.RUNNING, PoolState.RUNNING, PoolState.PAUSED])
        total = self.dice.choice(TOTALS)
        self.trace.append(("change", self.pools.index(pool), state, total))
        try:
            await self.books.change(pool, state=state, total=total)
        except BelowIssued:
            assert total < model.issued
            return
        assert total >= model.issued
        model.will_change()
        model.state, model.total, model.told = state, total, False

    async def announce(self) -> None:
        pool, model = self._any_pool()
        await self.dice.choice(self.healthy).stock.announce(pool)
        model.told = True
        self.trace.append(("announce", self.pools.index(pool)))

    async def wipe(self) -> None:
        await self.healthy[0].redis.flushdb()
        for model in self.model.pools:
            model.told = True
        self.trace.append("wipe")

    async def next_day(self) -> None:
        await self.books.move_clock(timedelta(days=1), *self.healthy, self.cut_off)
        self.model.day += 1
        self.trace.append("next day")


@pytest.mark.parametrize("seed", range(4))
async def test_the_room_says_what_the_model_says(
    here: Process, there: Process, cut_off: Process, books: Books, seed: int
) -> None:
    play = Play(random.Random(seed), books, [here, there, cut_off])
    await play.prepare()
    for _ in range(ACTS):
        try:
            await play.act()
        except AssertionError as error:
            error.add_note("\n".join(str(each) for each in play.trace[-30:]))
            raise
    for pool, model in zip(play.pools, play.model.pools, strict=True):
        now = await books.read(pool.id)
        assert (now.issued, now.total, now.state) == (model.issued, model.total, model.state)
        await here.stock.announce(pool)
        assert await here.stock.mirror(pool.id, pool.group_id) == Mirror(now.seq, now.free)
    await books.assert_right()
