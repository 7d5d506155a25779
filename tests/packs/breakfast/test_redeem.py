"""At the till: what is redeemed, what is refused, and that a refusal changes nothing.

The situations are those that pretix documents for its check-in, in our words.
"""

from datetime import datetime, timedelta

import pytest

from app.models.states import District, RedemptionInput, RedemptionState, VoucherState
from app.packs.breakfast.counter import Redeemed
from app.packs.breakfast.redeem import list_redemptions
from app.packs.breakfast.redemption_refusals import (
    AlreadyRedeemed,
    OutsideHours,
    RedemptionNoReused,
    RedemptionUnknown,
    StoreNotInBatch,
    StoreSuspended,
    VoucherExpired,
    VoucherNotYetValid,
    VoucherVoid,
)
from app.packs.breakfast.upload import OfflineScan, upload
from app.packs.breakfast.vouchers import void_voucher
from app.platform.clock import shanghai_day
from app.platform.errors import Forbidden, InputInvalid
from app.platform.pages import PageRequest
from app.shared.counter.refusals import CodeMalformed, CodeUnknown, PassExpired
from tests.factories import Factory
from tests.tills import Counter
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

UNKNOWN_CODE = "0000-0000-0000-016J-D"
SECONDS, MINUTES, DAYS = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


async def test_a_typed_code_redeems_the_voucher(counter: Counter, make: Factory) -> None:
    member, till = await make.member(), await counter.till()
    voucher = await counter.voucher(member=member)
    redeemed = await counter.redeem(till, "NUMBER-1", voucher.code.lower().replace("-", " "))
    assert not redeemed.repeated
    redemption = redeemed.redemption
    assert redemption.voucher_id == voucher.id
    assert redemption.face_value_fen == voucher.face_value_fen
    assert redemption.input is RedemptionInput.CODE
    assert redemption.state is RedemptionState.REDEEMED
    assert await counter.state(member, voucher.id) is VoucherState.REDEEMED
    assert await counter.history(voucher.id) == [("redeem", "issued", "redeemed", None)]
    await assert_books_are_right(counter.rooms)


async def test_a_scanned_pass_redeems_the_voucher(counter: Counter, make: Factory) -> None:
    member, till = await make.member(), await counter.till()
    voucher = await counter.voucher(member=member)
    shown = await counter.show_pass(member, voucher.id)
    redeemed = await counter.redeem(till, "NUMBER-1", f"{shown.text}\r\n")
    assert redeemed.redemption.input is RedemptionInput.PASS
    assert await counter.state(member, voucher.id) is VoucherState.REDEEMED


async def test_the_same_number_again_gets_the_first_answer(counter: Counter) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    first = await counter.redeem(till, "NUMBER-1", voucher.code)
    again = await counter.redeem(till, "NUMBER-1", voucher.code)
    assert again.repeated
    assert again.redemption == first.redemption
    assert await counter.redemptions() == 1


async def test_a_retry_by_code_of_what_was_scanned_gets_the_first_answer(
    counter: Counter, make: Factory
) -> None:
    member, till = await make.member(), await counter.till()
    voucher = await counter.voucher(member=member)
    shown = await counter.show_pass(member, voucher.id)
    first = await counter.redeem(till, "NUMBER-1", shown.text)
    again = await counter.redeem(till, "NUMBER-1", voucher.code)
    assert again.redemption == first.redemption


async def test_a_retry_gets_the_first_answer_whatever_changed_since(
    counter: Counter, make: Factory
) -> None:
    member, till = await make.member(), await counter.till()
    voucher = await counter.voucher(member=member, valid_days=1)
    shown = await counter.show_pass(member, voucher.id)
    first = await counter.redeem(till, "NUMBER-1", shown.text)
    await make.move_clock(2 * DAYS)
    await counter.suspend(till)
    again = await counter.redeem(till, "NUMBER-1", shown.text)
    assert again.redemption == first.redemption


async def test_a_number_that_redeemed_one_voucher_does_not_redeem_another(
    counter: Counter,
) -> None:
    till, one, other = await counter.till(), await counter.voucher(), await counter.voucher()
    await counter.redeem(till, "NUMBER-1", one.code)
    for text in (other.code, UNKNOWN_CODE, "no code at all", "no.pass.either"):
        with pytest.raises(RedemptionNoReused):
            await counter.redeem(till, "NUMBER-1", text)
    assert await counter.redemptions() == 1


