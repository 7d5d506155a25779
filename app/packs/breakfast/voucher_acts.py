"""What became of a voucher, for the ledger: its whole life stands under its own id."""

from datetime import datetime
from uuid import UUID

from app.models.states import VoucherState
from app.shared.identity.callers import Actor
from app.shared.ledger import Act

OBJECT = "voucher"


def voucher_act(
    actor: Actor,
    act: str,
    voucher_id: UUID,
    states: tuple[VoucherState | None, VoucherState],
    *,
    at: datetime,
    reason: str | None = None,
) -> Act:
    """`breakfast.voucher.<act>`, a move from one state to the next."""
    return Act(
        actor,
        f"breakfast.voucher.{act}",
        OBJECT,
        voucher_id,
        {"state": states},
        at=at,
        reason=reason,
    )


def voucher_read(actor: Actor, voucher_id: UUID, *, at: datetime) -> Act:
    """A till was shown whose voucher it is."""
    return Act(actor, "breakfast.voucher.look_up", OBJECT, voucher_id, at=at)


def voucher_search(actor: Actor, member_id: UUID) -> Act:
    """Staff were shown a member's vouchers."""
    return Act(actor, "breakfast.voucher.find", "member", member_id)
