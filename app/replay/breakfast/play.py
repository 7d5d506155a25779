"""Twenty drops and their week of validity, day by day, and the count at the end."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from app.platform.clock import shanghai_day
from app.replay.breakfast.count import Count
from app.replay.breakfast.drops import find_drops
from app.replay.breakfast.morning import Mornings
from app.replay.breakfast.opening import Opening, Won, look_at_the_page
from app.replay.breakfast.plan import (
    DAYS,
    DROPS,
    PUBLISHED_PARTICIPANTS,
    PUBLISHED_STORES,
    PUBLISHED_VIEWS,
    PUBLISHED_VOUCHERS,
    Plan,
)
from app.replay.breakfast.stores import Till, choose_stores, connect_tills
from app.replay.figures import Figure
from app.replay.stage import Stage
from app.schemas.breakfast import StaffBatchOut

PACK = "breakfast"
EVE = timedelta(hours=6)
BREAKFAST = timedelta(hours=8)


async def play(stage: Stage) -> list[Figure]:
    """The pack's figures. Raises `NotPlayable`, `Unreachable`."""
    plan = Plan(stage.scale, stage.seed)
    stage.progress.plan(_steps(plan))
    stage.progress.scene("the eve: drops, tills, workers")
    workers = [f"M{number:08}" for number in range(1, plan.sizes.workers + 1)]
    await _check_members(stage, workers)
    drops = await find_drops(stage, plan.sizes.units)
    await stage.move_clock(drops[0].opens_at - EVE)
    tills = await connect_tills(stage, await choose_stores(stage, plan.sizes.stores))
    views_before = await stage.count_views(PACK)
    tokens = {worker: stage.member_token(worker) for worker in workers}
    campaign = _Campaign(stage, plan, drops, tills, tokens)
    for day in range(DAYS):
        await campaign.play_day(day)
    return await campaign.count(views_before)


def _steps(plan: Plan) -> int:
    sizes = plan.sizes
    visits = sum(map(len, plan.visits))
    return DROPS * sizes.pressers + visits + sizes.views + 2 * sizes.stores + sizes.workers


async def _check_members(stage: Stage, workers: Sequence[str]) -> None:
    """The edition's workers have these numbers; whoever plays elsewhere is told at once."""
    for worker in (workers[0], workers[-1]):
        answer = await stage.wire.send("GET", "/v1/me", token=stage.member_token(worker))
        stage.must(answer, "200", act=f"member {worker}")


class _Campaign:
    """The days, and what is kept from one to the next."""

    def __init__(
        self,
        stage: Stage,
        plan: Plan,
        drops: Sequence[StaffBatchOut],
        tills: Sequence[Till],
        tokens: Mapping[str, str],
    ) -> None:
        self._stage = stage
        self._plan = plan
        self._drops = drops
        self._tills = tills
        self._tokens = tokens
        self._empty_handed = set(tokens)
        self._vouchers: dict[int, Won] = {}
        self._mornings = Mornings(stage, tills, tokens, drops[0].id.hex[-8:])

    async def play_day(self, day: int) -> None:
        """At midnight the drop, if there is one that day; breakfast at eight."""
        midnight = self._drops[0].opens_at + timedelta(days=day)
        title = f"day {day + 1} of {DAYS}, {shanghai_day(midnight)}"
        if day < DROPS:
            await self._stage.move_clock(midnight)
            self._stage.progress.scene(f"{title}: the drop")
            await self._play_drop(day)
        await self._stage.move_clock(midnight + BREAKFAST)
        self._stage.progress.scene(f"{title}: breakfast")
        await self._mornings.play(self._plan.visits[day], self._vouchers)

    async def _play_drop(self, number: int) -> None:
        pressers = self._plan.pressers_on(number, list(self._tokens))
        opening = Opening(self._stage, self._drops[number], self._tokens)
        winners = await opening.play(pressers, self._empty_handed)
        self._empty_handed -= {won.worker for won in winners}
        first = number * self._plan.sizes.units
        self._vouchers |= dict(enumerate(winners, start=first))
        views = self._plan.sizes.views_on(number)
        await look_at_the_page(self._stage, views, list(self._tokens.values()))

    async def count(self, views_before: int) -> list[Figure]:
        """Once every voucher's time is over."""
        await self._stage.move_clock(self._drops[0].opens_at + timedelta(days=DAYS))
        self._stage.progress.scene("the count")
        plan, count = self._plan, Count(self._stage, self._drops)
        issued = await count.issued(seen=len(self._vouchers))
        held = await count.vouchers(self._tokens, list(self._vouchers.values()))
        states = sum(held.values(), Counter[str]())
        first_day = shanghai_day(self._drops[0].opens_at)
        stores = await count.stores(self._tills, self._mornings, first_day)
        reversals = await count.reversals(self._tills, self._mornings)
        views = await self._stage.count_views(PACK) - views_before
        participants = sum(bool(mine) for mine in held.values())
        return [
            Figure(PACK, "stores", PUBLISHED_STORES, plan.sizes.stores, stores),
            Figure(PACK, "vouchers_issued", PUBLISHED_VOUCHERS, plan.sizes.vouchers, issued),
            Figure(PACK, "participants", PUBLISHED_PARTICIPANTS, plan.sizes.workers, participants),
            Figure(PACK, "page_views", PUBLISHED_VIEWS, plan.sizes.views, views),
            Figure(PACK, "redeemed", None, plan.expected_redeemed, states["redeemed"]),
            Figure(PACK, "reversed", None, plan.expected_reversed, reversals),
            Figure(PACK, "expired", None, plan.expected_expired, states["expired"]),
        ]
