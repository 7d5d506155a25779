"""What staff did to a batch, for the ledger."""

from datetime import datetime
from typing import Any

from app.packs.breakfast.queries import BatchFacts
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, changed

OBJECT = "batch"


def batch_act(
    actor: Actor,
    act: str,
    before: BatchFacts | None,
    after: BatchFacts,
    *,
    at: datetime,
    reason: str | None = None,
) -> Act:
    """`breakfast.batch.<act>` with the fields in which `after` differs."""
    return Act(
        actor,
        f"breakfast.batch.{act}",
        OBJECT,
        after.id,
        changed(_fields(before) if before else {}, _fields(after)),
        at=at,
        reason=reason,
    )


def _fields(batch: BatchFacts) -> dict[str, Any]:
    pool = batch.pool
    return {
        "name": batch.name,
        "state": pool.state,
        "total": pool.total,
        "opens_at": pool.opens_at,
        "closes_at": pool.closes_at,
        "valid_days": batch.valid_days,
        "valid_from": batch.valid_from,
        "face_value_fen": batch.face_value_fen,
        "eligible_categories": batch.eligible_categories,
        "per_person_per_day": pool.per_person_per_day,
        "per_person_total": pool.per_person_total,
        "limit_group": batch.limit_group,
        "store_districts": batch.store_districts,
        "store_ids": batch.store_ids,
        "test": batch.test,
    }
