"""What the quiz does later: write down that an attempt was never handed in.

Nobody waits for it: whoever looks at an attempt sees what time has made of it.
"""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health import HealthAttempt
from app.models.states_health import AttemptState
from app.packs.health.attempts import ABANDON
from app.packs.health.queries import find_attempt
from app.platform.clock import Clock
from app.platform.jobs import Handler, Later, Payload, Within


async def abandon(session: AsyncSession, payload: Payload, *, clock: Clock) -> None:
    """The attempt, unless it was handed in."""
    attempt = await find_attempt(session, UUID(payload["attempt_id"]), locked=True)
    if attempt.state is not AttemptState.IN_PROGRESS:
        return
    # This process's clock may be a moment behind the one by which the job fell due.
    if attempt.state_at(clock.now()) is not AttemptState.ABANDONED:
        raise Later(attempt.abandon_at)
    await session.execute(
        update(HealthAttempt)
        .where(HealthAttempt.id == attempt.id)
        .values(state=AttemptState.ABANDONED)
    )


HANDLERS: dict[str, Handler] = {ABANDON: Within(abandon)}
