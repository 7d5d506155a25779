"""Files made by workers: every row of one moment, once, whatever dies in between."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.exports import Export
from app.models.outbox import Job
from app.models.personal_data import DataAccess
from app.models.states import Category, ExportFormat, ExportState, JobState, Role
from app.platform.errors import NotFound, StateConflict
from app.platform.ids import new_id
from app.shared import exports
from app.shared.exports import Making, queries, reading
from app.shared.exports.ask import KEPT, MOST_UNFINISHED
from app.shared.exports.jobs import remove
from app.shared.exports.queries import ExportFacts
from app.shared.exports.refusals import ExportGone, ExportsUnfinished
from app.shared.identity.callers import StaffMember
from app.shared.outbox import NewJob, put
from tests.shared.exports.desk import Desk, stores_listing, work_off
from tests.shared.files.mortal import Mortal

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE_ROWS", 2)


@pytest.fixture(autouse=True)
def no_files(desk: Desk) -> None:
    """The folder is this test run's; the tables are empty, so is it."""
    for name in kept(desk):
        (folder_of(desk) / name).unlink()


async def stores(desk: Desk, *numbers: int) -> list[str]:
    names = [f"S-{number:02d}" for number in numbers]
    for name in names:
        await desk.make_things.store(store_no=name)
    return names


async def test_a_worker_makes_the_file_and_tells_how_far_it_is(desk: Desk) -> None:
    seen: list[tuple[int, int | None, ExportState]] = []

    async def look(session: AsyncSession, making: Making, rows: Sequence[Any]) -> None:
        found = await desk.find(asked)
        seen.append((found.rows_done, found.rows_total, found.state(desk.rooms.clock.now())))

    desk = desk.with_list(stores_listing(look))
    names = await stores(desk, *range(5))
    asked = await desk.ask()
    assert asked.state(desk.rooms.clock.now()) is ExportState.QUEUED
    await work_off(desk.rooms)
    assert seen == [
        (0, None, ExportState.QUEUED),
        (2, 5, ExportState.RUNNING),
        (4, 5, ExportState.RUNNING),
    ]
    done = await desk.find(asked)
    assert (done.rows_done, done.rows_total) == (5, 5)
    assert done.state(desk.rooms.clock.now()) is ExportState.DONE
    assert done.size_bytes == len(await desk.content(asked))
    assert await desk.lines(asked) == names


async def test_an_empty_list_is_a_file_with_a_header_alone(desk: Desk) -> None:
    desk = desk.with_list(stores_listing())
    asked = await desk.ask()
    await work_off(desk.rooms)
    assert await desk.lines(asked) == []
    assert (await desk.find(asked)).rows_total == 0


async def test_no_more_than_a_page_of_rows_is_held_at_once(desk: Desk) -> None:
    sizes = []

    async def measure(session: AsyncSession, making: Making, rows: Sequence[Any]) -> None:
        sizes.append(len(rows))

    desk = desk.with_list(stores_listing(measure))
    await stores(desk, *range(5))
    await desk.make(await desk.ask())
    assert sizes == [2, 2, 1]


class Growth:
    """After the first page a row is added behind it."""

    def __init__(self) -> None:
        self.desk: Desk | None = None

    async def __call__(self, session: AsyncSession, making: Making, rows: Sequence[Any]) -> None:
        desk, self.desk = self.desk, None
        if desk is not None:
            await stores(desk, 99)


async def test_what_is_added_meanwhile_is_in_no_file_that_was_begun_before(desk: Desk) -> None:
    growth = Growth()
    desk = desk.with_list(stores_listing(growth))
    names = await stores(desk, *range(4))
    growth.desk, asked = desk, await desk.ask()
    await desk.make(asked)
    assert await desk.lines(asked) == names
    assert (await desk.find(asked)).rows_total == 4


async def test_control_without_the_snapshot_it_would_be(desk: Desk) -> None:
    growth, listing, found = Growth(), stores_listing(), []
    names = await stores(desk, *range(4))
    growth.desk = desk
    async with desk.rooms.sessions() as session:
        async for rows in reading.read_pages(
            session, listing, listing.select(exports.Filters(), None)
        ):
            found += [row[0] for row in rows]
            await growth(
                session, Making(new_id(), desk.staff.id, desk.staff.roles, desk.rooms.clock), rows
            )
    assert found == [*names, "S-99"]


