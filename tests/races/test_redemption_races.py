"""One voucher at several tills in the same instant, over two processes: one breakfast.

The control runs the same rush in a database whose guards were taken out. It must
redeem a voucher twice, or the race proves nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from app.embedded.identity_provider import IdentityProvider
from app.main import open_rooms
from app.packs.breakfast.redemption_refusals import AlreadyRedeemed, AlreadyReversed, VoucherVoid
from app.platform.settings import Settings
from app.shared.identity.callers import Till
from tests.conftest import empty, own_database
from tests.factories import Factory, auth
from tests.races import drop
from tests.races.counters import Answered, Scan, redeem_all
from tests.refusals import NOTING
from tests.tills import Counter
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

VOUCHERS, TILLS = 60, 5
# What staff and the till are told of a voucher that both want at once.
VOIDED, REDEEMED = ("200", "voucher_void"), ("state_conflict", "201")
REASON = {"reason": "领错了"}


@pytest.fixture
async def rush(settings: Settings, identity_provider: IdentityProvider) -> AsyncIterator["Rush"]:
    await empty(settings)
    async with open_rooms(settings) as rooms:
        rush = Rush(settings, Counter(Factory(rooms, identity_provider)))
        await rush.prepare()
        yield rush


@pytest.fixture
async def unguarded(settings: Settings) -> Settings:
    """A database of its own, whose guards may be taken out."""
    return await own_database(settings, "unguarded_tills")


class Rush:
    """Vouchers and tills of one database."""

    def __init__(self, settings: Settings, counter: Counter) -> None:
        self.settings, self.counter = settings, counter
        self.codes: list[str] = []
        self.voucher_ids: dict[str, UUID] = {}
        self.tills: list[Till] = []

    async def prepare(self) -> None:
        batch = await self.counter.make.batch(total=VOUCHERS)
        member = await self.counter.make.member()
        for _ in range(VOUCHERS):
            voucher = await self.counter.voucher(batch=batch, member=member)
            self.codes.append(voucher.code)
            self.voucher_ids[voucher.code] = voucher.id
        self.tills = [await self.counter.till() for _ in range(TILLS)]

    @property
    def tokens(self) -> list[str]:
        return [self.counter.rooms.own_tokens.issue_till(till) for till in self.tills]

    async def run(self, *, vouchers: int = VOUCHERS, tills: int = TILLS) -> Answered:
        """That many tills present each voucher together, under numbers of their own."""
        groups = [
            [Scan(token, f"NUMBER-{place}", code) for token in self.tokens[:tills]]
            for place, code in enumerate(self.codes[:vouchers])
        ]
        return await self.present(groups)

    async def present(self, groups: list[list[Scan]]) -> Answered:
        async with drop.service(self.settings) as urls:
            return await redeem_all(urls, groups)

    async def void_and_redeem(self) -> dict[str, tuple[str, str]]:
        """Staff void each voucher at one process while a till redeems it at the other. By code,
        what the two were told: a status where it was done, else the refusal's code."""
        staff, till = await self.counter.make.staff(), auth(self.tokens[0])
        async with (
            drop.service(self.settings) as (one, other),
            httpx.AsyncClient(timeout=10, event_hooks=NOTING) as client,
        ):

            async def both(place: int, code: str) -> tuple[str, str]:
                void = f"{one}/v1/admin/breakfast/vouchers/{self.voucher_ids[code]}/void"
                number = f"{other}/v1/store/redemptions/NUMBER-{place}"
                answers = await asyncio.gather(
                    drop.until_answered(
                        partial(client.post, void, headers=auth(staff, code), json=REASON)
                    ),
                    drop.until_answered(
                        partial(client.put, number, headers=till, json={"code": code})
                    ),
                )
                voided, redeemed = [
                    str(each.status_code) if each.is_success else each.json()["code"]
                    for each in answers
                ]
                return voided, redeemed

            return {code: await both(place, code) for place, code in enumerate(self.codes)}


async def test_D1_three_vouchers_at_five_tills_are_three_breakfasts(rush: Rush) -> None:
    """eventyay 1398: a limit of three, five parallel redemptions, five went through."""
    answered = await rush.run(vouchers=3, tills=5)
    assert answered.answers == {"201": 3, "already_redeemed": 12}
    await assert_books_are_right(rush.counter.rooms)


async def test_D2_a_voucher_at_two_tills_at_once_is_redeemed_once(rush: Rush) -> None:
    """saleor 544: a one-use voucher, two customers finish together, both went through."""
    answered = await rush.run(tills=2)
    assert answered.answers == {"201": VOUCHERS, "already_redeemed": VOUCHERS}
    assert {code: len(bodies) for code, bodies in answered.redeemed.items()} == dict.fromkeys(
        rush.codes, 1
    )
    assert await rush.counter.redemptions() == VOUCHERS
    await assert_books_are_right(rush.counter.rooms)