async def test_two_stores_may_use_the_same_number(counter: Counter) -> None:
    one, other = await counter.voucher(), await counter.voucher()
    await counter.redeem(await counter.till(), "NUMBER-1", one.code)
    redeemed = await counter.redeem(await counter.till(), "NUMBER-1", other.code)
    assert not redeemed.repeated


async def test_two_tills_of_a_store_share_their_numbers(counter: Counter) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    first = await counter.redeem(till, "NUMBER-1", voucher.code)
    again = await counter.redeem(await counter.till(till.store_id), "NUMBER-1", voucher.code)
    assert again.redemption == first.redemption


async def test_a_refused_number_is_not_used_up(counter: Counter) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    with pytest.raises(CodeUnknown):
        await counter.redeem(till, "NUMBER-1", UNKNOWN_CODE)
    assert not (await counter.redeem(till, "NUMBER-1", voucher.code)).repeated


async def test_a_scan_that_the_database_will_not_hold_fails_no_other_of_its_upload(
    counter: Counter,
) -> None:
    till, rooms, now = await counter.till(), counter.rooms, counter.rooms.clock.now()
    codes = [(await counter.voucher()).code for _ in range(3)]
    numbers = ("NUMBER-1", "NUMBER-\0", "NUMBER-3")
    outcomes = await upload(
        rooms.counter,
        rooms.scanner,
        rooms.clock,
        till=till,
        actor=till.acting(rooms.digester),
        sent_at=now,
        scans=[OfflineScan(*each, now) for each in zip(numbers, codes, strict=True)],
    )
    assert [type(each) for each in outcomes] == [Redeemed, InputInvalid, Redeemed]
    assert await counter.redemptions() == 2
    await assert_books_are_right(rooms)


async def test_a_mistyped_code_is_malformed_and_a_wrong_one_unknown(counter: Counter) -> None:
    till = await counter.till()
    with pytest.raises(CodeMalformed):
        await counter.redeem(till, "NUMBER-1", UNKNOWN_CODE.replace("D", "E"))
    with pytest.raises(CodeUnknown):
        await counter.redeem(till, "NUMBER-1", UNKNOWN_CODE)
    with pytest.raises(CodeUnknown):
        await counter.redeem(till, "NUMBER-1", "not.our.pass")


async def test_a_second_number_hears_where_the_first_redeemed(counter: Counter) -> None:
    voucher = await counter.voucher()
    first = await counter.redeem(await counter.till(name="第一家"), "NUMBER-1", voucher.code)
    with pytest.raises(AlreadyRedeemed) as refused:
        await counter.redeem(await counter.till(), "NUMBER-2", voucher.code)
    told = refused.value.facts["first"]
    assert told["store_name"] == "第一家"
    assert told["redeemed_at"].endswith("+08:00")
    assert datetime.fromisoformat(told["redeemed_at"]) == first.redemption.redeemed_at
    assert await counter.redemptions() == 1


async def test_a_void_voucher_is_refused_as_void(counter: Counter, make: Factory) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    rooms = counter.rooms
    await void_voucher(
        rooms.sessions,
        rooms.clock,
        rooms.stock,
        make.once,
        actor=make.actor,
        voucher_id=voucher.id,
        reason="重复",
    )
    with pytest.raises(VoucherVoid):
        await counter.redeem(till, "NUMBER-1", voucher.code)


async def test_a_voucher_past_its_last_day_is_expired(counter: Counter, make: Factory) -> None:
    till, voucher = await counter.till(), await counter.voucher(valid_days=1)
    await make.move_clock(1 * DAYS)
    with pytest.raises(VoucherExpired):
        await counter.redeem(till, "NUMBER-1", voucher.code)


async def test_a_voucher_before_its_first_day_is_not_yet_valid(
    counter: Counter, make: Factory
) -> None:
    begins = counter.rooms.clock.now() + 2 * DAYS
    till, voucher = await counter.till(), await counter.voucher(valid_from=begins)
    with pytest.raises(VoucherNotYetValid):
        await counter.redeem(till, "NUMBER-1", voucher.code)
    await make.move_clock(2 * DAYS)
    await counter.redeem(till, "NUMBER-1", voucher.code)


async def test_issued_vouchers_of_a_paused_and_of_an_ended_batch_are_redeemed(
    counter: Counter, make: Factory
) -> None:
    till, batch = await counter.till(), await make.batch()
    one, other = await counter.voucher(batch=batch), await counter.voucher(batch=batch)
    await make.move(batch.id, "pause")
    await counter.redeem(till, "NUMBER-1", one.code)
    await make.move(batch.id, "end")
    await counter.redeem(till, "NUMBER-2", other.code)


