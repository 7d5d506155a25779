"""What a person may ask of us: what we keep, who looked at it, and to erase it.

A room or a pack that keeps something about a member says so in its `personal_data.py`
(`DATA_KINDS`): how it is copied, what becomes of it at an erasure, and why. A door gathers them
(`app/registrations.py`). Law: Personal Information Protection Law 44 to 47.
docs/personal-data.md.
"""

from app.shared.personal_data.accesses import (
    KINDS,
    Access,
    AccessKind,
    hold_account,
    hold_accounts,
    list_accesses,
    log_access,
)
from app.shared.personal_data.copying import Copied, copy_data
from app.shared.personal_data.erasing import (
    ERASED_MEMBER_NO,
    ErasureReport,
    Line,
    erase_member,
    foresee_erasure,
    list_erasures,
)
from app.shared.personal_data.forgetting import CHECKS, forget_due
from app.shared.personal_data.kinds import (
    DataKind,
    Erasing,
    Fate,
    Outcome,
    Subject,
    always,
    as_it_is,
)

__all__ = [
    "CHECKS",
    "ERASED_MEMBER_NO",
    "KINDS",
    "Access",
    "AccessKind",
    "Copied",
    "DataKind",
    "Erasing",
    "ErasureReport",
    "Fate",
    "Line",
    "Outcome",
    "Subject",
    "always",
    "as_it_is",
    "copy_data",
    "erase_member",
    "foresee_erasure",
    "forget_due",
    "hold_account",
    "hold_accounts",
    "list_accesses",
    "list_erasures",
    "log_access",
]
