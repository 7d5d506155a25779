"""Many tills that ask at the same moment what a voucher would hand out: a few statements for
all, to each its own answer, and nobody sees a name that is not written down."""

import asyncio

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.models.ledger import LedgerEntry
from app.packs.breakfast.counter import MOST_A_ROUND
from app.packs.breakfast.redeem import Handout
from app.packs.breakfast.redemption_refusals import AlreadyRedeemed
from app.platform.errors import InputInvalid, QuotaExceeded
from app.shared.counter.refusals import CodeUnknown
from app.shared.identity.callers import Till
from app.shared.limits.policies import VOUCHER_CODES
from tests.factories import Factory
from tests.tills import Counter
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

# Two rounds, and a third if the first begins before the others have come.
CROWD = MOST_A_ROUND + 16
UNKNOWN_CODE = "0000-0000-0000-016J-D"
REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''nothing is kept''; END'
"""
REFUSING = """
    CREATE TRIGGER refusing BEFORE INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION refuse()
"""


async def test_a_crowd_is_answered_by_a_few_statements_each_its_own(
    counter: Counter, make: Factory
) -> None:
    batch, till = await make.batch(total=CROWD, name="豆浆油条套餐"), await counter.till()
    members = [await make.member(name=f"王{place:02}") for place in range(CROWD)]
    vouchers = [await counter.voucher(batch=batch, member=member) for member in members]

    async with counter.statements() as sent:
        seen = await asyncio.gather(*(counter.look_up(till, each.code) for each in vouchers))

    assert [each.voucher.id for each in seen] == [each.id for each in vouchers]
    assert [each.holder_first_name for each in seen] == [f"{n:02}" for n in range(CROWD)]
    assert {each.text for each in seen} == {"豆浆油条套餐"}
    assert len(sent) <= 3 * 4
    assert await _written(counter) == sorted(each.id for each in vouchers)
    await assert_books_are_right(counter.rooms)


async def test_neighbours_hear_of_their_own_alone(counter: Counter) -> None:
    till, other = await counter.till(), await counter.till()
    good, spent = await counter.voucher(), await counter.voucher()
    await counter.redeem(till, "NUMBER-1", spent.code)
    told = await asyncio.gather(
        counter.look_up(till, good.code),
        counter.look_up(till, good.code, store_no="NOT\0HELD"),
        counter.look_up(till, spent.code),
        counter.look_up(other, UNKNOWN_CODE),
        counter.look_up(other, good.code),
        return_exceptions=True,
    )
    kinds = [type(each) for each in told]
    assert kinds == [Handout, InputInvalid, AlreadyRedeemed, CodeUnknown, Handout]
    assert await _written(counter) == [good.id, good.id]
    # It was looked at twice, and was one guess.
    assert await _guesses_left(counter, other) == VOUCHER_CODES.most - 1


async def test_wrong_codes_of_one_moment_are_counted_each(counter: Counter) -> None:
    till = await counter.till()
    told = await asyncio.gather(
        *(counter.look_up(till, UNKNOWN_CODE) for _ in range(VOUCHER_CODES.most + 3)),
        return_exceptions=True,
    )
    kinds = [type(each) for each in told]
    assert kinds == [CodeUnknown] * VOUCHER_CODES.most + [QuotaExceeded] * 3


async def test_nobody_is_named_if_it_cannot_be_written_down(counter: Counter) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    async with counter.rooms.engine.begin() as connection:
        await connection.execute(text(REFUSE))
        await connection.execute(text(REFUSING))
    try:
        with pytest.raises(DBAPIError, match="nothing is kept"):
            await counter.look_up(till, voucher.code)
    finally:
        async with counter.rooms.engine.begin() as connection:
            await connection.execute(text("DROP FUNCTION refuse CASCADE"))


async def test_whoever_leaves_takes_nobody_along(counter: Counter) -> None:
    till, voucher = await counter.till(), await counter.voucher()
    looks = [asyncio.create_task(counter.look_up(till, voucher.code)) for _ in range(3)]
    await asyncio.sleep(0)
    looks[1].cancel()
    first, left, last = await asyncio.gather(*looks, return_exceptions=True)
    assert isinstance(first, Handout)
    assert first == last
    assert isinstance(left, asyncio.CancelledError)


async def _guesses_left(counter: Counter, till: Till) -> int:
    wrong = 0
    while True:
        try:
            await counter.look_up(till, UNKNOWN_CODE)
        except CodeUnknown:
            wrong += 1
        except QuotaExceeded:
            return wrong


async def _written(counter: Counter) -> list[object]:
    """Of which vouchers the ledger says that a till was shown the holder's name."""
    async with counter.rooms.sessions() as session:
        found = await session.scalars(
            select(LedgerEntry.object_id)
            .where(LedgerEntry.verb == "breakfast.voucher.look_up")
            .order_by(LedgerEntry.object_id)
        )
        return list(found)