class Stop:
    """Stops for good after so many pages, as a worker does that is killed."""

    def __init__(self, after: int) -> None:
        self.left, self.reached = after, asyncio.Event()

    async def __call__(self, session: AsyncSession, making: Making, rows: Sequence[Any]) -> None:
        self.left -= 1
        if self.left == 0:
            self.reached.set()
            await asyncio.Event().wait()


async def cut_off(desk: Desk, asked: ExportFacts, reached: asyncio.Event) -> None:
    task = asyncio.create_task(desk.make(asked))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_worker_that_dies_in_the_middle_leaves_no_file_and_the_next_makes_it_whole(
    desk: Desk,
) -> None:
    stop = Stop(after=2)
    desk = desk.with_list(stores_listing(stop))
    names = await stores(desk, *range(5))
    asked = await desk.ask()
    await cut_off(desk, asked, stop.reached)
    assert (await desk.find(asked)).state(desk.rooms.clock.now()) is ExportState.RUNNING
    with pytest.raises(StateConflict):
        await desk.content(asked)
    assert kept(desk) == set()
    await desk.make(asked)
    assert await desk.lines(asked) == names


async def test_a_file_that_was_kept_but_not_yet_told_of_is_made_once_more_in_its_place(
    desk: Desk,
) -> None:
    desk = desk.with_list(stores_listing())
    names = await stores(desk, *range(3))
    asked = await desk.ask()
    stuck = Mortal(desk.rooms.store, "after put")
    await stuck.dies_in(replace(desk, rooms=replace(desk.rooms, store=stuck)).make(asked))
    await desk.make(asked)
    assert await desk.lines(asked) == names
    assert kept(desk) == {Path(asked.key).name}


async def test_a_job_that_is_done_twice_changes_nothing(desk: Desk) -> None:
    desk = desk.with_list(stores_listing())
    names = await stores(desk, 1)
    asked = await desk.ask()
    await desk.make(asked)
    first = await desk.find(asked)
    await stores(desk, 2)
    await desk.make(asked)
    assert (await desk.find(asked), await desk.lines(asked)) == (first, names)


async def test_an_export_whose_job_was_given_up_has_failed_and_may_be_tried_again(
    desk: Desk,
) -> None:
    desk = desk.with_list(stores_listing())
    asked = await desk.ask()
    await set_job(desk, state=JobState.FAILED, ended_at=func.now())
    assert (await desk.find(asked)).state(desk.rooms.clock.now()) is ExportState.FAILED
    await set_job(desk, state=JobState.QUEUED, ended_at=None)
    await work_off(desk.rooms)
    assert (await desk.find(asked)).state(desk.rooms.clock.now()) is ExportState.DONE


async def test_members_are_masked_and_each_can_see_once_who_had_them_in_a_file(
    desk: Desk,
) -> None:
    manager = StaffMember(desk.staff.id, "m", frozenset({Role.PRIVACY_OFFICER}))
    desk = replace(desk, staff=manager)
    members = [await desk.make_things.member(name="王小明", phone="19900001234") for _ in range(3)]
    await desk.make_things.member(categories=(Category.HARDSHIP,))
    asked = await desk.ask("identity.members", category=Category.OUTDOOR)
    # Begun anew after its first end was lost, as after a worker's death.
    await desk.make(asked)
    async with desk.rooms.sessions.begin() as session:
        await session.execute(update(Export).values(ready_at=None, size_bytes=None))
    await desk.make(asked)
    text = (await desk.content(asked)).decode("utf-8-sig")
    assert [line.split(",")[0].strip('"') for line in text.splitlines()[1:]] == [
        member.member_no for member in members
    ]
    assert "outdoor" in text
    assert "王小明" not in text
    assert "19900001234" not in text
    async with desk.rooms.sessions() as session:
        rows = (await session.execute(select(DataAccess.member_id, DataAccess.act))).all()
    assert sorted(rows) == sorted((member.id, "export") for member in members)


async def test_one_account_has_two_under_way_however_many_it_asks_for_at_once(
    desk: Desk,
) -> None:
    desk = desk.with_list(stores_listing())
    outcomes = await asyncio.gather(*(desk.ask() for _ in range(6)), return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, ExportsUnfinished)]
    assert len(outcomes) - len(refused) == MOST_UNFINISHED
    await work_off(desk.rooms)
    await desk.ask()


