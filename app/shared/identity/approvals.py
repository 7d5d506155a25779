"""This room's acts that need a second person."""

from app.shared.approvals import ApprovalKind
from app.shared.identity.bank_accounts import BANK_ACCOUNT

APPROVALS: tuple[ApprovalKind, ...] = (BANK_ACCOUNT,)
