"""What became of a wish and of a claim on it, for the ledger."""

from datetime import datetime
from uuid import UUID

from app.models.states import ClaimState, WishState
from app.shared.identity.callers import Actor
from app.shared.ledger import Act

WISH, CLAIM, DISPATCH = "wish", "claim", "dispatch"


def wish_act(
    actor: Actor,
    act: str,
    wish_id: UUID,
    states: tuple[WishState | None, WishState],
    at: datetime,
    reason: str | None = None,
) -> Act:
    """`wishes.wish.<act>`, a move from one state to the next. `reason`: staff's words alone."""
    changes = {"state": states}
    return Act(actor, f"wishes.wish.{act}", WISH, wish_id, changes, at=at, reason=reason)


def claim_act(
    actor: Actor,
    act: str,
    claim_id: UUID,
    states: tuple[ClaimState | None, ClaimState],
    at: datetime,
) -> Act:
    """`wishes.claim.<act>`: the same act, as the claim feels it."""
    return Act(actor, f"wishes.claim.{act}", CLAIM, claim_id, {"state": states}, at=at)
