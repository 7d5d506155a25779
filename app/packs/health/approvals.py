"""Health's acts that need a second person."""

from app.packs.health.anonymity import LIFT_ANONYMITY
from app.shared.approvals import ApprovalKind

APPROVALS: tuple[ApprovalKind, ...] = (LIFT_ANONYMITY,)
