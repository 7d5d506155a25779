"""Holders of vouchers that are about to expire are told: the right ones, once, by day."""

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select

from app.models.notices import Notice
from app.models.states import District
from app.packs.breakfast import expiring
from app.packs.breakfast.jobs import announce_expiring
from app.packs.breakfast.voucher_records import VoucherRow
from app.platform.clock import SHANGHAI, day_end
from app.platform.pages import PageRequest
from app.shared.identity.callers import Member
from app.shared.notices import InboxNotice, list_notices
from tests.factories import Factory
from tests.tills import Counter

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


class Season:
    """Days of a campaign that begin at noon."""

    def __init__(self, counter: Counter) -> None:
        self.counter, self.make = counter, counter.make
        self.rooms = counter.rooms

    async def go_to(self, clock: time, *, days: int = 0) -> None:
        """To that time of the Shanghai day, or of one so many days later."""
        now = self.rooms.clock.now().astimezone(SHANGHAI)
        there = datetime.combine(now.date(), clock, SHANGHAI) + days * DAY
        await self.make.move_clock(there - now)

    async def announce(self) -> bool:
        """As the worker does every half hour."""
        async with self.rooms.sessions.begin() as session:
            return await announce_expiring(
                session, {}, clock=self.rooms.clock, notices=self.rooms.notices
            )

    async def told(self, member: Member) -> list[InboxNotice]:
        rooms = self.rooms
        page, _ = await list_notices(
            rooms.sessions, rooms.sealer, member_id=member.id, page=PageRequest(50)
        )
        return page.items

    async def keys(self) -> set[str]:
        async with self.rooms.sessions() as session:
            return set(await session.scalars(select(Notice.dedupe_key)))

    async def voucher(self, member: Member, valid_days: int = 3, **plan: object) -> VoucherRow:
        return await self.counter.voucher(member=member, valid_days=valid_days, **plan)


@pytest.fixture
async def season(counter: Counter) -> Season:
    season = Season(counter)
    await season.go_to(time(12), days=1)
    return season


@pytest.fixture
async def member(make: Factory) -> Member:
    return await make.member(district=District.LAOSHAN)


async def test_a_holder_is_told_on_the_day_before_the_last_and_once(
    season: Season, member: Member
) -> None:
    voucher = await season.voucher(member)
    await season.announce()
    assert await season.told(member) == []
    await season.go_to(time(8, 30), days=1)
    for _ in range(2):
        await season.announce()
    [notice] = await season.told(member)
    last_day = (voucher.valid_until - timedelta(seconds=1)).astimezone(SHANGHAI)
    assert f"{last_day.month}月{last_day.day}日" in notice.content.body.zh
    assert "10 元" in notice.content.body.zh
    await season.go_to(time(8, 30), days=1)
    await season.announce()
    assert len(await season.told(member)) == 1


async def test_on_the_last_day_who_was_not_told_before_is_told(
    season: Season, member: Member
) -> None:
    await season.voucher(member)
    await season.go_to(time(8, 30), days=2)
    await season.announce()
    assert len(await season.told(member)) == 1


async def test_what_was_claimed_today_is_no_news(season: Season, member: Member) -> None:
    await season.voucher(member, valid_days=1)
    await season.voucher(member, valid_days=2)
    await season.announce()
    assert await season.told(member) == []
    await season.go_to(time(9), days=1)
    await season.announce()
    # The first one is over by now.
    assert len(await season.told(member)) == 1


async def test_nothing_is_looked_for_by_night(season: Season, member: Member) -> None:
    await season.voucher(member)
    for night, days in ((time(0, 30), 2), (time(7, 59), 0), (time(22), 0)):
        await season.go_to(night, days=days)
        assert not await season.announce()
    assert await season.told(member) == []


async def test_used_void_expired_and_test_vouchers_are_not_announced(
    season: Season, member: Member
) -> None:
    used, void, stays = [await season.voucher(member) for _ in range(3)]
    await season.voucher(member, test=True)
    await season.counter.redeem(await season.counter.till(), "T1-0001", used.code)
    await season.counter.void(void.id)
    await season.go_to(time(9), days=1)
    await season.announce()
    assert await season.keys() == {f"breakfast:expiring:{stays.id}"}
    late = await season.make.member()
    await season.voucher(late, valid_days=2)
    await season.go_to(time(9), days=2)
    await season.announce()
    assert await season.told(late) == []


async def test_it_names_the_stores_of_the_holders_district_that_redeem_it(
    season: Season, member: Member
) -> None:
    for district in (District.LAOSHAN, District.LAOSHAN, District.JIMO):
        await season.make.store(district=district)
    closed = await season.counter.till(await season.make.store(district=District.LAOSHAN))
    await season.counter.suspend(closed)
    voucher = await season.voucher(member)
    await season.go_to(time(9), days=1)
    await season.announce()
    [notice] = await season.told(member)
    assert "崂山区可用门店：2 家" in notice.content.body.zh
    assert notice.content.link == (
        f"/v1/breakfast/stores?batch_id={voucher.batch_id}&district=laoshan"
    )


async def test_where_none_of_the_district_does_it_names_the_whole_citys(
    season: Season, member: Member
) -> None:
    for district in (District.LAOSHAN, District.JIMO, District.JIMO):
        await season.make.store(district=district)
    voucher = await season.voucher(member, store_districts=[District.JIMO])
    await season.go_to(time(9), days=1)
    await season.announce()
    [notice] = await season.told(member)
    assert "全市可用门店：2 家" in notice.content.body.zh
    assert notice.content.link == f"/v1/breakfast/stores?batch_id={voucher.batch_id}"


async def test_a_pile_is_worked_off_part_by_part_the_first_to_expire_first(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiring, "BATCH", 2)
    vouchers = [
        await season.voucher(await season.make.member(), valid_days=days) for days in (3, 3, 2)
    ]
    await season.go_to(time(9), days=1)
    seen = []
    while await season.announce():
        seen.append(await season.keys())
    assert len(seen) == 1
    assert f"breakfast:expiring:{vouchers[2].id}" in seen[0]
    assert len(await season.keys()) == 3


async def test_it_reaches_no_phone_after_the_voucher_has_expired(
    season: Season, member: Member
) -> None:
    voucher = await season.voucher(member)
    await season.go_to(time(9), days=1)
    await season.announce()
    async with season.rooms.sessions() as session:
        [limit] = await session.scalars(select(Notice.not_after))
    assert limit == voucher.valid_until == day_end(voucher.issued_at.date() + 2 * DAY)
