"""Viewers who come, go and come back at random, against a plain model; with losses and without.

Campaign time moves by steps that never end near an edge of the definitions, so that the
milliseconds of the play itself decide nothing.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from app.shared.presence.rules import INTERVAL_S, LATE, RETURN
from tests.shared.presence.audience import Audience, Watch, members

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("at_once")]

# 17, 34, 51, 68 … seconds: no sum is within six of 60 or 210.
STEP = timedelta(seconds=17)
STEPS = 60
# Of some dozens, the estimate is nearly exact.
ABOUT = 2


@dataclass
class Model:
    """What is true, by the definitions, of everything that happened."""

    now: timedelta = timedelta()
    due: dict[UUID, timedelta] = field(default_factory=dict)
    joins: int = 0
    peak: int = 0

    def hear(self, viewer: UUID) -> None:
        known = self.due.get(viewer)
        if known is None or self.now >= known + RETURN:
            self.joins += 1
        self.due[viewer] = self.now + timedelta(seconds=INTERVAL_S)
        self.peak = max(self.peak, self.present)

    @property
    def present(self) -> int:
        return sum(self.now < due + LATE for due in self.due.values())

    @property
    def members(self) -> int:
        return len(self.due)


async def play(crowd: Audience, model: Model, random: Random, *, wipes: bool) -> None:
    """Each step some come or say that they are there, time passes, a worker copies, Redis dies."""
    viewers = members(40)
    for _ in range(STEPS):
        for viewer in random.sample(viewers, random.randint(0, 8)):
            await crowd.hear(viewer)
            model.hear(viewer)
        if random.random() < 0.5:
            await crowd.presence.copier.copy()
        if wipes and random.random() < 0.05:
            await crowd.redis.flushdb()
        steps = random.choice((0, 1, 1, 2, 4, 13))
        await crowd.later(steps * STEP)
        model.now += steps * STEP


@pytest.mark.parametrize("seed", range(2))
async def test_without_losses_the_figures_are_the_models(watch: Watch, seed: int) -> None:
    crowd, model = await watch(), Model()
    await crowd.move_end(crowd.live_to + timedelta(days=1))
    await play(crowd, model, Random(seed), wipes=False)
    figures = await crowd.figures()
    assert (figures.present, figures.joins, figures.peak) == (
        model.present,
        model.joins,
        model.peak,
    )
    assert abs(figures.members - model.members) <= ABOUT
    assert figures.missing == ()


@pytest.mark.parametrize("seed", range(3))
async def test_with_losses_the_figures_are_not_too_high_and_say_what_they_miss(
    watch: Watch, seed: int
) -> None:
    crowd, model = await watch(), Model()
    await crowd.move_end(crowd.live_to + timedelta(days=1))
    await play(crowd, model, Random(seed), wipes=True)
    await crowd.presence.copier.copy()
    await crowd.until_end()
    await crowd.presence.copier.copy()
    kept, figures = await crowd.kept(), await crowd.figures()
    assert 0 < kept.joins < model.joins
    assert 0 < kept.peak <= model.peak
    assert kept.members <= model.members + ABOUT
    assert figures.final
    assert figures.missing
