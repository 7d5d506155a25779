"""The wishes played on a real service: every figure is reached, also after a play that was
killed, and nothing is left on its way."""

from dataclasses import replace
from datetime import datetime

import pytest

from app.replay.stage import Stage
from app.replay.wishes import play
from app.replay.wishes.plan import draw_wishes
from app.replay.wishes.scenes import SCENES
from app.routers.rooms import Rooms
from tests.replay.stages import Nobody
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

ENDS = {"fulfilled", "rejected", "withdrawn", "expired"}
FIGURES = {
    "received": 108,
    "fulfilled": 64,
    "fulfilled_afterwards": 18,
    "kinds": 4,
    "districts": 10,
    "rejected": 10,
    "withdrawn": 8,
    "expired": 8,
    "claims_lapsed": 4,
    "claims_released": 4,
    "not_done": 3,
    "confirmed_by_staff": 7,
    "posted_on_behalf": 3,
    "flagged_with_two_reviewers": 2,
    "dispatches_accepted": 2,
    "dispatches_refused": 2,
    "two_at_once_one_holder": 4,
}


class Killed(Exception):
    pass


async def test_after_a_play_that_was_killed_the_next_one_reaches_every_figure(
    small: Stage, rooms: Rooms
) -> None:
    begins_to_confirm = next(place for place, scene in enumerate(_times()) if scene == (2, 18))
    moments = list[datetime]()

    async def move_clock(moment: datetime) -> None:
        moments.append(moment)
        await small.move_clock(moment)

    async def move_clock_or_die(moment: datetime) -> None:
        # The eve comes before the scenes' times; wishes are handed in, and nobody confirms.
        if len(moments) > begins_to_confirm:
            raise Killed
        await move_clock(moment)

    with pytest.raises(Killed):
        await play(replace(small, move_clock=move_clock_or_die))
    left = [wish["state"] for wish in await _wishes(small)]
    assert {"submitted", "in_progress", "claimed", "open"} <= set(left)

    watcher = Nobody()
    figures = await play(replace(small, move_clock=move_clock, progress=watcher))

    assert not small.surprises.seen, str(small.surprises)
    reached = {figure.name: figure.reached for figure in figures}
    assert reached.pop("contact_shown") == sum(
        wish.shows_contact for wish in draw_wishes(small.seed) if wish.course in _HELPED
    )
    assert reached == FIGURES
    assert all(figure.is_reached for figure in figures)
    assert moments == sorted(moments)
    assert watcher.taken == watcher.steps
    after = [wish["state"] for wish in await _wishes(small)]
    assert len(after) == len(left) + 108
    assert set(after) == ENDS
    await assert_books_are_right(rooms)


_HELPED = frozenset().union(*(scene.courses for scene in SCENES if scene.title.startswith("begun")))


def _times() -> list[tuple[int, int]]:
    times = dict.fromkeys(scene.when for scene in SCENES)
    return [(when.days, when.seconds // 3600) for when in times]


async def _wishes(stage: Stage) -> list[dict[str, str]]:
    return await stage.read_all("/v1/admin/wishes", stage.staff["wish_reviewer"])
