"""Whatever is done, undone, moved, disputed and decided: a time that was asked about once is
answered the same for ever. A play at random, with its seed written down."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import update
from sqlalchemy.exc import NoResultFound

from app.models import identity
from app.models.states import DisputeDecision, District
from app.packs.breakfast import disputes
from app.packs.breakfast.queries import BatchFacts
from app.packs.breakfast.voucher_records import VoucherRow
from app.platform.clock import day_end
from app.platform.errors import Refusal
from app.schemas.report import ReportOut
from app.shared.identity.callers import Member, Till
from tests.factories import Factory
from tests.tills import Counter

pytestmark = pytest.mark.anyio

SEED, STEPS, ASKED_EVERY = 2023, 120, 8
SOON, HOUR = timedelta(seconds=10), timedelta(hours=1)


class Morning:
    """Workers and tills who do something, one after the other."""

    def __init__(self, counter: Counter, chance: Random) -> None:
        self.counter, self.make, self.chance = counter, counter.make, chance
        self.rooms = counter.make.rooms
        self.members: list[Member] = []
        self.tills: list[Till] = []
        self.vouchers: list[VoucherRow] = []
        self.numbers: list[tuple[Till, str]] = []
        self.done: set[str] = set()
        self.batch: BatchFacts | None = None

    async def open(self) -> None:
        # What comes about depends on the hour: at the same one whenever this is run.
        clock = self.rooms.clock
        await self.make.move_clock(day_end(clock.today()) + 6 * HOUR - clock.now())
        self.batch = await self.make.batch(total=1_000, valid_days=1)
        districts = self.chance.sample(list(District), 4)
        self.members = [await self.make.member(district=each) for each in districts]
        self.tills = [await self.counter.till(district=each) for each in districts]

    async def step(self) -> None:
        acts: list[Callable[[], Awaitable[object]]] = [
            self.claim,
            self.claim,
            self.redeem,
            self.redeem,
            self.reverse,
            self.void,
            self.upload,
            self.decide,
            self.move,
        ]
        act = self.chance.choice(acts)
        with suppress(Refusal, IndexError, NoResultFound):
            await act()
            self.done.add(act.__name__)
        await self.make.move_clock(timedelta(minutes=self.chance.randrange(1, 60)))

    async def claim(self) -> None:
        member = self.chance.choice(self.members)
        self.vouchers.append(await self.counter.voucher(batch=self.batch, member=member))

    async def redeem(self) -> None:
        till, number = self.chance.choice(self.tills), f"NUMBER-{len(self.numbers)}"
        await self.counter.redeem(till, number, self._recent().code)
        self.numbers.append((till, number))

    async def upload(self) -> None:
        till, number = self.chance.choice(self.tills), f"LATE-{len(self.numbers)}"
        await self.counter.upload(till, number, self._recent().code)
        self.numbers.append((till, number))

    async def reverse(self) -> None:
        await self.counter.reverse(*self.chance.choice(self.numbers))

    async def void(self) -> None:
        await self.counter.void(self._recent().id)

    async def decide(self) -> None:
        await disputes.decide(
            self.rooms.sessions,
            self.rooms.clock,
            self.make.once,
            actor=self.make.actor,
            dispute_id=await self.counter.newest_dispute(),
            decision=DisputeDecision.SECOND_STANDS,
            reason="两店核对",
        )

    async def move(self) -> None:
        table, row_id = self.chance.choice(
            [(identity.Member, each.id) for each in self.members]
            + [(identity.Store, each.store_id) for each in self.tills]
        )
        district = self.chance.choice(list(District))
        async with self.rooms.sessions.begin() as session:
            await session.execute(update(table).where(table.id == row_id).values(district=district))

    def _recent(self) -> VoucherRow:
        return self.chance.choice(self.vouchers[-6:])

    async def asked(self, as_of: datetime) -> str:
        report = await self.rooms.reports.read(as_of=as_of)
        return ReportOut.of(report).model_dump_json(exclude={"printed_at"})


async def test_a_time_is_answered_the_same_whatever_happens_afterwards(
    counter: Counter, make: Factory
) -> None:
    morning = Morning(counter, Random(SEED))
    await morning.open()
    answers: dict[datetime, str] = {}
    for step in range(STEPS):
        await morning.step()
        if step % ASKED_EVERY == 0:
            at = make.rooms.clock.now()
            await make.move_clock(SOON)
            answers[at] = await morning.asked(at)
    assert morning.done == {"claim", "redeem", "upload", "reverse", "void", "decide", "move"}
    assert len(set(answers.values())) == len(answers)
    for at, answer in answers.items():
        assert await morning.asked(at) == answer, at
