"""A voucher that a process met as redeemed: who presents it again waits for nobody, and the books
say every time whether it still is."""

import asyncio
from collections import Counter as Tally
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from app.models import breakfast
from app.models.states import RedemptionInput, VoucherState
from app.packs.breakfast import counter as one_process
from app.packs.breakfast import redeem
from app.packs.breakfast.counter import Redeemed
from app.packs.breakfast.presented import Scan, VoucherFacts
from app.packs.breakfast.redemption_refusals import (
    AlreadyRedeemed,
    RedemptionNoReused,
    StoreSuspended,
    VoucherVoid,
)
from app.packs.breakfast.spent import Spent
from app.packs.breakfast.voucher_records import VoucherRow
from app.platform.errors import Forbidden, InputInvalid
from app.platform.ids import new_id
from app.shared.counter.refusals import PassExpired
from app.shared.identity.callers import Till
from app.shared.limits.guesses import GuessBudget
from app.shared.limits.policies import VOUCHER_CODES
from tests.factories import Factory
from tests.locks import until_waiting
from tests.tills import Counter
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

# As often as a voucher can be reversed and redeemed again, less some.
TURNS = 8
# As a round holds it.
HOLD = text("SELECT id FROM breakfast_voucher WHERE id = :id FOR NO KEY UPDATE")


@pytest.fixture
async def till(counter: Counter) -> Till:
    return await counter.till()


@pytest.fixture
async def spent(counter: Counter, till: Till) -> VoucherRow:
    """A voucher that the process has met as redeemed, under NUMBER-1."""
    voucher = await counter.voucher()
    await counter.redeem(till, "NUMBER-1", voucher.code)
    with pytest.raises(AlreadyRedeemed):
        await counter.redeem(till, "NUMBER-2", voucher.code)
    return voucher


def another_process(counter: Counter) -> one_process.Counter:
    rooms = counter.rooms
    return one_process.Counter(
        rooms.sessions, GuessBudget(rooms.redis, rooms.digester, VOUCHER_CODES)
    )


async def present(
    counter: Counter, process: one_process.Counter, till: Till, number: str, code: str
) -> Redeemed:
    rooms = counter.rooms
    return await redeem.redeem(
        process,
        rooms.scanner,
        rooms.clock,
        till=till,
        actor=till.acting(rooms.digester),
        redemption_no=number,
        text=code,
    )


async def refused_rows(counter: Counter) -> dict[str, int]:
    """How often each number was refused as redeemed."""
    row = breakfast.RefusedRedemption
    async with counter.rooms.sessions() as session:
        rows = await session.execute(
            select(row.redemption_no, row.attempts_count).where(row.code == AlreadyRedeemed.code)
        )
        return dict(map(tuple, rows))


async def test_who_presents_it_again_does_not_wait_for_its_row(
    counter: Counter, till: Till, spent: VoucherRow
) -> None:
    rooms = counter.rooms
    async with rooms.engine.begin() as holder:
        await holder.execute(HOLD, {"id": spent.id})
        async with asyncio.timeout(1):
            with pytest.raises(AlreadyRedeemed) as refused:
                await counter.redeem(till, "NUMBER-3", spent.code)
    assert refused.value.facts["first"]["redeemed_at"].endswith("+08:00")
    assert await refused_rows(counter) == {"NUMBER-2": 1, "NUMBER-3": 1}


async def test_the_control_waits_in_a_process_that_has_not_met_it(
    counter: Counter, till: Till, spent: VoucherRow
) -> None:
    rooms = counter.rooms
    async with rooms.engine.begin() as holder:
        await holder.execute(HOLD, {"id": spent.id})
        waits = asyncio.create_task(
            present(counter, another_process(counter), till, "NUMBER-3", spent.code)
        )
        await until_waiting(rooms.engine)
        assert not waits.done()
    with pytest.raises(AlreadyRedeemed):
        await waits


async def test_a_number_that_is_refused_again_is_counted_in_its_row(
    counter: Counter, till: Till, spent: VoucherRow
) -> None:
    for _ in range(2):
        with pytest.raises(AlreadyRedeemed):
            await counter.redeem(till, "NUMBER-2", spent.code)
    assert await refused_rows(counter) == {"NUMBER-2": 3}


async def test_the_number_that_redeemed_it_gets_its_first_answer(
    counter: Counter, till: Till, spent: VoucherRow
) -> None:
    again = await counter.redeem(till, "NUMBER-1", spent.code)
    assert (again.repeated, again.redemption.voucher_id) == (True, spent.id)


