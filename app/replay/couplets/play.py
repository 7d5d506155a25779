"""The rush, the show, the desks and the count: four days of one event.

A play that was killed has left an event behind it, whose offers lapse and whose pairs are the
door's in the end by time alone. The next one announces an event of its own, on later days, and
every figure is of that one; so nothing has to be undone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.replay.couplets import audience, holder, rush
from app.replay.couplets.count import Lists, figures, offered, read_statistics
from app.replay.couplets.desk import Desks
from app.replay.couplets.event import (
    ANNOUNCED,
    EARLY,
    OFFERS_OVER,
    PICKED_UP,
    RELEASED,
    RUSH,
    THE_COUNT,
    TUNNEL_AT,
    UPLOADED,
    WAVES_AT,
    Event,
    Pair,
    announce,
)
from app.replay.couplets.plan import EARLY_EVERY, TO_THE_DOOR, TUNNEL_EVERY, Course, Plan, Walk
from app.replay.couplets.rush import Presser
from app.replay.figures import Figure
from app.replay.members import NewMember, gather_audience
from app.replay.stage import NotPlayable, Stage
from app.replay.troupe import Troupe
from app.replay.watch import Watch, next_first_day
from app.schemas.couplets_oversight import StatisticsOut
from app.schemas.presence import LiveFiguresOut


async def play(stage: Stage) -> list[Figure]:
    """The pack's figures. Raises `NotPlayable`, `Unreachable`."""
    plan, troupe = Plan.at(stage.scale), Troupe(stage)
    stage.progress.plan(_steps(plan))
    stage.progress.scene("couplets: members")
    people = await gather_audience(stage, plan.people)
    first_day = await next_first_day(stage)
    watch = Watch(stage)
    await watch.move_clock(first_day + ANNOUNCED)
    event = await announce(troupe, plan, first_day)
    return await _Days(troupe, plan, people, watch, first_day, event).play()


def _steps(plan: Plan) -> int:
    return plan.viewers + sum(plan.pressers) + plan.collected + plan.walk_ins


