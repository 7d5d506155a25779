"""A batch's total: raised or lowered at once, or, above a threshold, by two people."""

from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.breakfast import Batch
from app.models.states import Role
from app.packs.breakfast import queries
from app.packs.breakfast.batch_acts import batch_act
from app.packs.breakfast.batches import require_batch
from app.packs.breakfast.plan import history_row
from app.packs.breakfast.queries import BatchFacts
from app.packs.breakfast.rules import added_fen
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import VersionStale, Words
from app.platform.money import yuan
from app.shared.approvals import (
    AfterCommit,
    ApprovalKind,
    Approved,
    Asked,
    Payload,
    Proposal,
    propose,
)
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import write
from app.shared.stock import Stock, change_pool, check_total


async def change_budget(
    sessions: Sessions,
    clock: Clock,
    stock: Stock,
    once: Once,
    *,
    actor: Actor,
    batch_id: UUID,
    expected_total: int,
    total: int,
    reason: str,
) -> BatchFacts | Asked:
    """Raise or lower a batch's total, or ask for it where it adds more than one may alone.

    Raises `NotFound`, `VersionStale`, `BelowIssued`, `ApprovalPending`.
    """
    async with sessions.begin() as session:
        await once.first(session, about=select(Batch.id).where(Batch.id == batch_id))
        batch = await require_batch(session, batch_id)
        proposal = _proposal(batch, expected_total, total, reason)
        asked = await propose(session, once, BUDGET, proposal, actor=actor)
        if asked is not None:
            state, now = batch.pool.state, clock.now()
            session.add(
                history_row(
                    batch_id,
                    "ask_budget",
                    at=now,
                    actor=actor,
                    states=(state, state),
                    reason=reason,
                )
            )
            return asked
        changed = await _change(
            session, clock, batch, expected_total, total, actor=actor, reason=reason, why=reason
        )
        await once.keep(session, changed)
    await stock.announce(changed.pool)
    return changed


async def _change(
    session: AsyncSession,
    clock: Clock,
    batch: BatchFacts,
    expected_total: int,
    total: int,
    *,
    actor: Actor,
    reason: str,
    why: str,
    asked_by: str | None = None,
) -> BatchFacts:
    """The act itself, of a locked batch, whichever way it came. `why` is the ledger's reason."""
    await change_pool(
        session, batch.pool.id, expected_total=expected_total, total=total, why=reason
    )
    states, now = (batch.pool.state, batch.pool.state), clock.now()
    session.add(
        history_row(
            batch.id,
            "budget",
            at=now,
            actor=actor,
            states=states,
            reason=reason,
            asked_by=asked_by,
        )
    )
    await session.execute(
        update(Batch).where(Batch.id == batch.id).values(version=Batch.version + 1)
    )
    changed = (await queries.find_batches(session, [batch.id]))[batch.id]
    await write(session, [batch_act(actor, "budget", batch, changed, at=now, reason=why)])
    return changed


async def _check(session: AsyncSession, object_id: UUID, payload: Payload) -> None:
    batch = await require_batch(session, object_id)
    if batch.face_value_fen != payload["face_value_fen"]:
        # A draft's may be corrected meanwhile, and then other money was asked for.
        raise VersionStale(face_value_fen=batch.face_value_fen)
    await check_total(
        session,
        batch.pool.id,
        expected_total=payload["expected_total"],
        total=payload["total"],
    )


async def _perform(
    session: AsyncSession, approved: Approved, actor: Actor, *, clock: Clock, stock: Stock
) -> AfterCommit:
    batch = await require_batch(session, approved.object_id)
    changed = await _change(
        session,
        clock,
        batch,
        approved.payload["expected_total"],
        approved.payload["total"],
        actor=actor,
        reason=approved.reason,
        why=approved.why,
        asked_by=approved.asked_by.name,
    )
    return partial(stock.announce, changed.pool)


def _proposal(batch: BatchFacts, expected_total: int, total: int, reason: str) -> Proposal:
    payload: dict[str, Any] = {
        "expected_total": expected_total,
        "total": total,
        "face_value_fen": batch.face_value_fen,
    }
    added = added_fen(batch.pool.total, total, batch.face_value_fen, test=batch.test)
    amount = yuan(added)
    return Proposal(
        object_id=batch.id,
        payload=payload,
        summary=Words(
            f"早餐券批次「{batch.name}」总量由 {expected_total} 调整为 {total}，增加 {amount} 元",
            f"Total of the voucher batch “{batch.name}” from {expected_total} to {total}, "
            f"which adds {amount} yuan",
        ),
        reason=reason,
        amount_fen=added,
    )


BUDGET = ApprovalKind(
    name="breakfast.budget",
    object_kind="batch",
    deciders=frozenset({Role.CAMPAIGN_MANAGER, Role.FINANCE}),
    check=_check,
    perform=_perform,
)