@pytest.mark.parametrize(
    ("districts", "named", "serves"),
    [
        (None, None, True),
        ([District.LAOSHAN, District.SHINAN], None, True),
        ([District.LAOSHAN], None, False),
        (None, ["HERE"], True),
        (None, ["ELSEWHERE"], False),
        ([District.LAOSHAN], ["HERE"], True),
        ([District.SHINAN], ["ELSEWHERE"], True),
        ([], None, False),
    ],
)
async def test_a_batch_names_districts_and_stores_and_serves_in_either(
    counter: Counter,
    make: Factory,
    districts: list[District] | None,
    named: list[str] | None,
    serves: bool,
) -> None:
    await make.store(store_no="ELSEWHERE")
    till = await counter.till(store_no="HERE", district=District.SHINAN)
    voucher = await counter.voucher(store_districts=districts, store_nos=named)
    if serves:
        await counter.redeem(till, "NUMBER-1", voucher.code)
    else:
        with pytest.raises(StoreNotInBatch):
            await counter.redeem(till, "NUMBER-1", voucher.code)


async def test_a_store_redeems_within_its_hours_only(counter: Counter, make: Factory) -> None:
    now = counter.rooms.clock.now()
    minute = (now.hour * 60 + now.minute + 8 * 60) % 1440
    voucher = await counter.voucher()
    shut = await counter.till(opens=(minute + 60) % 1440, closes=(minute + 60) % 1440 + 1_200)
    with pytest.raises(OutsideHours):
        await counter.redeem(shut, "NUMBER-1", voucher.code)
    opened = await counter.till(opens=(minute - 60) % 1440, closes=(minute - 60) % 1440 + 120)
    await counter.redeem(opened, "NUMBER-1", voucher.code)


async def test_a_suspended_store_redeems_nothing(counter: Counter) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    await counter.suspend(till)
    for text in (voucher.code, UNKNOWN_CODE, "no code at all"):
        with pytest.raises(StoreSuspended):
            await counter.redeem(till, "NUMBER-1", text)
    assert await counter.redemptions() == 0


async def test_a_pass_shown_again_after_a_minute_is_expired(
    counter: Counter, make: Factory
) -> None:
    member, till = await make.member(), await counter.till()
    voucher = await counter.voucher(member=member)
    old = await counter.show_pass(member, voucher.id)
    await make.move_clock(61 * SECONDS)
    with pytest.raises(PassExpired):
        await counter.redeem(till, "NUMBER-1", old.text)
    renewed = await counter.show_pass(member, voucher.id)
    await counter.redeem(till, "NUMBER-1", renewed.text)


async def test_a_retried_call_is_not_refused_for_the_age_of_its_pass(
    counter: Counter, make: Factory
) -> None:
    member, till = await make.member(), await counter.till()
    voucher = await counter.voucher(member=member)
    shown = await counter.show_pass(member, voucher.id)
    scanned_at = counter.rooms.clock.now()
    await make.move_clock(9 * MINUTES)
    redeemed = await counter.redeem(till, "NUMBER-1", shown.text, device_time=scanned_at)
    assert redeemed.redemption.redeemed_at == scanned_at


async def test_a_device_time_of_long_ago_does_not_make_an_old_pass_good(
    counter: Counter, make: Factory
) -> None:
    member, till = await make.member(), await counter.till()
    voucher = await counter.voucher(member=member)
    shown = await counter.show_pass(member, voucher.id)
    scanned_at = counter.rooms.clock.now()
    await make.move_clock(11 * MINUTES)
    with pytest.raises(PassExpired):
        await counter.redeem(till, "NUMBER-1", shown.text, device_time=scanned_at)


async def test_a_till_whose_clock_is_ahead_redeems_now(counter: Counter) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    ahead = counter.rooms.clock.now() + 5 * MINUTES
    redeemed = await counter.redeem(till, "NUMBER-1", voucher.code, device_time=ahead)
    assert redeemed.redemption.redeemed_at < ahead


async def test_looking_up_tells_what_to_hand_out_and_changes_nothing(
    counter: Counter, make: Factory
) -> None:
    member, till = await make.member(name="欧阳小明"), await counter.till()
    voucher = await counter.voucher(member=member, name="豆浆油条套餐")
    handout = await counter.look_up(till, voucher.code)
    assert handout.voucher.id == voucher.id
    assert handout.text == "豆浆油条套餐"
    assert handout.holder_first_name == "小明"
    assert handout.state is VoucherState.ISSUED
    assert await counter.state(member, voucher.id) is VoucherState.ISSUED
    assert await counter.history(voucher.id) == []
    assert await counter.redemptions() == 0


