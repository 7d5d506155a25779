"""The room's own act that needs a second person: a threshold that is to stop less."""

from app.shared.approvals.kinds import ApprovalKind
from app.shared.approvals.thresholds import THRESHOLD

APPROVALS: tuple[ApprovalKind, ...] = (THRESHOLD,)
