"""The window of a fair opening closes by the clock, without anybody's doing."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states_draws import DrawState
from app.platform.crypto import Digester
from app.platform.jobs import Later, Payload
from app.shared.draws.commit import commit_draw
from app.shared.draws.entrants import Draws
from app.shared.draws.freeze import freeze_list
from app.shared.draws.history import Doer
from app.shared.draws.ordering_rules import deciding_round
from app.shared.draws.queries import find_draw, moment
from app.shared.draws.settling import SYSTEM
from app.shared.ledger import Actor
from app.shared.outbox import NewJob, put


async def close_order(
    session: AsyncSession, payload: Payload, *, draws: Draws, digester: Digester
) -> None:
    """Freeze the list and commit, in one transaction, to the round that follows from the time.
    A list that nobody is on needs no number."""
    draw = await find_draw(session, UUID(payload["draw_id"]), locked=True)
    if draw.state is not DrawState.OPEN:
        return
    if await moment(session) < draw.closes_at:
        raise Later(draw.closes_at)
    doer = Doer(Actor.system(SYSTEM, digester))
    frozen = await freeze_list(session, draws, draw_id=draw.id, doer=doer)
    assert frozen.frozen_at is not None, "it is frozen"
    if frozen.entrants_count:
        number = deciding_round(frozen.frozen_at)
        await commit_draw(session, draw_id=draw.id, sources=[number], doer=doer)
    else:
        turns_job = draws.crowd(draw.source).turns_job
        await put(session, NewJob(turns_job, {"draw_id": draw.id}))