async def test_a_number_sent_five_times_at_once_redeems_once_and_tells_all_the_same(
    rush: Rush,
) -> None:
    token = rush.tokens[0]
    answered = await rush.present(
        [[Scan(token, f"NUMBER-{place}", code)] * 5 for place, code in enumerate(rush.codes)]
    )
    assert answered.answers == {"201": VOUCHERS, "200": 4 * VOUCHERS}
    for bodies in answered.redeemed.values():
        assert bodies == bodies[:1] * 5
    await assert_books_are_right(rush.counter.rooms)


async def test_two_vouchers_that_race_for_one_number_do_not_share_it(rush: Rush) -> None:
    token, half = rush.tokens[0], VOUCHERS // 2
    pairs = zip(rush.codes[:half], rush.codes[half:], strict=True)
    answered = await rush.present(
        [
            [Scan(token, f"NUMBER-{place}", code) for code in pair]
            for place, pair in enumerate(pairs)
        ]
    )
    assert answered.answers == {"201": half, "redemption_no_reused": half}
    await assert_books_are_right(rush.counter.rooms)


async def test_two_reversals_at_once_undo_once(rush: Rush) -> None:
    counter, till = rush.counter, rush.tills[0]
    other = await counter.till(till.store_id)
    for place, code in enumerate(rush.codes[:20]):
        number = f"NUMBER-{place}"
        await counter.redeem(till, number, code)
        outcomes = await asyncio.gather(
            counter.reverse(till, number), counter.reverse(other, number), return_exceptions=True
        )
        assert sum(isinstance(outcome, AlreadyReversed) for outcome in outcomes) == 1
    await assert_books_are_right(counter.rooms)


async def test_D23_voided_and_redeemed_at_once_it_is_one_of_the_two_for_good(rush: Rush) -> None:
    """Eventra 12578, in the same instant: whoever comes later hears what it became."""
    heard = await rush.void_and_redeem()
    assert set(heard.values()) <= {VOIDED, REDEEMED}, heard
    till = await rush.counter.till()
    for code, outcome in heard.items():
        with pytest.raises(VoucherVoid if outcome == VOIDED else AlreadyRedeemed):
            await rush.counter.redeem(till, "AFTERWARDS-1", code)
    assert await rush.counter.redemptions() == list(heard.values()).count(REDEEMED)
    await assert_books_are_right(rush.counter.rooms)


async def test_D23_the_control_voids_what_it_redeems_without_the_guards(
    unguarded: Settings, identity_provider: IdentityProvider
) -> None:
    async with open_rooms(unguarded) as rooms:
        rush = Rush(unguarded, Counter(Factory(rooms, identity_provider)))
        await rush.prepare()
        await _take_the_guards_out(unguarded)
        heard = await rush.void_and_redeem()
    assert ("200", "201") in heard.values(), heard


async def test_D2_the_control_redeems_twice_without_the_guards(
    unguarded: Settings, identity_provider: IdentityProvider
) -> None:
    async with open_rooms(unguarded) as rooms:
        rush = Rush(unguarded, Counter(Factory(rooms, identity_provider)))
        await rush.prepare()
        await _take_the_guards_out(unguarded)
        answered = await rush.run(tills=2)
    assert answered.redemptions > VOUCHERS, answered.answers


async def _take_the_guards_out(settings: Settings) -> None:
    """Vouchers that cannot be locked, and redemptions without their unique key.

    A view over a function takes the table's place: a row of a function has no lock,
    and its trigger writes without looking again.
    """
    engine = create_async_engine(str(settings.database_url))
    async with engine.begin() as connection:
        for statement in (
            "DROP INDEX uq_breakfast_redemption_live",
            "ALTER TABLE breakfast_voucher RENAME TO voucher_rows",
            """CREATE FUNCTION unlocked_vouchers() RETURNS SETOF voucher_rows
               LANGUAGE sql AS 'SELECT * FROM voucher_rows'""",
            "CREATE VIEW breakfast_voucher AS SELECT * FROM unlocked_vouchers()",
            """CREATE FUNCTION write_voucher() RETURNS trigger LANGUAGE plpgsql AS
               'BEGIN UPDATE voucher_rows SET state = NEW.state WHERE id = OLD.id;
                RETURN NEW; END'""",
            """CREATE TRIGGER write_voucher INSTEAD OF UPDATE ON breakfast_voucher
               FOR EACH ROW EXECUTE FUNCTION write_voucher()""",
        ):
            await connection.exec_driver_sql(statement)
    await engine.dispose()
