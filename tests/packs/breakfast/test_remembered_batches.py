"""A press is judged by the batch that the process remembers: of one that was started staff change
nothing by which anybody is granted, and whether it is open the books say in each flush."""

from datetime import timedelta

import pytest

from app.models.states import PoolState
from app.packs.breakfast import batches, catalogue
from app.packs.breakfast.queries import BatchFacts
from app.packs.breakfast.refusals import BatchEnded, BatchPaused
from app.platform.errors import NotFound
from app.platform.ids import new_id
from tests.factories import Factory
from tests.tills import Counter

pytestmark = pytest.mark.anyio

A_MINUTE_S = 60.0
BATCHES_READ = "FROM breakfast_batch"


@pytest.fixture(autouse=True)
def remembers_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "RECENT_S", A_MINUTE_S)


@pytest.fixture
async def batch(make: Factory) -> BatchFacts:
    return await make.batch()


async def test_it_is_read_once_and_not_by_each_press(counter: Counter, batch: BatchFacts) -> None:
    async with counter.statements() as sent:
        await counter.voucher(batch=batch)
        assert sum(BATCHES_READ in each for each in sent) == 1
        await counter.voucher(batch=batch)
    assert sum(BATCHES_READ in each for each in sent) == 1


async def test_another_batch_that_is_read_meanwhile_takes_no_place(
    counter: Counter, make: Factory, batch: BatchFacts
) -> None:
    other = await make.batch()
    await counter.voucher(batch=batch)
    await counter.voucher(batch=other)
    async with counter.statements() as sent:
        await counter.voucher(batch=batch)
    assert not [each for each in sent if BATCHES_READ in each]


async def test_one_that_is_paused_issues_nothing_from_that_moment(
    counter: Counter, make: Factory, batch: BatchFacts
) -> None:
    await counter.voucher(batch=batch)
    await make.move(batch.id, "pause")
    with pytest.raises(BatchPaused):
        await counter.voucher(batch=batch)
    await make.move(batch.id, "resume")
    await counter.voucher(batch=batch)
    await make.move(batch.id, "end")
    with pytest.raises(BatchEnded):
        await counter.voucher(batch=batch)


async def test_one_that_is_closed_earlier_issues_nothing_from_that_moment(
    counter: Counter, make: Factory, batch: BatchFacts
) -> None:
    await counter.voucher(batch=batch)
    rooms = make.rooms
    await batches.change_batch(
        rooms.sessions,
        rooms.clock,
        rooms.stock,
        actor=make.actor,
        batch_id=batch.id,
        version=batch.version,
        changes={"closes_at": rooms.clock.now() - timedelta(seconds=1)},
    )
    with pytest.raises(BatchEnded):
        await counter.voucher(batch=batch)


async def test_a_draft_is_read_by_each_press(counter: Counter, make: Factory) -> None:
    draft = await make.batch(started=False)
    for _ in range(2):
        async with counter.statements() as sent:
            with pytest.raises(NotFound):
                await counter.voucher(batch=draft)
        assert sum(BATCHES_READ in each for each in sent) == 1
    await make.move(draft.id, "start")
    await counter.voucher(batch=draft)
    found = make.rooms.catalogue.started(draft.id)
    assert found is not None
    assert found.pool.state is PoolState.RUNNING


async def test_what_nobody_has_takes_no_place(make: Factory) -> None:
    with pytest.raises(NotFound):
        await make.rooms.catalogue.find(new_id())
    assert not make.rooms.catalogue._seen


async def test_after_its_time_it_is_read_again_and_takes_no_place(
    make: Factory, batch: BatchFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, other = make.rooms.catalogue, await make.batch()
    await known.find(batch.id)
    assert known.started(batch.id) is not None
    monkeypatch.setattr(catalogue, "RECENT_S", -1.0)
    assert known.started(batch.id) is None
    await known.find(other.id)
    assert set(known._seen) == {other.id}
