"""What of a draw takes two people: all that decides who wins."""

from app.shared.approvals import ApprovalKind
from app.shared.draws.commit import COMMIT
from app.shared.draws.disqualify import DISQUALIFY
from app.shared.draws.freeze import FREEZE
from app.shared.draws.reveal import REVEAL

APPROVALS: tuple[ApprovalKind, ...] = (FREEZE, COMMIT, REVEAL, DISQUALIFY)
