"""Consultations, appointments and talks: four days, and the count.

A play that was killed has left experts behind it, questions on their way and appointments. The
next one lets the experts go and has its people end the rest, before anything is counted; then it
has experts, slots and talks of its own.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from app.platform.clock import shanghai_day
from app.replay.figures import Figure
from app.replay.health import advice_times as times
from app.replay.health.advice_count import Count
from app.replay.health.advice_plan import Course, Plan
from app.replay.health.experts import Cast, Hiring, let_go_of_earlier
from app.replay.health.lectures import Lectures
from app.replay.health.threads import ASKERS_AT_ONCE, Advice, threads_of
from app.replay.health.visits import Visits
from app.replay.members import NewMember, gather_audience
from app.replay.stage import NotPlayable, Stage
from app.replay.troupe import Troupe
from app.replay.watch import Watch, next_first_day
from app.replay.wire import crowd

# What a withdrawn consent ends is erased by the service's worker, which comes every hour.
PATIENCE, PAUSE_S = 600, 0.1


async def play(stage: Stage) -> list[Figure]:
    """The part's figures. Raises `NotPlayable`, `Unreachable`."""
    plan = Plan.at(stage.scale)
    stage.progress.plan(plan.steps)
    stage.progress.scene("health: experts")
    people = await gather_audience(stage, plan.people)
    first_day = await next_first_day(stage)
    watch = Watch(stage)
    await watch.move_clock(first_day + times.EVE)
    if await let_go_of_earlier(stage):
        await _end_what_is_left(Troupe(stage), people)
    hiring = Hiring(stage)
    cast = await hiring.hire(plan, shanghai_day(first_day))
    await watch.move_clock(first_day + times.ASKED - timedelta(hours=1))
    figures = await _Days(Troupe(hiring.stage), plan, people, watch, first_day, cast).play()
    await hiring.let_go()
    return figures


async def _end_what_is_left(troupe: Troupe, people: Sequence[NewMember]) -> None:
    """Of a play that was killed: open questions, and appointments ahead."""

    async def end(person: NewMember) -> None:
        account = person.account
        for left in await troupe.read_all(account, "/v1/health/consultations"):
            if left["state"] != "closed":
                path = f"/v1/health/consultations/{left['id']}/close"
                await troupe.act(account, path, act="ending what was left")
        for left in await troupe.read_all(account, "/v1/health/appointments"):
            # What has begun goes its way.
            if left["state"] in {"pending", "booked"}:
                path = f"/v1/health/appointments/{left['id']}/cancellation"
                answer = await troupe.send(account, path)
                act = "giving up what was left"
                troupe.stage.expect(answer, "200", "deadline_passed", act=act)

    await crowd(people, end, at_once=ASKERS_AT_ONCE)


class _Days:
    """One play's, and what is kept from one to the next."""

    def __init__(
        self,
        troupe: Troupe,
        plan: Plan,
        people: Sequence[NewMember],
        watch: Watch,
        first_day: datetime,
        cast: Cast,
    ) -> None:
        self._troupe = troupe
        self._stage = troupe.stage
        self._plan = plan
        self._watch = watch
        self._first_day = first_day
        askers, visitors = people[: plan.askers], people[plan.askers :][: plan.visitors]
        day = shanghai_day(first_day + timedelta(days=times.VISITS_DAY))
        self._advice = Advice(troupe, cast, threads_of(plan, askers))
        self._visits = Visits(troupe, plan, cast, visitors, day)
        self._lectures = Lectures(troupe, plan.talk, people, first_day)

    async def play(self) -> list[Figure]:
        count = Count(self._troupe, self._plan, self._first_day)
        await self._lectures.announce()
        await self._visits.find_slots()
        await self._ask()
        await self._book()
        await self._at(times.REVIEWED, "the reviewer")
        await self._advice.review(self._plan.reviewed)
        await self._receive()
        await self._give_talks()
        await self._at(times.THE_COUNT, "advice counted")
        await self._wait_until_withdrawn_is_erased()
        statistics = await self._lectures.count()
        return await count.figures(self._advice, await self._visits.count(), statistics)

    async def _ask(self) -> None:
        await self._at(times.ASKED, "questions")
        await self._advice.ask()
        await self._advice.look_after_alerts()
        await self._at(times.ANSWERED, "answers")
        await self._advice.answer()

    async def _book(self) -> None:
        await self._at(times.BOOKED, "appointments")
        await self._visits.book()
        await self._watch.move_clock(self._first_day + times.LAPSED)
        await self._visits.confirm_too_late()
        await self._at(times.REGISTERED, "places at talks")
        await self._lectures.register()
        await self._at(times.CHANGED, "changes of mind")
        await self._visits.change()
        await self._lectures.give_up()

    async def _receive(self) -> None:
        self._stage.progress.scene("health: visits")
        await self._visits.receive(self._watch)
        await self._watch.move_clock(self._first_day + times.VISITS_OVER)
        await self._visits.end()

    async def _give_talks(self) -> None:
        await self._at(times.DOORS, "a talk")
        await self._lectures.open_doors()
        await self._watch.move_clock(self._first_day + times.REPLAYED)
        await self._lectures.show_again()

    async def _wait_until_withdrawn_is_erased(self) -> None:
        """Raises `NotPlayable`."""
        withdrawn = self._advice.of(Course.WITHDRAWN)
        for _ in range(PATIENCE):
            left = [await self._is_there(each.asker.account, each.id) for each in withdrawn]
            if not any(left):
                return
            await asyncio.sleep(PAUSE_S)
        raise NotPlayable("what a withdrawn consent ends is not erased; does its worker run?")

    async def _is_there(self, account: str, consultation_id: str) -> bool:
        listed = await self._troupe.read_all(account, "/v1/health/consultations")
        return consultation_id in {each["id"] for each in listed}

    async def _at(self, when: timedelta, title: str) -> None:
        await self._watch.move_clock(self._first_day + when)
        self._stage.progress.scene(f"health: {title}")
