"""The second person's part, and the first one's second thoughts.

Under the approval's row lock, so two deciders, a withdrawal and a lapse meet in one order: the
first wins, the others hear what the state is. The act is done in the approver's transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.approvals import Approval
from app.models.states import ApprovalDecision
from app.platform.db import Sessions
from app.platform.errors import Forbidden, QuotaExceeded, Refusal, StateConflict
from app.shared.approvals.kinds import AfterCommit, ApprovalKind, Approved, Asker, Desk
from app.shared.approvals.refusals import OwnApproval
from app.shared.approvals.rows import ApprovalFacts, moment, read_approval
from app.shared.approvals.rules import APPROVAL_MOVES, approval_state
from app.shared.idempotency import Once
from app.shared.ledger import Act, Actor, write

REJECT, FAIL = "reject", "fail"


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of it: the move of the approval, and the act's refusal or what follows it."""

    move: str
    refusal: Refusal | None = None
    after_commit: AfterCommit | None = None


async def decide(
    sessions: Sessions,
    desk: Desk,
    once: Once,
    *,
    actor: Actor,
    approval_id: UUID,
    decision: ApprovalDecision,
    reason: str,
) -> ApprovalFacts:
    """Reject it; or approve it, and the act is done, once, here.

    Refused by the act itself, nothing of the act remains, the approval has failed for that
    code, and the refusal is raised. Raises `NotFound`, `Forbidden` (another role decides this
    kind), `OwnApproval`, `StateConflict`, and the act's own refusals.
    """
    async with sessions.begin() as session:
        await once.first(session, about=select(Approval.id).where(Approval.id == approval_id))
        asked = await read_approval(session, approval_id, locked=True)
        kind = desk.kind(asked.kind)
        _require_second_person(kind, asked, actor)
        now = await _require_pending(session, asked)
        outcome = _Outcome(REJECT)
        if decision is ApprovalDecision.APPROVE:
            outcome = await _attempt(session, desk, kind, asked, actor)
        ended = await _end(
            session, asked, outcome, "approval.decide", actor=actor, reason=reason, at=now
        )
        if outcome.refusal is None:
            await once.keep(session, ended)
    if outcome.refusal is not None:
        raise outcome.refusal
    if outcome.after_commit is not None:
        await outcome.after_commit()
    return ended


async def withdraw(
    sessions: Sessions, once: Once, *, actor: Actor, approval_id: UUID, reason: str
) -> ApprovalFacts:
    """Taken back by who asked. Raises `NotFound`, `Forbidden`, `StateConflict`."""
    async with sessions.begin() as session:
        await once.first(session, about=select(Approval.id).where(Approval.id == approval_id))
        asked = await read_approval(session, approval_id, locked=True)
        if actor.id != asked.asked_by:
            raise Forbidden()
        now = await _require_pending(session, asked)
        outcome = _Outcome("withdraw")
        ended = await _end(
            session, asked, outcome, "approval.withdraw", actor=actor, reason=reason, at=now
        )
        await once.keep(session, ended)
    return ended


def _require_second_person(kind: ApprovalKind, asked: ApprovalFacts, actor: Actor) -> None:
    if not kind.is_decided_by(actor.roles):
        raise Forbidden()
    if actor.id == asked.asked_by:
        raise OwnApproval()


async def _require_pending(session: AsyncSession, asked: ApprovalFacts) -> datetime:
    now = await moment(session)
    state = approval_state(asked.state, asked.expires_at, now)
    if not APPROVAL_MOVES[state]:
        raise StateConflict(state=state)
    return now


async def _attempt(
    session: AsyncSession, desk: Desk, kind: ApprovalKind, asked: ApprovalFacts, actor: Actor
) -> _Outcome:
    """The act, whole or not at all: a refusal undoes it and leaves the approval to be marked."""
    approved = Approved(
        approval_id=asked.id,
        object_id=asked.object_id,
        payload=asked.payload,
        private=asked.private,
        reason=asked.reason,
        asked_by=Asker(asked.asked_by, asked.asked_by_name),
    )
    try:
        async with session.begin_nested():
            return _Outcome("approve", None, await desk.perform(session, kind, approved, actor))
    except Refusal as refusal:
        if refusal.status >= 500 or isinstance(refusal, QuotaExceeded):
            # Not now is no refusal of the act: it stays pending, to be decided again.
            raise
        return _Outcome(FAIL, refusal)


async def _end(
    session: AsyncSession,
    asked: ApprovalFacts,
    outcome: _Outcome,
    verb: str,
    *,
    actor: Actor,
    reason: str,
    at: datetime,
) -> ApprovalFacts:
    # After the act, whose object is locked by then: whoever asks anew for the same object holds
    # that lock and would wait for this row.
    state = APPROVAL_MOVES[asked.state][outcome.move]
    await session.execute(
        update(Approval)
        .where(Approval.id == asked.id)
        .values(
            state=state,
            private_sealed=None,
            decided_by=actor.id,
            decided_at=at,
            decision_reason=reason,
            refusal=outcome.refusal and outcome.refusal.code,
        )
    )
    changes = {"state": (asked.state, state)}
    await write(session, [Act(actor, verb, "approval", asked.id, changes, at=at, reason=reason)])
    return await read_approval(session, asked.id)
