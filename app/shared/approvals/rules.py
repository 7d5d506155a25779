"""Pure decisions about approvals: their life, and which change of a threshold is free."""

from datetime import datetime

from app.models.states import ApprovalState

# state → {act: next state}. `fail` is an approval that the act itself refuses.
APPROVAL_MOVES: dict[ApprovalState, dict[str, ApprovalState]] = {
    ApprovalState.PENDING: {
        "approve": ApprovalState.APPROVED,
        "reject": ApprovalState.REJECTED,
        "withdraw": ApprovalState.WITHDRAWN,
        "lapse": ApprovalState.LAPSED,
        "fail": ApprovalState.FAILED,
    },
    ApprovalState.APPROVED: {},
    ApprovalState.REJECTED: {},
    ApprovalState.LAPSED: {},
    ApprovalState.WITHDRAWN: {},
    ApprovalState.FAILED: {},
}


def approval_state(state: ApprovalState, expires_at: datetime, now: datetime) -> ApprovalState:
    """As it is read: what nobody decided in time has lapsed, without a job."""
    if state is ApprovalState.PENDING and now >= expires_at:
        return ApprovalState.LAPSED
    return state


def is_over(threshold_fen: int | None, *, alone_fen: int, amount_fen: int) -> bool:
    """Whether so much more, after what was done alone, needs a second person.

    What adds nothing never does.
    """
    if threshold_fen is None or amount_fen == 0:
        return False
    return alone_fen + amount_fen > threshold_fen


def loosens(before: int | None, after: int | None) -> bool:
    """Whether a threshold would then stop less: raised or taken away."""
    if before is None:
        return False
    return after is None or after > before