class _Days:
    """One event's, and what is kept from one to the next."""

    def __init__(
        self,
        troupe: Troupe,
        plan: Plan,
        people: Sequence[NewMember],
        watch: Watch,
        first_day: datetime,
        event: Event,
    ) -> None:
        self._troupe = troupe
        self._stage = troupe.stage
        self._plan = plan
        self._people = people
        self._watch = watch
        self._first_day = first_day
        self._event = event
        self._desks = Desks(troupe, event, {person.account: person for person in people})

    async def play(self) -> list[Figure]:
        rush_ = await self._reserve()
        after_the_rush = await read_statistics(self._troupe, self._event)
        pairs = rush.cast(self._plan, self._event, rush_)
        await self._change_their_minds(pairs, rush_.lost[: self._plan.waiters])
        live = await self._watch_live()
        await self._hand_out(pairs)
        return await self._count(after_the_rush, pairs, live)

    async def _reserve(self) -> rush.Rush:
        pressers = rush.pressers_of(self._plan, self._stage.seed, self._people)
        await rush.come_too_early(self._troupe, self._event, pressers[0])
        await self._at(RUSH, "reserving")
        rush_ = await rush.reserve(self._troupe, self._event, pressers)
        rush_.lost = [presser for presser in rush_.lost if presser.variant == 0]
        if len(rush_.lost) < self._plan.waiters or len(rush_.won) < sum(self._plan.reserved):
            raise NotPlayable(f"{len(rush_.won)} pairs were reserved in a rush")
        return rush_

    async def _change_their_minds(self, pairs: Sequence[Pair], waiters: Sequence[Presser]) -> None:
        """Who cancels while others wait, and when nobody does any more; who names somebody."""
        self._stage.progress.scene("couplets: the waiting list")
        troupe, event, passed_on = self._troupe, self._event, _of(pairs, Course.PASSED_ON)
        await holder.name_recipients(troupe, pairs, {each.account: each for each in self._people})
        await rush.wait(troupe, event, waiters, _of(pairs, Course.BY_PASS)[0].holder)
        await rush.cancel(troupe, passed_on)
        await rush.wait_after_cancelling(troupe, event, passed_on[0])
        await rush.accept(troupe, event, passed_on, waiters[: len(passed_on)])
        await rush.cancel(troupe, _of(pairs, Course.LAPSED))
        silent = waiters[len(passed_on) :]
        offers = await rush.find_offers(troupe, event, silent)
        await rush.cancel(troupe, _of(pairs, Course.GIVEN_UP))
        await self._watch.move_clock(self._first_day + OFFERS_OVER)
        await rush.accept_too_late(troupe, silent, offers)

    async def _watch_live(self) -> LiveFiguresOut:
        """The session's viewers, wave after wave; its figures when it is over."""
        stage, event, viewers = self._stage, self._event, self._people[: self._plan.viewers]
        waves = [viewers[wave] for wave in self._plan.waves]
        await self._at(EARLY, "before the session")
        await audience.come_early(stage, event, waves[0][::EARLY_EVERY])
        for number, (wave, when) in enumerate(zip(waves, WAVES_AT, strict=True), start=1):
            await self._at(when, f"the live session, wave {number}")
            await audience.watch(stage, event, wave)
            if number == 1:
                await self._watch.move_clock(self._first_day + TUNNEL_AT)
                await audience.leave_the_tunnel(stage, event, wave[::TUNNEL_EVERY])
        await self._at(PICKED_UP, "the desks")
        return await audience.read_live(self._troupe, event, self._plan)

    async def _hand_out(self, pairs: Sequence[Pair]) -> None:
        """In the order of the day: with a network and without, uploads, the release, the rest."""
        plan, desks, pressing = self._plan, self._desks, sum(self._plan.pressers)
        walkers = self._people[pressing : pressing + plan.walk_ins]
        walks = [walk for walk in (Walk.ANONYMOUS, Walk.MEMBER) for _ in range(plan.walks[walk])]
        kept = len(walks) - plan.of(Course.NO_SHOW)
        await self._wait_for_lapsed_offers()
        shown_at = self._watch.now()
        await desks.lose_network(pairs, walkers[len(walks) :], shown_at)
        await desks.hand_out([pair for pair in pairs if pair.course not in TO_THE_DOOR])
        await desks.serve_the_door(walks[:kept], walkers[:kept])
        await self._at(UPLOADED, "uploads")
        await desks.upload(self._watch.now())
        later = shown_at + timedelta(minutes=5)
        await desks.upload_at_the_second_desk(pairs, later, self._watch.now())
        await self._at(RELEASED, "what nobody collected")
        await holder.come_too_late(self._troupe, _of(pairs, Course.NO_SHOW)[0])
        await desks.serve_the_door(walks[kept:], walkers[kept : len(walks)])
        await desks.find_nothing_left()

    async def _wait_for_lapsed_offers(self) -> None:
        """Their pairs are the door's. Raises `NotPlayable`."""

        async def are_over() -> bool:
            return not offered(await read_statistics(self._troupe, self._event))

        words = "offers of the waiting list do not lapse; does its worker run?"
        await self._stage.wait_until(are_over, else_=words)

    async def _count(
        self, after_the_rush: StatisticsOut, pairs: Sequence[Pair], live: LiveFiguresOut
    ) -> list[Figure]:
        await self._at(THE_COUNT, "the count")
        lists = await Lists.read(self._troupe, self._event, pairs)
        for words in lists.contradictions():
            self._stage.surprises.note(words)
        return figures(self._plan, live, after_the_rush, lists)

    async def _at(self, when: timedelta, title: str) -> None:
        await self._watch.move_clock(self._first_day + when)
        self._stage.progress.scene(f"couplets: {title}")


def _of(pairs: Sequence[Pair], course: Course) -> list[Pair]:
    return [pair for pair in pairs if pair.course is course]
