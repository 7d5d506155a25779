"""Breakfast's acts that may need a second person."""

from app.packs.breakfast.budget import BUDGET
from app.shared.approvals import ApprovalKind

APPROVALS: tuple[ApprovalKind, ...] = (BUDGET,)
