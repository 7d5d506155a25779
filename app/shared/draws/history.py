"""What is written of a draw's move: its history, and the ledger's row. Under the draw's lock."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import DrawHistory
from app.models.states_draws import DrawState
from app.platform.ids import new_id
from app.shared.approvals import Approved
from app.shared.draws.queries import DRAW
from app.shared.ledger import Act, Actor, Changes, write


@dataclass(frozen=True, slots=True)
class Doer:
    """Who does it and why: `reason` for history, `why` for the ledger if that says more (who
    asked). `asked_by`: whose question it was, where somebody else approved it."""

    actor: Actor
    reason: str | None = None
    why: str | None = None
    asked_by: str | None = None

    @classmethod
    def of_approval(cls, approved: Approved, actor: Actor) -> "Doer":
        """Whoever approved it, for the reason of whoever asked."""
        return cls(actor, approved.reason, approved.why, approved.asked_by.name)


async def note(
    session: AsyncSession,
    draw_id: UUID,
    act: str,
    states: tuple[DrawState | None, DrawState],
    doer: Doer,
    *,
    at: datetime,
    changes: Changes | None = None,
) -> None:
    """One move: `draws.draw.<act>`."""
    number = (
        select(func.coalesce(func.max(DrawHistory.number), 0) + 1)
        .where(DrawHistory.draw_id == draw_id)
        .scalar_subquery()
    )
    await session.execute(
        insert(DrawHistory).values(
            id=new_id(),
            draw_id=draw_id,
            number=number,
            at=at,
            act=act,
            actor=doer.actor.name,
            asked_by=doer.asked_by,
            from_state=states[0],
            to_state=states[1],
            reason=doer.reason,
        )
    )
    written = {"state": states, **(changes or {})}
    reason = doer.why or doer.reason
    await write(
        session,
        [Act(doer.actor, f"draws.draw.{act}", DRAW, draw_id, written, at=at, reason=reason)],
    )
