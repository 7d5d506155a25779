"""The copied edition of another year is played like the first one, and the old one stays as it
was."""

from datetime import date

import pytest

from app.replay import breakfast
from app.replay.next_edition import begin_next_edition, same_day_of
from app.replay.stage import NotPlayable, Stage
from app.replay.watch import read_campaign
from app.replay.wishes.play import play_wishes
from app.routers.rooms import Rooms
from tests.replay.test_wishes import FEW, SPREAD
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

YEAR = 2031


async def test_staff_copy_the_edition_to_another_year_and_it_is_played_there(
    small: Stage, rooms: Rooms
) -> None:
    old = await read_campaign(small)
    await begin_next_edition(small, YEAR)
    new = await read_campaign(small)
    assert (new["id"] != old["id"], new["starts_at"][:4]) == (True, str(YEAR))

    figures = [*await breakfast.play(small), *await play_wishes(small, FEW)]

    assert not small.surprises.seen, small.surprises
    missed = [each for each in figures if not each.is_reached and each.name not in SPREAD]
    assert not missed
    manager = small.staff["campaign_manager"]
    batches = await small.read_all("/v1/admin/breakfast/batches", manager)
    issued = {campaign["id"]: 0 for campaign in (old, new)}
    for batch in batches:
        issued[batch["campaign_id"]] += batch["issued"]
    # The copy's own drops, not a series that the play has made.
    assert issued == {old["id"]: 0, new["id"]: 40}
    assert len(batches) == 2 * len([each for each in batches if each["campaign_id"] == new["id"]])
    await assert_books_are_right(rooms)

    with pytest.raises(NotPlayable, match="which is over"):
        await begin_next_edition(small, YEAR)


def test_an_edition_that_began_on_a_leap_day_begins_on_the_day_after_february() -> None:
    assert same_day_of(date(2024, 2, 29), 2027) == date(2027, 3, 1)
    assert same_day_of(date(2024, 2, 29), 2028) == date(2028, 2, 29)
    assert same_day_of(date(2023, 1, 5), 2027) == date(2027, 1, 5)
