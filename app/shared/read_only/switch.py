"""The row that says so, its two acts, and what each process remembers of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.platform import ReadOnlyRow
from app.models.states import SwitchState
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import StateConflict
from app.platform.pulse import READ_ONLY, raise_topic
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, write

# act → the state that it leads to.
MOVES = {"on": SwitchState.ON, "off": SwitchState.OFF}


@dataclass(frozen=True, slots=True)
class Standing:
    """`since` is real time: the switch is about the machines, not the campaign."""

    state: SwitchState
    reason: str
    since: datetime


class ReadOnly:
    """One a process."""

    def __init__(self) -> None:
        self.is_on = False

    async def reload(self, connection: AsyncConnection) -> None:
        state = await connection.scalar(select(ReadOnlyRow.state))
        self.is_on = state is SwitchState.ON


async def read_switch(sessions: Sessions) -> Standing:
    async with sessions() as session:
        return await _standing(session)


async def switch(
    sessions: Sessions, clock: Clock, once: Once, *, actor: Actor, act: str, reason: str
) -> Standing:
    """Turn it on or off. Every process feels it within a second of the answer; what is under way
    then ends as it would have. Raises `StateConflict`."""
    state = MOVES[act]
    async with sessions.begin() as session:
        await once.first(session)
        changed = await session.scalar(
            update(ReadOnlyRow)
            .where(ReadOnlyRow.state != state)
            .values(state=state, reason=reason, since_at=func.now())
            .returning(ReadOnlyRow.id)
        )
        if changed is None:
            raise StateConflict(state=state.value)
        await raise_topic(session, READ_ONLY)
        changes = {"state": (next(each for each in SwitchState if each is not state), state)}
        verb = f"read_only.{act}"
        await write(
            session, [Act(actor, verb, "read_only", None, changes, at=clock.now(), reason=reason)]
        )
        standing = await _standing(session)
        await once.keep(session, standing)
    return standing


async def _standing(session: AsyncSession) -> Standing:
    row = (await session.execute(select(ReadOnlyRow))).scalar_one()
    return Standing(row.state, row.reason, row.since_at)
