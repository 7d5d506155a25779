"""Eleven days of wishes, scene by scene, and the count at the end.

They begin on the day after next eve, whatever day it is: campaign time only goes forward, and
the parts that the edition dates have been played. A play that was killed has left its people's
wishes on their way; the next one ends them on the eve of its own, before it begins to count,
and plays anew.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from app.platform.clock import shanghai_day
from app.replay.figures import Figure
from app.replay.members import NewMember, import_members
from app.replay.stage import Stage
from app.replay.troupe import Troupe
from app.replay.watch import next_first_day
from app.replay.wire import crowd
from app.replay.wishes.count import Count, read_public
from app.replay.wishes.plan import Course, Expected, PlannedWish, draw_wishes
from app.replay.wishes.scenes import (
    EXPIRES_AT,
    NEEDED_BY,
    PUBLISHED_AT,
    SCENES,
    THE_COUNT,
    Scene,
)
from app.replay.wishes.story import Story
from app.replay.wishes.wisher import end_what_is_left

AT_ONCE = 12
# Of the first day, before the first scene: what is left over is ended, and then it is counted.
EVE, BEGINNING = timedelta(hours=2), timedelta(hours=7)
# Figures are asked for so long after their time; of the last seconds the service says nothing.
LATER = timedelta(minutes=10)


async def play(stage: Stage) -> list[Figure]:
    """The pack's figures. Raises `NotPlayable`, `Unreachable`."""
    return await play_wishes(stage, draw_wishes(stage.seed))


async def play_wishes(stage: Stage, wishes: Sequence[PlannedWish]) -> list[Figure]:
    """Those wishes alone. Raises `NotPlayable`, `Unreachable`."""
    people = [wish.wisher for wish in wishes]
    stage.progress.plan(_steps(wishes))
    stage.progress.scene("wishes: members in hardship")
    await import_members(stage, people)
    campaign = _Campaign(stage, wishes, await next_first_day(stage))
    await campaign.begin(people)
    return await campaign.play()


def _steps(wishes: Sequence[PlannedWish]) -> int:
    """What is left of each, every scene, and the count."""
    acts = sum(wish.course in scene.courses for wish in wishes for scene in SCENES)
    return acts + 2 * len(wishes)


class _Campaign:
    """One play's days. `first_day`: its midnight."""

    def __init__(
        self,
        stage: Stage,
        wishes: Sequence[PlannedWish],
        first_day: datetime,
    ) -> None:
        self._stage = stage
        self._first_day = first_day
        self._troupe = Troupe(stage)
        self._expected = Expected(wishes)
        self._stories = [Story(wish, first_day + _needed_by(wish)) for wish in wishes]

    async def begin(self, people: Sequence[NewMember]) -> None:
        await self._stage.move_clock(self._first_day + EVE)
        accounts = [member.account for member in people]
        await crowd(accounts, partial(end_what_is_left, self._troupe), at_once=AT_ONCE)

    async def play(self) -> list[Figure]:
        published_at = self._first_day + PUBLISHED_AT
        before_it = [scene for scene in SCENES if scene.when < PUBLISHED_AT]
        await self._play(before_it)
        await self._stage.move_clock(published_at + LATER)
        published = await read_public(self._stage, published_at)
        await self._play(SCENES[len(before_it) :])
        await self._stage.move_clock(self._first_day + THE_COUNT)
        self._stage.progress.scene("wishes: the count")
        before = await read_public(self._stage, self._first_day + BEGINNING)
        after = await read_public(self._stage, self._first_day + THE_COUNT - LATER)
        if await read_public(self._stage, published_at) != published:
            self._stage.surprises.note("a past figure: another answer than when it was asked first")
        count = Count(self._troupe, self._stories)
        await count.read()
        return count.figures(self._expected, before, published, after)

    async def _play(self, scenes: Sequence[Scene]) -> None:
        for when, together in groupby(scenes, key=lambda scene: scene.when):
            await self._stage.move_clock(self._first_day + when)
            for scene in together:
                await self._play_scene(scene)

    async def _play_scene(self, scene: Scene) -> None:
        day = shanghai_day(self._first_day + scene.when)
        self._stage.progress.scene(f"wishes, {day}: {scene.title}")
        stories = [story for story in self._stories if story.plan.course in scene.courses]

        async def act(story: Story) -> None:
            await scene.act(self._troupe, story)
            self._stage.progress.step()

        await crowd(stories, act, at_once=AT_ONCE)


def _needed_by(wish: PlannedWish) -> timedelta:
    return EXPIRES_AT if wish.course is Course.EXPIRED else NEEDED_BY
