"""Undoing a redemption: by the store within a day, by staff after that."""

from datetime import timedelta

import pytest

from app.models.states import RedemptionState, VoucherState
from app.packs.breakfast.redemption_refusals import (
    AlreadyRedeemed,
    AlreadyReversed,
    RedemptionUnknown,
    ReversalWindowOver,
    TooManyReversals,
    VoucherExpired,
)
from app.platform.errors import NotFound, StateConflict
from app.platform.ids import new_id
from tests.factories import Factory
from tests.tills import Counter
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

HOURS = timedelta(hours=1)


async def test_a_reversed_voucher_can_be_redeemed_again(counter: Counter, make: Factory) -> None:
    member, till = await make.member(), await counter.till()
    voucher = await counter.voucher(member=member)
    await counter.redeem(till, "NUMBER-1", voucher.code)
    undone = await counter.reverse(till, "NUMBER-1")
    assert undone.state is RedemptionState.REVERSED
    assert undone.reversal_reason == "扫错了"
    assert await counter.state(member, voucher.id) is VoucherState.ISSUED
    again = await counter.redeem(await counter.till(), "NUMBER-2", voucher.code)
    assert not again.repeated
    assert await counter.history(voucher.id) == [
        ("redeem", "issued", "redeemed", None),
        ("reverse", "redeemed", "issued", "扫错了"),
        ("redeem", "issued", "redeemed", None),
    ]
    await assert_books_are_right(counter.rooms)


async def test_the_reversed_number_sent_again_redeems_nothing(
    counter: Counter, make: Factory
) -> None:
    member, till = await make.member(), await counter.till()
    voucher = await counter.voucher(member=member)
    await counter.redeem(till, "NUMBER-1", voucher.code)
    undone = await counter.reverse(till, "NUMBER-1")
    again = await counter.redeem(till, "NUMBER-1", voucher.code)
    assert again.repeated
    assert again.redemption == undone
    assert await counter.find(till, "NUMBER-1") == undone
    assert await counter.state(member, voucher.id) is VoucherState.ISSUED


async def test_a_voucher_reversed_after_its_time_is_expired(
    counter: Counter, make: Factory
) -> None:
    till, voucher = await counter.till(), await counter.voucher(valid_days=1)
    redeemed = await counter.redeem(till, "NUMBER-1", voucher.code)
    await make.move_clock(timedelta(days=3))
    await counter.reverse_by_staff(redeemed.redemption.id)
    with pytest.raises(VoucherExpired):
        await counter.redeem(till, "NUMBER-2", voucher.code)


async def test_a_redemption_is_reversed_once(counter: Counter) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    redeemed = await counter.redeem(till, "NUMBER-1", voucher.code)
    await counter.reverse(till, "NUMBER-1")
    with pytest.raises(AlreadyReversed):
        await counter.reverse(till, "NUMBER-1")
    with pytest.raises(StateConflict):
        await counter.reverse_by_staff(redeemed.redemption.id)
    await assert_books_are_right(counter.rooms)


async def test_reversing_an_old_redemption_leaves_the_one_after_it_alone(
    counter: Counter, make: Factory
) -> None:
    member, till = await make.member(), await counter.till()
    voucher = await counter.voucher(member=member)
    await counter.redeem(till, "NUMBER-1", voucher.code)
    await counter.reverse(till, "NUMBER-1")
    await counter.redeem(till, "NUMBER-2", voucher.code)
    with pytest.raises(AlreadyReversed):
        await counter.reverse(till, "NUMBER-1")
    assert await counter.state(member, voucher.id) is VoucherState.REDEEMED
    with pytest.raises(AlreadyRedeemed):
        await counter.redeem(till, "NUMBER-3", voucher.code)


async def test_another_store_cannot_reverse_and_an_unknown_number_is_unknown(
    counter: Counter,
) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    await counter.redeem(till, "NUMBER-1", voucher.code)
    with pytest.raises(RedemptionUnknown):
        await counter.reverse(await counter.till(), "NUMBER-1")
    with pytest.raises(RedemptionUnknown):
        await counter.reverse(till, "NUMBER-2")


async def test_another_till_of_the_same_store_may_reverse(counter: Counter) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    await counter.redeem(till, "NUMBER-1", voucher.code)
    undone = await counter.reverse(await counter.till(till.store_id), "NUMBER-1")
    assert undone.state is RedemptionState.REVERSED


async def test_after_a_day_the_store_may_not_and_staff_may(counter: Counter, make: Factory) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    redeemed = await counter.redeem(till, "NUMBER-1", voucher.code)
    await make.move_clock(24 * HOURS)
    with pytest.raises(ReversalWindowOver):
        await counter.reverse(till, "NUMBER-1")
    reversal = await counter.reverse_by_staff(redeemed.redemption.id)
    assert reversal.redemption.state is RedemptionState.REVERSED
    with pytest.raises(NotFound):
        await counter.reverse_by_staff(new_id())


async def test_the_eleventh_reversal_of_a_voucher_is_for_staff(counter: Counter) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    for number in range(10):
        await counter.redeem(till, f"NUMBER-{number}", voucher.code)
        await counter.reverse(till, f"NUMBER-{number}")
    eleventh = await counter.redeem(till, "NUMBER-10", voucher.code)
    with pytest.raises(TooManyReversals):
        await counter.reverse(till, "NUMBER-10")
    reversal = await counter.reverse_by_staff(eleventh.redemption.id)
    assert reversal.reversals_count == 11
    await assert_books_are_right(counter.rooms)


async def test_staff_see_the_third_reversal_flagged(counter: Counter) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    flags = []
    for number in range(4):
        redeemed = await counter.redeem(till, f"NUMBER-{number}", voucher.code)
        flags.append((await counter.reverse_by_staff(redeemed.redemption.id)).flagged)
    assert flags == [False, False, True, True]
