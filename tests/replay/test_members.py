"""The city's members come into the books by files, a few at a time, and again without harm."""

from dataclasses import replace
from datetime import date
from itertools import islice

import pytest

from app.replay import members
from app.replay.members import city, fill_the_books, gather_audience
from app.replay.stage import Stage
from app.routers.rooms import Rooms
from app.shared.identity.id_number import id_number_fault
from tests.replay.stages import Nobody

pytestmark = pytest.mark.anyio

TODAY = date(2026, 11, 26)


async def test_the_city_comes_into_the_books_and_again_changes_nothing(
    hall: Stage, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a part is there, as a play leaves it that was killed with files on their way."""
    monkeypatch.setattr(members, "ROWS_AT_ONCE", 3)
    everybody, watcher = list(city(10)), Nobody()
    await members.import_members(hall, everybody[3:6])
    assert await gather_audience(hall, 6) == everybody[:6]
    assert all([await rooms.directory.find(person.account) for person in everybody[:6]])
    for _ in range(2):
        [figure] = await fill_the_books(replace(hall, progress=watcher), 10)
        assert (figure.published, figure.expected, figure.reached) == (1_570_000, 10, 10)
        assert watcher.taken == watcher.steps == 4
    found = [await rooms.directory.find(person.account) for person in everybody]
    assert [each and each.district for each in found] == [each.district for each in everybody]
    assert not await fill_the_books(hall, 0)


def test_identity_numbers_and_phones_are_enough_for_more_than_a_city() -> None:
    last = members.NewMember("V", members.CITY_FROM + members.MOST_MEMBERS - 1, "", "", "")
    for person in (*islice(city(members.PUBLISHED_MEMBERS), 100_000, 100_003), last):
        assert id_number_fault(person.id_number, today=TODAY) is None
        assert len(person.phone) == 11