async def test_looking_up_is_refused_as_redeeming_would_be(counter: Counter) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    with pytest.raises(CodeMalformed):
        await counter.look_up(till, "no code at all")
    with pytest.raises(CodeUnknown):
        await counter.look_up(till, UNKNOWN_CODE)
    await counter.redeem(till, "NUMBER-1", voucher.code)
    with pytest.raises(AlreadyRedeemed):
        await counter.look_up(till, voucher.code)
    await counter.suspend(till)
    with pytest.raises(StoreSuspended):
        await counter.look_up(till, voucher.code)


async def test_a_lost_answer_can_be_asked_for(counter: Counter) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    with pytest.raises(RedemptionUnknown):
        await counter.find(till, "NUMBER-1")
    redeemed = await counter.redeem(till, "NUMBER-1", voucher.code)
    assert await counter.find(till, "NUMBER-1") == redeemed.redemption
    with pytest.raises(RedemptionUnknown):
        await counter.find(await counter.till(), "NUMBER-1")


async def test_a_store_sees_its_own_redemptions_of_a_day_newest_first(
    counter: Counter, make: Factory
) -> None:
    till, rooms = await counter.till(), counter.rooms
    first_day = rooms.clock.today()
    for number in ("NUMBER-1", "NUMBER-2", "NUMBER-3"):
        await counter.redeem(till, number, (await counter.voucher()).code)
    await counter.redeem(await counter.till(), "NUMBER-4", (await counter.voucher()).code)
    await make.move_clock(1 * DAYS)
    await counter.redeem(till, "NUMBER-5", (await counter.voucher()).code)
    today = await list_redemptions(rooms.sessions, rooms.clock, till=till, page=PageRequest(50))
    assert [each.redemption_no for each in today.items] == ["NUMBER-5"]
    page = await list_redemptions(
        rooms.sessions, rooms.clock, till=till, day=first_day, page=PageRequest(2)
    )
    assert [each.redemption_no for each in page.items] == ["NUMBER-3", "NUMBER-2"]
    rest = await list_redemptions(
        rooms.sessions,
        rooms.clock,
        till=till,
        day=first_day,
        page=PageRequest(2, page.next_cursor),
    )
    assert [each.redemption_no for each in rest.items] == ["NUMBER-1"]
    assert {shanghai_day(each.redeemed_at) for each in [*page.items, *rest.items]} == {first_day}


async def test_a_merchants_system_redeems_for_the_store_that_it_names(
    counter: Counter, make: Factory
) -> None:
    merchant_id = await counter.merchant("连锁便利")
    await make.store(store_no="OURS-1", merchant_id=merchant_id, name="一店")
    await make.store(store_no="OURS-2", merchant_id=merchant_id, name="二店")
    await make.store(store_no="THEIRS")
    system = await counter.merchant_system(merchant_id)
    one, other = await counter.voucher(), await counter.voucher()
    with pytest.raises(InputInvalid):
        await counter.redeem(system, "NUMBER-1", one.code)
    for foreign in ("THEIRS", "NOWHERE"):
        with pytest.raises(Forbidden):
            await counter.redeem(system, "NUMBER-1", one.code, store_no=foreign)
    await counter.redeem(system, "NUMBER-1", one.code, store_no="OURS-1")
    second = await counter.redeem(system, "NUMBER-1", other.code, store_no="OURS-2")
    assert not second.repeated


async def test_a_till_cannot_speak_for_another_store(counter: Counter, make: Factory) -> None:
    till, voucher = await counter.till(store_no="MINE"), await counter.voucher()
    await make.store(store_no="OTHER")
    with pytest.raises(Forbidden):
        await counter.redeem(till, "NUMBER-1", voucher.code, store_no="OTHER")
    await counter.redeem(till, "NUMBER-1", voucher.code, store_no="MINE")


async def test_redeeming_asks_the_database_three_times(counter: Counter) -> None:
    """The hot path: lock, look, record. A fourth round trip is a decision, not an accident."""
    till, voucher = await counter.till(), await counter.voucher()
    async with counter.statements() as sent:
        await counter.redeem(till, "NUMBER-1", voucher.code)
    assert len(sent) == 3, sent
