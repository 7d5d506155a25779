"""The first person's part: may I do this alone, and if not, it is asked for.

Called by the act's own service, in its transaction and under its own locks, so what is counted
alone cannot be passed by two at once.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.approvals import PENDING, Approval, ApprovalThreshold, UnapprovedAct
from app.models.states import ActorKind
from app.platform.errors import Forbidden, Words
from app.platform.ids import new_id
from app.shared.approvals.kinds import ApprovalKind
from app.shared.approvals.lapse import BY, lapse_due
from app.shared.approvals.refusals import ApprovalPending
from app.shared.approvals.rows import moment
from app.shared.approvals.rules import is_over
from app.shared.idempotency import Once
from app.shared.ledger import Act, Actor, made, write
from app.shared.outbox import NewJob, put

# What one did alone in so much campaign time is counted with what one does now.
COUNTED_TOGETHER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Proposal:
    """An act, before it is done. `payload`: all that it takes, as ids, numbers and times.

    `private`: what must not stand in clear, sealed by `PRIVATE`; nobody is shown it, `perform`
    gets it, and it is gone with the decision. `summary` is what the second person reads.
    `amount_fen`: what it adds; 0 where it adds nothing, None for kinds that are not measured.
    """

    object_id: UUID
    payload: Mapping[str, Any]
    summary: Words
    reason: str
    amount_fen: int | None = None
    private: bytes | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Nothing has happened yet: somebody else decides."""

    approval_id: UUID

    def as_json(self) -> str:
        """The answer's body, the same when it is repeated."""
        return json.dumps({"approval_id": str(self.approval_id)})


@dataclass(frozen=True, slots=True)
class _Measured:
    amount_fen: int | None = None
    counted_fen: int | None = None
    threshold_fen: int | None = None


async def propose(
    session: AsyncSession, once: Once, kind: ApprovalKind, proposal: Proposal, *, actor: Actor
) -> Asked | None:
    """None: no second person is needed, and the caller does it in this transaction.

    Else the act's refusals first, then it is asked for and the answer kept for a repeat.
    Raises what `kind.check` raises, and `ApprovalPending`.
    """
    measured = await _measure(session, kind, proposal)
    if measured is None:
        return None
    await kind.check(session, proposal.object_id, proposal.payload)
    asked = Asked(await _ask(session, kind, proposal, measured, actor))
    await once.answering(202, Asked.as_json).keep(session, asked)
    return asked


async def _measure(
    session: AsyncSession, kind: ApprovalKind, proposal: Proposal
) -> _Measured | None:
    """How the threshold applies; None where the act may be done alone, which is then counted."""
    if not kind.measured:
        return _Measured()
    amount_fen, now = proposal.amount_fen or 0, await moment(session)
    threshold_fen = await session.scalar(
        select(ApprovalThreshold.threshold_fen).where(ApprovalThreshold.kind == kind.name)
    )
    alone = await session.scalar(
        select(func.coalesce(func.sum(UnapprovedAct.amount_fen), 0)).where(
            UnapprovedAct.kind == kind.name,
            UnapprovedAct.object_id == proposal.object_id,
            UnapprovedAct.at > now - COUNTED_TOGETHER,
        )
    )
    alone_fen = int(alone or 0)
    if is_over(threshold_fen, alone_fen=alone_fen, amount_fen=amount_fen):
        return _Measured(amount_fen, alone_fen + amount_fen, threshold_fen)
    if amount_fen:
        session.add(
            UnapprovedAct(
                id=new_id(),
                kind=kind.name,
                object_id=proposal.object_id,
                amount_fen=amount_fen,
                at=now,
            )
        )
    return None


async def _ask(
    session: AsyncSession,
    kind: ApprovalKind,
    proposal: Proposal,
    measured: _Measured,
    actor: Actor,
) -> UUID:
    if actor.kind is not ActorKind.STAFF:
        # A command or a job is nobody who could be somebody else than the approver.
        raise Forbidden()
    approval_id, now = new_id(), await moment(session)
    same = (Approval.kind == kind.name, Approval.object_id == proposal.object_id)
    # One that is being decided has its row locked and may wait for the object that we hold.
    await lapse_due(session, actor.digester, *same, skip_locked=True)
    row = {
        "id": approval_id,
        "kind": kind.name,
        "object_kind": kind.object_kind,
        "object_id": proposal.object_id,
        "payload": dict(proposal.payload),
        "private_sealed": proposal.private,
        "summary_zh": proposal.summary.zh,
        "summary_en": proposal.summary.en,
        "reason": proposal.reason,
        **asdict(measured),
        "asked_by": actor.id,
        "asked_at": now,
        "expires_at": now + kind.lives,
    }
    if not await _insert(session, row):
        newest = select(Approval.id).where(*same).order_by(Approval.id.desc()).limit(1)
        raise ApprovalPending(approval_id=str(await session.scalar(newest)))
    job = NewJob(BY, {"approval_id": approval_id}, due_at=now + kind.lives)
    await put(session, job)
    changes = made(
        kind=kind.name, object_id=proposal.object_id, payload=proposal.payload, state="pending"
    )
    await write(
        session,
        [Act(actor, "approval.ask", "approval", approval_id, changes, reason=proposal.reason)],
    )
    return approval_id


async def _insert(session: AsyncSession, row: Mapping[str, Any]) -> bool:
    """Whether it is the only one pending of its kind and object."""
    inserted = await session.scalar(
        insert(Approval)
        .values(**row)
        .on_conflict_do_nothing(
            index_elements=[Approval.kind, Approval.object_id], index_where=text(PENDING)
        )
        .returning(Approval.id)
    )
    return inserted is not None
