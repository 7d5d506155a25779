"""Pictures are kept once, shown to their owner, attached once, and gone without a trace:
whoever dies in between, the next ends it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.files import File
from app.models.outbox import Job
from app.platform.errors import NotFound, StateConflict
from app.platform.ids import new_id
from app.routers.rooms import Rooms
from app.shared import files
from app.shared.files import queries
from app.shared.files.jobs import UNATTACHED_KEPT, remove_bytes
from app.shared.idempotency import (
    AlreadyAnswered,
    IdempotencyKeyInProgress,
    IdempotencyKeyReused,
)
from app.shared.personal_data import Outcome
from tests.factories import Factory
from tests.shared.exports.desk import work_off
from tests.shared.files.album import Album
from tests.shared.files.mortal import Mortal
from tests.shared.files.samples import encoded
from tests.shared.personal_data.erased import Registry

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


@pytest.fixture
async def album(rooms: Rooms, make: Factory) -> Album:
    album = Album(rooms, await make.member())
    album.clear()
    return album


async def test_a_picture_is_kept_under_its_id_and_found_by_its_owner_alone(
    album: Album, make: Factory
) -> None:
    kept = await album.keep()
    assert await album.find(kept.id) == kept
    assert album.bytes_kept() == {str(kept.id)}
    stranger = replace(album, member=await make.member())
    for file_id in (kept.id, new_id()):
        with pytest.raises(NotFound):
            await stranger.find(file_id)


async def test_the_same_press_again_is_the_same_picture(album: Album) -> None:
    kept = await album.keep()
    with pytest.raises(AlreadyAnswered):
        await album.keep()
    with pytest.raises(IdempotencyKeyReused):
        await album.keep(content=encoded("PNG"))
    another = await album.keep("press-2")
    assert await album.rows() == {kept.id, another.id}


async def test_one_press_sent_many_times_at_once_is_one_picture(album: Album) -> None:
    outcomes = await asyncio.gather(*(album.keep() for _ in range(6)), return_exceptions=True)
    assert {type(each) for each in outcomes} <= {
        queries.FileFacts,
        AlreadyAnswered,
        IdempotencyKeyInProgress,
    }
    assert len(await album.rows()) == len(album.bytes_kept()) == 1


@pytest.mark.parametrize("dies", ["before put", "after put"])
async def test_a_process_that_dies_while_it_keeps_one_is_made_good_by_the_same_press(
    album: Album, dies: str
) -> None:
    store = Mortal(album.rooms.store, dies)
    await store.dies_in(album.over(store).keep())
    [begun] = await album.rows()
    with pytest.raises(NotFound):
        await album.find(begun)
    kept = await album.keep()
    assert kept.id == begun
    assert album.bytes_kept() == {str(begun)}


@pytest.mark.parametrize("dies", ["before put", "after put"])
async def test_what_nobody_pressed_again_is_swept_with_its_bytes(
    album: Album, make: Factory, dies: str
) -> None:
    store = Mortal(album.rooms.store, dies)
    await store.dies_in(album.over(store).keep())
    await make.move_clock(UNATTACHED_KEPT + SECOND)
    await work_off(album.rooms)
    assert (await album.rows(), album.bytes_kept()) == (set(), set())


async def test_what_nothing_has_attached_for_a_day_goes_and_the_rest_stays(
    album: Album, make: Factory
) -> None:
    shown, forgotten = await album.keep("press-1"), await album.keep("press-2")
    await album.attach(shown.id)
    await make.move_clock(UNATTACHED_KEPT - 60 * SECOND)
    young = await album.keep("press-3")
    await work_off(album.rooms)
    assert await album.rows() == {shown.id, forgotten.id, young.id}
    await make.move_clock(61 * SECOND + timedelta(hours=1))
    await work_off(album.rooms)
    assert await album.rows() == {shown.id, young.id}
    assert album.bytes_kept() == {str(shown.id), str(young.id)}


async def test_a_picture_is_attached_once_by_its_owner_when_it_is_there(
    album: Album, make: Factory
) -> None:
    kept = await album.keep()
    stranger = replace(album, member=await make.member())
    for who, file_id in ((stranger, kept.id), (album, new_id())):
        with pytest.raises(NotFound):
            await who.attach(file_id)
    outcomes = await asyncio.gather(
        *(album.attach(kept.id) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["FileFacts"] + 3 * ["StateConflict"]
    with pytest.raises(StateConflict):
        await album.attach(kept.id)


async def test_an_attachment_whose_transaction_is_undone_did_not_happen(album: Album) -> None:
    kept = await album.keep()
    async with album.rooms.sessions() as session:
        await files.attach(session, kept.id, member_id=album.member.id)
    await album.attach(kept.id)


async def test_what_is_removed_is_shown_to_nobody_at_once_and_then_gone(album: Album) -> None:
    kept, other = await album.keep("press-1"), await album.keep("press-2")
    await album.attach(kept.id)
    await album.remove(kept.id, new_id())
    with pytest.raises(NotFound):
        await album.find(kept.id)
    with pytest.raises(NotFound):
        await album.attach(kept.id)
    await work_off(album.rooms)
    assert await album.rows() == {other.id}
    assert album.bytes_kept() == {str(other.id)}


@pytest.mark.parametrize("dies", ["before delete", "after delete"])
async def test_a_worker_that_dies_between_the_bytes_and_the_row_is_ended_by_the_next(
    album: Album, dies: str
) -> None:
    first, second = await album.keep("press-1"), await album.keep("press-2")
    await album.remove(first.id, second.id)
    store = Mortal(album.rooms.store, dies)
    ids = {"file_ids": [str(first.id), str(second.id)]}
    await store.dies_in(remove_bytes(new_id(), ids, sessions=album.rooms.sessions, store=store))
    assert await album.rows() == {first.id, second.id}
    await work_off(album.rooms)
    assert (await album.rows(), album.bytes_kept()) == (set(), set())


async def test_what_no_job_knows_of_any_more_is_ended_by_the_sweep(
    album: Album, make: Factory
) -> None:
    kept = await album.keep()
    await album.attach(kept.id)
    await album.remove(kept.id)
    async with album.rooms.sessions.begin() as session:
        # Given up, and swept since.
        await session.execute(delete(Job))
    await make.move_clock(UNATTACHED_KEPT + SECOND)
    await work_off(album.rooms)
    assert (await album.rows(), album.bytes_kept()) == (set(), set())


class Race:
    """A picture a day old: its owner attaches it in the same instant in which it is swept."""

    def __init__(self, album: Album, kept: UUID) -> None:
        self.album, self.kept = album, kept
        self.looked, self.attached = asyncio.Event(), asyncio.Event()

    async def attach_late(self) -> None:
        """Attached, and committed only when the sweep has looked."""
        async with self.album.rooms.sessions.begin() as session:
            await files.attach(session, self.kept, member_id=self.album.member.id)
            self.attached.set()
            await self.looked.wait()

    async def sweep(self) -> list[UUID]:
        await self.attached.wait()
        async with self.album.rooms.sessions.begin() as session:
            try:
                return await queries.mark_stale(session, after=UNATTACHED_KEPT, most=10)
            finally:
                self.looked.set()

    async def sweep_unguarded(self) -> list[UUID]:
        """Looks, and then acts on what it saw."""
        await self.attached.wait()
        async with self.album.rooms.sessions.begin() as session:
            stale = list(await session.scalars(select(File.id).where(File.attached_at.is_(None))))
            self.looked.set()
            await session.execute(
                update(File).where(File.id.in_(stale)).values(removing_at=func.campaign_now())
            )
        return stale


async def _day_old(album: Album, make: Factory) -> Race:
    kept = await album.keep()
    await make.move_clock(UNATTACHED_KEPT + SECOND)
    return Race(album, kept.id)


async def test_a_picture_that_is_attached_just_as_it_would_be_swept_stays(
    album: Album, make: Factory
) -> None:
    race = await _day_old(album, make)
    _, swept = await asyncio.gather(race.attach_late(), race.sweep())
    assert swept == []
    assert (await album.find(race.kept)).id == race.kept


async def test_control_a_sweep_that_looks_and_then_acts_takes_it(
    album: Album, make: Factory
) -> None:
    race = await _day_old(album, make)
    _, swept = await asyncio.gather(race.attach_late(), race.sweep_unguarded())
    assert swept == [race.kept]
    with pytest.raises(NotFound):
        await album.find(race.kept)


async def test_a_picture_that_was_swept_first_cannot_be_attached(
    album: Album, make: Factory
) -> None:
    race = await _day_old(album, make)
    async with album.rooms.sessions.begin() as sweeping:
        assert await queries.mark_stale(sweeping, after=UNATTACHED_KEPT, most=10) == [race.kept]
        late = asyncio.create_task(album.attach(race.kept))
        await _until_it_waits(album, sweeping)
    with pytest.raises(NotFound):
        await late


async def _until_it_waits(album: Album, sweeping: AsyncSession) -> None:
    """Until somebody waits for a lock that this transaction holds."""
    pid = await sweeping.scalar(text("SELECT pg_backend_pid()"))
    waits = text(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE :pid = ANY(pg_blocking_pids(pid)))"
    )
    async with asyncio.timeout(60):
        while True:
            async with album.rooms.sessions() as looking:
                if await looking.scalar(waits, {"pid": pid}):
                    return
            await asyncio.sleep(0.02)


async def test_an_erasure_takes_a_members_pictures_and_nobody_elses(
    album: Album, make: Factory
) -> None:
    registry = Registry(album.rooms)
    other = replace(album, member=await make.member())
    kept, theirs, shown = await album.keep(), await other.keep(), await album.keep("press-2")
    await album.attach(shown.id)
    report = await registry.erase(album.member)
    (line,) = [line for line in report.lines if line.kind == "pictures"]
    assert (line.outcome, line.count) == (Outcome.ERASED, 2)
    for file_id in (kept.id, shown.id):
        with pytest.raises(NotFound):
            await album.find(file_id)
    await work_off(album.rooms)
    assert album.bytes_kept() == {str(theirs.id)}
    assert await album.rows() == {theirs.id}
