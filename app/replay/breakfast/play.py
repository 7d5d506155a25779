"""Twenty drops and their week of validity, day by day, and the count at the end.

A play that is killed leaves a deployment that the next one can play on: it begins a new series
of drops, on a later day. It does not go on with the old one. Keys and numbers follow from the
seed and the series, so it could repeat every act; but most answers that a play checks are those
of their own hour, and the clock would have to go back behind what has happened. What the killed
play left issued expires, and the store that it may have left suspended is restored.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from app.platform.clock import day_end, shanghai_day
from app.replay.breakfast.count import Count, read_figures
from app.replay.breakfast.days import Course, Day
from app.replay.breakfast.disputes import Disputes
from app.replay.breakfast.drops import EVE, find_drops
from app.replay.breakfast.morning import Morning
from app.replay.breakfast.offline import OfflineTills
from app.replay.breakfast.opening import Opening, Won, look_at_the_page
from app.replay.breakfast.people import People, Person, gather_people
from app.replay.breakfast.plan import Plan
from app.replay.breakfast.scans import Scans
from app.replay.breakfast.sizes import (
    DAYS,
    DROPS,
    PUBLISHED_PARTICIPANTS,
    PUBLISHED_STORES,
    PUBLISHED_VIEWS,
    PUBLISHED_VOUCHERS,
)
from app.replay.breakfast.stores import (
    Till,
    choose_stores,
    connect_tills,
    disconnect_tills,
    move_store,
    restore_stores,
)
from app.replay.figures import Figure
from app.replay.stage import Stage
from app.replay.watch import Watch
from app.schemas.breakfast import StaffBatchOut
from app.schemas.figures import FiguresOut

PACK = "breakfast"
BREAKFAST = timedelta(hours=8)
# Before midnight.
EVENING = timedelta(hours=2)
DECISIONS = (Course.FIRST_STANDS, Course.SECOND_STANDS, Course.BOTH_PAID)


async def play(stage: Stage) -> list[Figure]:
    """The pack's figures. Raises `NotPlayable`, `Unreachable`."""
    plan = Plan(stage.scale, stage.seed)
    stage.progress.plan(_steps(plan))
    stage.progress.scene("the eve: drops, tills, workers")
    people = await gather_people(stage, plan.sizes)
    drops = await find_drops(stage, plan.sizes.units)
    watch = Watch(stage)
    await watch.move_clock(drops[0].opens_at - EVE)
    await restore_stores(stage)
    tills = await connect_tills(stage, await choose_stores(stage, plan.sizes.stores))
    before = await read_figures(stage)
    campaign = _Campaign(stage, plan, people, drops, tills, watch)
    for day in plan.days:
        await campaign.play_day(day)
    figures = await campaign.count(before)
    await disconnect_tills(stage, tills)
    return figures


def _steps(plan: Plan) -> int:
    sizes = plan.sizes
    presses = DROPS * (sizes.pressers + sizes.outsiders)
    read = sizes.workers + sizes.outsiders
    return presses + len(plan.visits) + sizes.views + 3 * sizes.stores + read


