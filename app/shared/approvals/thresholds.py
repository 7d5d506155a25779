"""Thresholds are data: above it a kind of act needs a second person.

To lower one, or to set the first, is free. To raise it or take it away is an act of this very
mechanism (docs/adr/0025-approvals.md): else whoever wants to act alone would raise it first.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.approvals import ApprovalThreshold
from app.models.states import Role
from app.platform.db import Sessions
from app.platform.errors import NotFound, VersionStale, Words
from app.platform.ids import new_id
from app.shared.approvals.kinds import ApprovalKind, Approved, Desk, Payload
from app.shared.approvals.propose import Asked, Proposal, propose
from app.shared.approvals.rules import loosens
from app.shared.idempotency import Once
from app.shared.ledger import Act, Actor, write

OBJECT = "approval_threshold"


@dataclass(frozen=True, slots=True)
class Threshold:
    """Of a kind; None: acts of it are done at once."""

    kind: str
    threshold_fen: int | None


async def find_threshold(sessions: Sessions, desk: Desk, *, kind: str) -> Threshold:
    """Raises `NotFound`: no kind of that name, or it always needs a second person."""
    _require_measured(desk, kind)
    async with sessions() as session:
        found = await session.scalar(
            select(ApprovalThreshold.threshold_fen).where(ApprovalThreshold.kind == kind)
        )
    return Threshold(kind, found)


async def change_threshold(
    sessions: Sessions,
    desk: Desk,
    once: Once,
    *,
    actor: Actor,
    kind: str,
    expected_fen: int | None,
    threshold_fen: int | None,
    reason: str,
) -> Threshold | Asked:
    """Set, lower, raise or (None) take it away; `expected_fen` is what it is believed to be.

    Raises `NotFound`, `VersionStale`, `ApprovalPending`.
    """
    _require_measured(desk, kind)
    async with sessions.begin() as session:
        await once.first(session)
        threshold_id = await _make(session, kind)
        before = await _lock(session, threshold_id)
        _require_expected(before, expected_fen)
        if loosens(before.threshold_fen, threshold_fen):
            proposal = Proposal(
                object_id=threshold_id,
                payload={"expected_fen": expected_fen, "threshold_fen": threshold_fen},
                summary=_summary(before, threshold_fen),
                reason=reason,
            )
            asked = await propose(session, once, THRESHOLD, proposal, actor=actor)
            if asked is not None:
                return asked
        changed = await _set(session, threshold_id, before, threshold_fen, actor, reason)
        await once.keep(session, changed)
    return changed


def _require_measured(desk: Desk, name: str) -> None:
    kind = desk.kinds.get(name)
    if kind is None or not kind.measured:
        raise NotFound()


def _require_expected(before: Threshold, expected_fen: int | None) -> None:
    if before.threshold_fen != expected_fen:
        raise VersionStale(threshold_fen=before.threshold_fen)


async def _make(session: AsyncSession, kind: str) -> UUID:
    """The id of the kind's row, made if missing; then there is something to lock."""
    await session.execute(
        insert(ApprovalThreshold)
        .values(id=new_id(), kind=kind)
        .on_conflict_do_nothing(index_elements=[ApprovalThreshold.kind])
    )
    made_id = await session.scalar(
        select(ApprovalThreshold.id).where(ApprovalThreshold.kind == kind)
    )
    assert made_id is not None
    return made_id


async def _lock(session: AsyncSession, threshold_id: UUID) -> Threshold:
    row = await session.execute(
        select(ApprovalThreshold.kind, ApprovalThreshold.threshold_fen)
        .where(ApprovalThreshold.id == threshold_id)
        .with_for_update()
    )
    return Threshold(*row.one())


async def _set(
    session: AsyncSession,
    threshold_id: UUID,
    before: Threshold,
    threshold_fen: int | None,
    actor: Actor,
    reason: str,
) -> Threshold:
    await session.execute(
        update(ApprovalThreshold)
        .where(ApprovalThreshold.id == threshold_id)
        .values(threshold_fen=threshold_fen)
    )
    changes = {"threshold_fen": (before.threshold_fen, threshold_fen)}
    await write(
        session,
        [Act(actor, "approval_threshold.change", OBJECT, threshold_id, changes, reason=reason)],
    )
    return Threshold(before.kind, threshold_fen)


async def _check(session: AsyncSession, object_id: UUID, payload: Payload) -> None:
    _require_expected(await _lock(session, object_id), payload["expected_fen"])


async def _perform(session: AsyncSession, approved: Approved, actor: Actor) -> None:
    threshold_id, payload = approved.object_id, approved.payload
    before = await _lock(session, threshold_id)
    await _set(session, threshold_id, before, payload["threshold_fen"], actor, approved.why)


def _summary(before: Threshold, threshold_fen: int | None) -> Words:
    zh = "取消" if threshold_fen is None else f"改为 {threshold_fen} 分"
    en = "taken away" if threshold_fen is None else f"changed to {threshold_fen} fen"
    return Words(
        f"「{before.kind}」的审批门槛由 {before.threshold_fen} 分{zh}",
        f"The threshold of {before.kind}, {before.threshold_fen} fen, is to be {en}",
    )


THRESHOLD = ApprovalKind(
    name="approvals.threshold",
    object_kind=OBJECT,
    deciders=frozenset({Role.FINANCE}),
    check=_check,
    perform=_perform,
    measured=False,
)
