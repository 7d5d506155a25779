"""Two people, one mechanism: what, who asks, why, who decided. See `docs/approvals.md`.

A pack declares a kind of act (`ApprovalKind`, in its `approvals.py`) and its service asks
`propose` before it acts. `decide` does the act, once, in the approver's transaction.
"""

from app.shared.approvals.browse import find_approval, list_approvals
from app.shared.approvals.decide import decide, withdraw
from app.shared.approvals.kinds import AfterCommit, ApprovalKind, Approved, Desk, Payload
from app.shared.approvals.propose import Asked, Proposal, propose
from app.shared.approvals.refusals import ApprovalPending, OwnApproval
from app.shared.approvals.rows import ApprovalFacts
from app.shared.approvals.rules import APPROVAL_MOVES, approval_state
from app.shared.approvals.seals import PRIVATE
from app.shared.approvals.thresholds import Threshold, change_threshold, find_threshold

__all__ = [
    "APPROVAL_MOVES",
    "PRIVATE",
    "AfterCommit",
    "ApprovalFacts",
    "ApprovalKind",
    "ApprovalPending",
    "Approved",
    "Asked",
    "Desk",
    "OwnApproval",
    "Payload",
    "Proposal",
    "Threshold",
    "approval_state",
    "change_threshold",
    "decide",
    "find_approval",
    "find_threshold",
    "list_approvals",
    "propose",
    "withdraw",
]
