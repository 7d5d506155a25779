"""A winner who must not have the prize: by a reason that everybody reads."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import PackKind
from app.models.states_draws import AwardState
from app.platform.db import Sessions
from app.platform.errors import StateConflict, Words, invalid
from app.shared.approvals import Approved, Asked, Payload
from app.shared.draws import rules
from app.shared.draws.asking import ask, two_person_act
from app.shared.draws.awarding import end_award
from app.shared.draws.history import Doer, note
from app.shared.draws.queries import AwardFacts, DrawFacts, awards_of, find_draw, moment
from app.shared.draws.settling import settle
from app.shared.idempotency import Once
from app.shared.ledger import Actor


async def ask_disqualification(
    sessions: Sessions,
    once: Once,
    *,
    actor: Actor,
    pack: PackKind,
    draw_id: UUID,
    ticket_no: str,
    reason: str,
) -> Asked:
    """The ticket holds a prize, accepted or not, and is to lose it to the next of the sequence.

    Raises `NotFound`, `StateConflict`, `InputInvalid` (no such ticket), `ApprovalPending`.
    """
    return await ask(
        sessions,
        once,
        DISQUALIFY,
        actor=actor,
        pack=pack,
        draw_id=draw_id,
        payload={"ticket_no": ticket_no},
        said=Words(f"取消奖券 {ticket_no} 的中奖资格", f"disqualify ticket {ticket_no}"),
        reason=reason,
    )


async def disqualify_ticket(
    session: AsyncSession, *, draw_id: UUID, ticket_no: str, reason: str, doer: Doer
) -> None:
    """Raises `StateConflict`, `InputInvalid`."""
    draw = await find_draw(session, draw_id, locked=True)
    now = await moment(session)
    state = rules.next_state(draw.state, "disqualify")
    await settle(session, draw, now, digester=doer.actor.digester)
    lost = await _holder(session, draw, ticket_no, now)
    await end_award(session, draw, lost, AwardState.DISQUALIFIED, at=now, reason=reason)
    changes = {"ticket_no": (ticket_no, None)}
    await note(session, draw_id, "disqualify", (draw.state, state), doer, at=now, changes=changes)


async def _holder(
    session: AsyncSession, draw: DrawFacts, ticket_no: str, now: datetime
) -> AwardFacts:
    won = next(
        (each for each in await awards_of(session, draw.id) if each.ticket_no == ticket_no), None
    )
    if won is None:
        zh, en = "这张奖券没有中奖", "this ticket has won nothing"
        raise invalid("ticket_no", zh, en, "no_winner")
    as_read = rules.award_state(won.state, won.accept_before, now)
    if "disqualify" not in rules.AWARD_MOVES[as_read]:
        raise StateConflict(state=as_read.value)
    return won


async def _check(session: AsyncSession, object_id: UUID, payload: Payload) -> None:
    draw = await find_draw(session, object_id, locked=True)
    rules.next_state(draw.state, "disqualify")
    await _holder(session, draw, payload["ticket_no"], await moment(session))


async def _perform(session: AsyncSession, approved: Approved, actor: Actor) -> None:
    await disqualify_ticket(
        session,
        draw_id=approved.object_id,
        ticket_no=approved.payload["ticket_no"],
        reason=approved.reason,
        doer=Doer.of_approval(approved, actor),
    )


DISQUALIFY = two_person_act("disqualify", _check, _perform)
