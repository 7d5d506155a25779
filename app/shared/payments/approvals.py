"""The room's act that may need a second person."""

from app.shared.approvals import ApprovalKind
from app.shared.payments.staff_refunds import REFUND

APPROVALS: tuple[ApprovalKind, ...] = (REFUND,)
