"""Gift boxes' act that may need a second person."""

from app.packs.gift_boxes.refunding import REFUND
from app.shared.approvals import ApprovalKind

APPROVALS: tuple[ApprovalKind, ...] = (REFUND,)
