"""A draw's file is kept two years; then it is forgotten whose each ticket was, and nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.models.draws import DrawEntry, DrawExclusion
from app.models.states import PackKind
from app.platform.db import sqlstate
from app.platform.errors import NotFound
from app.shared.draws import inspect_draws, my_ticket
from app.shared.draws.forgetting import forget_some
from tests.shared.draws.hall import DAY, Hall, faults_of

pytestmark = pytest.mark.anyio

# From the draw on, also over a leap year.
TWO_YEARS = timedelta(days=731)
RESTRICTED = "23001"


async def forget_all(hall: Hall) -> int:
    """As the worker does, batch after batch; how many there were."""
    for number in range(20):
        async with hall.make.rooms.sessions.begin() as session:
            if not await forget_some(session, hall.doer, most=2):
                return number
    raise AssertionError("it never ends")


async def known(hall: Hall) -> tuple[int, int]:
    """Tickets that are somebody's, and persons who were kept out."""
    async with hall.make.rooms.sessions() as session:
        entries = select(func.count()).where(DrawEntry.person_id.is_not(None))
        found = await session.scalar(entries)
        return found or 0, await session.scalar(select(func.count(DrawExclusion.person_id))) or 0


async def test_after_two_years_nobody_knows_whose_a_ticket_was_and_anybody_draws_it_again(
    hall: Hall,
) -> None:
    staff = await hall.make.member()
    draw_id = await hall.drawn(5, 2, excluded=(staff.member_no,))
    winner = (await hall.awards(draw_id))[0]
    assert winner.member_id is not None
    proof = await hall.proof(draw_id)
    await hall.make.move_clock(TWO_YEARS - 2 * DAY)
    assert (await forget_all(hall), await known(hall)) == (0, (5, 1))
    early = f"UPDATE draw_entry SET member_id = NULL, person_id = NULL WHERE draw_id = '{draw_id}'"
    with pytest.raises(DBAPIError) as refused:
        async with hall.make.rooms.engine.begin() as connection:
            await connection.execute(text(early))
    assert sqlstate(refused.value) == RESTRICTED, "not before its time, whoever wants it"

    await hall.make.move_clock(2 * DAY)
    assert await forget_all(hall) == 3
    assert (await forget_all(hall), await known(hall)) == (0, (0, 0))
    assert await hall.proof(draw_id) == proof
    assert faults_of(proof) == []
    async with hall.make.rooms.sessions() as session:
        assert not [check.name async for check in inspect_draws(session) if check.faults]
    with pytest.raises(NotFound):
        await my_ticket(
            hall.make.rooms.sessions,
            hall.make.rooms.clock,
            pack=PackKind.HEALTH,
            draw_id=draw_id,
            member_id=winner.member_id,
        )
    for change in ("ticket_no = '0000000000'", "member_id = NULL, is_listed = false"):
        with pytest.raises(DBAPIError):
            async with hall.make.rooms.engine.begin() as connection:
                await connection.execute(text(f"UPDATE draw_entry SET {change}"))