class _Campaign:
    """The days, and what is kept from one to the next."""

    def __init__(
        self,
        stage: Stage,
        plan: Plan,
        people: People,
        drops: Sequence[StaffBatchOut],
        tills: Sequence[Till],
        watch: Watch,
    ) -> None:
        self._stage = stage
        self._plan = plan
        self._people = people
        self._drops = drops
        self._tills = tills
        self._watch = watch
        self._tokens = {account: stage.member_token(account) for account in people.accounts}
        self._empty_handed = set(people.workers)
        self._vouchers: dict[int, Won] = {}
        self._scans = Scans(stage, tills, self._tokens, drops[0].id.hex[-8:])
        self._offline = OfflineTills(stage, tills, self._scans, watch, plan.minutes_wrong)
        self._disputes = Disputes(stage, tills, self._scans)

    async def play_day(self, day: Day) -> None:
        """At midnight the drop, if there is one that day; breakfast at eight."""
        midnight = self._drops[0].opens_at + timedelta(days=day.number)
        title = f"day {day.number + 1} of {DAYS}, {shanghai_day(midnight)}"
        if day.number < DROPS:
            await self._watch.move_clock(midnight)
            self._stage.progress.scene(f"{title}: the drop")
            await self._play_drop(day.number)
        await self._watch.move_clock(midnight + BREAKFAST)
        self._stage.progress.scene(f"{title}: breakfast")
        await self._catch_up()
        await self._play_breakfast(day)

    async def _play_drop(self, number: int) -> None:
        pressers = self._plan.pressers_on(number, self._people)
        opening = Opening(self._stage, self._drops[number], self._tokens)
        won = await opening.play(pressers, self._empty_handed)
        self._empty_handed -= won.keys()
        first = number * self._plan.sizes.units
        self._vouchers |= dict(enumerate(won.values(), start=first))
        views = self._plan.sizes.views_on(number)
        await look_at_the_page(self._stage, views, list(self._tokens.values()))

    async def _catch_up(self) -> None:
        """Yesterday's offline scans come in, and staff decide who took a voucher twice."""
        await self._disputes.decide(await self._offline.upload())

    async def _play_breakfast(self, day: Day) -> None:
        morning = Morning(self._stage, self._scans, self._offline, day, self._vouchers)
        if day.suspended is None:
            await morning.play()
            return
        store = self._tills[day.suspended].store
        await move_store(self._stage, store, "suspend", reason="回放：停业盘点一天")
        await morning.play()
        await self._watch.move_clock(day_end(shanghai_day(self._watch.now())) - EVENING)
        await move_store(self._stage, store, "restore", reason="回放：盘点结束")

    async def count(self, before: FiguresOut) -> list[Figure]:
        """Once every voucher's time is over. `before`: the figures when none was issued."""
        await self._watch.move_clock(self._drops[0].opens_at + timedelta(days=DAYS))
        self._stage.progress.scene("the count")
        await self._catch_up()
        plan, count, scans = self._plan, Count(self._stage, self._drops), self._scans
        issued = await count.issued(seen=len(self._vouchers))
        everybody = [*self._people.workers, *self._people.outsiders]
        held = await count.vouchers(everybody, self._tokens, list(self._vouchers.values()))
        states = sum(held.values(), Counter[str]())
        first_day = shanghai_day(self._drops[0].opens_at)
        stores = await count.stores(self._tills, scans, first_day)
        reversals = await count.reversals(self._tills, scans)
        views = await count.page_views(
            before, issued=issued, redeemed=states["redeemed"], reversed=reversals
        )
        participants = sum(bool(held[worker]) for worker in self._people.workers)
        return [
            Figure(PACK, "stores", PUBLISHED_STORES, plan.sizes.stores, stores),
            Figure(PACK, "vouchers_issued", PUBLISHED_VOUCHERS, plan.sizes.vouchers, issued),
            Figure(PACK, "participants", PUBLISHED_PARTICIPANTS, plan.sizes.workers, participants),
            Figure(PACK, "page_views", PUBLISHED_VIEWS, plan.sizes.views, views),
            Figure(PACK, "redeemed", None, plan.expected_redeemed, states["redeemed"]),
            Figure(PACK, "reversed", None, plan.expected_reversed, reversals),
            Figure(PACK, "expired", None, plan.expected_expired, states["expired"]),
            *await self._oddities(count, held),
        ]

    async def _oddities(self, count: Count, held: Mapping[Person, Counter[str]]) -> list[Figure]:
        """What went otherwise than it usually does, and left its mark."""
        plan, scans = self._plan, self._scans
        empty_handed = sum(not held[outsider] for outsider in self._people.outsiders)
        decided = await self._disputes.decided()
        offline = await count.offline(scans)
        late = await count.refused(scans, "already_redeemed")
        closed = await count.refused(scans, "store_suspended")
        return [
            Figure(PACK, "not_eligible", None, plan.sizes.outsiders, empty_handed),
            Figure(PACK, "redeemed_offline", None, plan.expected_offline, offline),
            *(
                Figure(PACK, f"disputes_{each}", None, plan.expected_decided(each), decided[each])
                for each in DECISIONS
            ),
            Figure(PACK, "refused_as_redeemed", None, plan.expected_already_redeemed, late),
            Figure(PACK, "refused_as_suspended", None, plan.expected_store_suspended, closed),
        ]
