"""The history of an edition: every move of it, and of its packs."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.models.campaign import CampaignHistory
from app.models.states import PackKind
from app.platform.ids import new_id
from app.shared.identity.callers import Actor


@dataclass(frozen=True, slots=True)
class Move:
    """From which state to which, and why; of the edition, or of a pack of it. An act that leaves
    the state as it is has the same twice."""

    act: str
    from_state: str | None
    to_state: str
    reason: str | None = None
    pack: PackKind | None = None


def history_row(campaign_id: UUID, move: Move, *, at: datetime, actor: Actor) -> CampaignHistory:
    """The move as it is kept."""
    return CampaignHistory(
        id=new_id(),
        campaign_id=campaign_id,
        pack=move.pack,
        at=at,
        act=move.act,
        actor=actor.name,
        from_state=move.from_state,
        to_state=move.to_state,
        reason=move.reason,
    )
