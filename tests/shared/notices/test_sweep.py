"""What a member was told is kept for a year, and not for good."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from app.models.notices import Notice, NoticeSend
from app.models.states import NoticeChannel, NoticeOutcome
from app.platform.ids import new_id
from app.shared.notices.jobs import KEPT, sweep
from tests.factories import Factory, tell

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


async def sent(make: Factory, key: str) -> None:
    """Told, and pushed to the phone."""
    notice_id = await tell(make, await make.member(), key=key)
    now = make.rooms.clock.now()
    async with make.rooms.sessions.begin() as session:
        await session.execute(
            insert(NoticeSend).values(
                id=new_id(),
                notice_id=notice_id,
                channel=NoticeChannel.PUSH,
                job_id=new_id(),
                outcome=NoticeOutcome.SENT,
                first_at=now,
                last_at=now,
            )
        )


async def kept(make: Factory) -> tuple[int, int]:
    """Notices, and sends."""
    async with make.rooms.sessions.begin() as session:
        assert not await sweep(session, {}), "there is no more"
        counts = [
            (await session.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (Notice, NoticeSend)
        ]
    return counts[0], counts[1]


async def test_a_notice_goes_with_its_sends_a_year_after_it_was_written(make: Factory) -> None:
    await sent(make, "test:1")
    await make.move_clock(KEPT - DAY)
    await sent(make, "test:2")
    assert await kept(make) == (2, 2)
    await make.move_clock(2 * DAY)
    assert await kept(make) == (1, 1)
