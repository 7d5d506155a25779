"""The wishes played on a real service: every figure is reached, also after a play that was
killed, and nothing is left on its way."""

from dataclasses import replace
from datetime import datetime

import pytest

from app.replay.stage import Stage
from app.replay.wishes.plan import IN_TIME, Course, PlannedWish, draw_wishes
from app.replay.wishes.play import play_wishes
from app.routers.rooms import Rooms
from tests.replay.stages import Nobody
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

ENDS = {"fulfilled", "rejected", "withdrawn", "expired"}


def _one_of_each_course() -> list[PlannedWish]:
    """Among themselves, as all of them are: what becomes of those, `test_whole.py` sees."""
    found = list({wish.course: wish for wish in draw_wishes(2023)}.values())
    accounts = [wish.wisher.account for wish in found]
    helpers = zip(accounts[1:] + accounts[:1], accounts[2:] + accounts[:2], strict=True)
    return [
        replace(wish, first=first, second=second)
        for wish, (first, second) in zip(found, helpers, strict=True)
    ]


FEW = _one_of_each_course()
# Sixteen wishes need not be of ten districts.
SPREAD = {"kinds", "districts"}


class Killed(Exception):
    pass


class Mortal(Nobody):
    """Whoever watches this play sees it die: wishes are handed in, and nobody confirms."""

    def scene(self, words: str) -> None:
        if "confirmed" in words:
            raise Killed


async def test_after_a_play_that_was_killed_the_next_one_reaches_every_figure(
    hall: Stage, rooms: Rooms
) -> None:
    moments = list[datetime]()

    async def move_clock(moment: datetime) -> None:
        moments.append(moment)
        await hall.move_clock(moment)

    with pytest.raises(Killed):
        await play_wishes(replace(hall, move_clock=move_clock, progress=Mortal()), FEW)
    left = [wish["state"] for wish in await _wishes(hall)]
    assert {"submitted", "in_progress", "claimed", "open"} <= set(left)

    watcher = Nobody()
    figures = await play_wishes(replace(hall, move_clock=move_clock, progress=watcher), FEW)

    assert not hall.surprises.seen, str(hall.surprises)
    reached = {figure.name: figure.reached for figure in figures}
    assert (reached["received"], reached["fulfilled"]) == (len(Course), len(IN_TIME))
    assert all(figure.is_reached for figure in figures if figure.name not in SPREAD), reached
    assert moments == sorted(moments)
    assert watcher.taken == watcher.steps
    after = [wish["state"] for wish in await _wishes(hall)]
    assert len(after) == len(left) + len(FEW)
    assert set(after) == ENDS
    await assert_books_are_right(rooms)


async def _wishes(stage: Stage) -> list[dict[str, str]]:
    return await stage.read_all("/v1/admin/wishes", stage.staff["wish_reviewer"])