@pytest.mark.parametrize("is_met", [True, False])
async def test_a_number_that_the_database_will_not_hold_fails_no_neighbour(
    counter: Counter, till: Till, spent: VoucherRow, is_met: bool
) -> None:
    one = counter.rooms.counter if is_met else another_process(counter)
    told = await asyncio.gather(
        *(
            present(counter, one, till, number, spent.code)
            for number in ("NUMBER-3", "NUMBER-\0", "NUMBER-4")
        ),
        return_exceptions=True,
    )
    assert [type(each) for each in told] == [AlreadyRedeemed, InputInvalid, AlreadyRedeemed]


async def test_a_pass_is_met_like_a_code_and_its_time_is_looked_at_first(
    counter: Counter, till: Till, make: Factory
) -> None:
    member = await make.member()
    voucher = await counter.voucher(member=member)
    shown = await counter.show_pass(member, voucher.id)
    await counter.redeem(till, "NUMBER-1", shown.text)
    with pytest.raises(AlreadyRedeemed):
        await counter.redeem(till, "NUMBER-2", shown.text)
    async with counter.rooms.engine.begin() as holder:
        await holder.execute(HOLD, {"id": voucher.id})
        async with asyncio.timeout(1):
            with pytest.raises(AlreadyRedeemed):
                await counter.redeem(till, "NUMBER-3", shown.text)
    assert await refused_rows(counter) == {"NUMBER-2": 1, "NUMBER-3": 1}
    await make.move_clock(timedelta(hours=1))
    with pytest.raises(PassExpired):
        await counter.redeem(till, "NUMBER-4", shown.text)


async def test_other_reasons_keep_their_order(
    counter: Counter, till: Till, spent: VoucherRow
) -> None:
    other = await counter.voucher()
    await counter.redeem(till, "NUMBER-9", other.code)
    with pytest.raises(RedemptionNoReused):
        await counter.redeem(till, "NUMBER-9", spent.code)
    # A chain's system that names a store of another chain.
    chain = await counter.merchant_system(await counter.merchant("别家"))
    await counter.make.store(store_no="S-7")
    with pytest.raises(Forbidden):
        await counter.redeem(chain, "NUMBER-4", spent.code, store_no="S-7")
    await counter.suspend(till)
    with pytest.raises(StoreSuspended):
        await counter.redeem(till, "NUMBER-5", spent.code)


async def test_what_was_reversed_is_redeemed_again(
    counter: Counter, till: Till, spent: VoucherRow
) -> None:
    await counter.reverse(till, "NUMBER-1")
    redeemed = await counter.redeem(till, "NUMBER-2", spent.code)
    assert not redeemed.repeated
    with pytest.raises(AlreadyRedeemed):
        await counter.redeem(till, "NUMBER-3", spent.code)
    assert [act for act, *_ in await counter.history(spent.id)] == ["redeem", "reverse", "redeem"]
    await assert_books_are_right(counter.rooms)


async def test_what_was_reversed_and_made_void_is_void(
    counter: Counter, till: Till, spent: VoucherRow
) -> None:
    await counter.reverse(till, "NUMBER-1")
    await counter.void(spent.id)
    with pytest.raises(VoucherVoid):
        await counter.redeem(till, "NUMBER-3", spent.code)


async def test_presented_while_it_is_reversed_it_is_redeemed_and_reversed_in_turn(
    counter: Counter, till: Till, spent: VoucherRow
) -> None:
    live = "NUMBER-1"
    for turn in range(TURNS):
        _, *told = await asyncio.gather(
            counter.reverse(till, live),
            *(counter.redeem(till, f"TURN-{turn}-{place}", spent.code) for place in range(6)),
            return_exceptions=True,
        )
        won = [each for each in told if isinstance(each, Redeemed)]
        lost = [each for each in told if isinstance(each, AlreadyRedeemed)]
        assert (len(won) <= 1, len(won) + len(lost)) == (True, 6)
        [redeemed] = won or [await counter.redeem(till, f"TURN-{turn}-LAST", spent.code)]
        live = redeemed.redemption.redemption_no
    # A presentation's instant is its arrival, so one that came in time may be told of earlier.
    moves = Tally(act for act, *_ in await counter.history(spent.id))
    assert moves == {"redeem": TURNS + 1, "reverse": TURNS}
    assert await counter.redemptions() == TURNS + 1
    await assert_books_are_right(counter.rooms)


def test_whoever_was_met_longest_ago_makes_room() -> None:
    at = datetime(2024, 1, 30, 8, tzinfo=UTC)
    facts = VoucherFacts(new_id(), new_id(), new_id(), VoucherState.REDEEMED, 500, at, at, at)
    remembered = Spent(most=2)
    scans = [Scan(RedemptionInput.CODE, code_digests=(name,)) for name in (b"a", b"b", b"c")]
    for scan in (scans[0], scans[1], scans[0], scans[2]):
        remembered.note(scan, facts)
    assert [remembered.of(scan) is not None for scan in scans] == [True, False, True]
    remembered.forget(scans[0])
    assert remembered.of(scans[0]) is None