async def test_control_counting_without_the_lock_lets_more_through(desk: Desk) -> None:
    desk = desk.with_list(stores_listing())
    rooms, both = desk.rooms, asyncio.Barrier(3)

    async def ask_unlocked() -> None:
        async with rooms.sessions.begin() as session:
            under_way = await queries.count_unfinished(session, desk.staff.id)
            await both.wait()
            if under_way < 1:
                await put_export(session, desk)

    await asyncio.gather(*(ask_unlocked() for _ in range(3)))
    async with rooms.sessions() as session:
        assert await queries.count_unfinished(session, desk.staff.id) == 3


async def test_after_seven_days_a_file_is_gone_at_once_and_its_bytes_with_the_next_sweep(
    desk: Desk,
) -> None:
    desk = desk.with_list(stores_listing())
    old = await desk.ask()
    await work_off(desk.rooms)
    await desk.make_things.move_clock(KEPT)
    young = await desk.ask()
    with pytest.raises(ExportGone):
        await desk.find(old)
    assert kept(desk) == {Path(old.key).name}
    await work_off(desk.rooms)
    assert kept(desk) == {Path(young.key).name}
    async with desk.rooms.sessions() as session:
        assert (await session.get_one(Export, old.id)).swept_at is not None
        assert (await session.get_one(Export, young.id)).swept_at is None


async def test_a_sweep_that_dies_between_the_bytes_and_the_row_is_ended_by_the_next(
    desk: Desk,
) -> None:
    desk = desk.with_list(stores_listing())
    asked = await desk.ask()
    await work_off(desk.rooms)
    await desk.make_things.move_clock(KEPT)
    stuck = Mortal(desk.rooms.store, "after delete")
    payload = {"export_ids": [str(asked.id)]}
    await stuck.dies_in(remove(new_id(), payload, sessions=desk.rooms.sessions, store=stuck))
    assert kept(desk) == set()
    assert await swept(desk, asked) is False
    await work_off(desk.rooms)
    assert await swept(desk, asked) is True


async def test_an_export_that_is_gone_is_not_made_any_more(desk: Desk) -> None:
    desk = desk.with_list(stores_listing())
    asked = await desk.ask()
    await desk.make_things.move_clock(KEPT)
    await desk.make(asked)
    assert kept(desk) == set()


async def test_bytes_that_somebody_else_removed_are_gone_and_no_bug(desk: Desk) -> None:
    desk = desk.with_list(stores_listing())
    asked = await desk.ask()
    await desk.make(asked)
    await desk.rooms.store.delete(asked.key)
    with pytest.raises(ExportGone):
        await desk.content(asked)


async def test_a_workbook_can_be_made_as_well(desk: Desk) -> None:
    desk = desk.with_list(stores_listing())
    asked = await desk.ask(form=ExportFormat.XLSX)
    await stores(desk, 1)
    await desk.make(asked)
    assert (await desk.content(asked))[:2] == b"PK"


async def test_somebody_elses_export_is_not_there_but_for_the_administrator(desk: Desk) -> None:
    desk = desk.with_list(stores_listing())
    asked = await desk.ask()
    other = StaffMember(new_id(), "o", frozenset({Role.FINANCE}))
    with pytest.raises(NotFound):
        await replace(desk, staff=other).find(asked)
    administrator = replace(other, roles=frozenset({Role.ADMINISTRATOR}))
    assert await replace(desk, staff=administrator).find(asked) == await desk.find(asked)


def kept(desk: Desk) -> set[str]:
    """The files that are in the store."""
    folder = folder_of(desk)
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def folder_of(desk: Desk) -> Path:
    return Path(unquote(urlsplit(desk.rooms.settings.files_url or "").path)) / "exports"


async def swept(desk: Desk, export: ExportFacts) -> bool:
    async with desk.rooms.sessions() as session:
        return (await session.get_one(Export, export.id)).swept_at is not None


async def set_job(desk: Desk, **values: Any) -> None:
    async with desk.rooms.sessions.begin() as session:
        await session.execute(update(Job).where(Job.kind == "exports.make").values(**values))


async def put_export(session: AsyncSession, desk: Desk) -> None:
    """What `request_export` writes."""
    job_id = await put(session, NewJob("exports.make"))
    now = desk.rooms.clock.now()
    session.add(
        Export(
            id=new_id(),
            staff_id=desk.staff.id,
            roles=sorted(desk.staff.roles),
            job_id=job_id,
            what="test.stores",
            filters={},
            format=ExportFormat.CSV,
            created_at=now,
            expires_at=now + timedelta(days=1),
        )
    )
