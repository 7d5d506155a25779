"""What is kept no longer than it may be: by kind, erased by a job that reports what it did.

A pack or room that keeps something for a time says so in its `retention.py` (`RETENTION`). For how
many days is data, which the privacy officer changes; a rehearsal does the same and takes it back.
Law: Personal Information Protection Law 19, 47. docs/retention.md.
"""

from app.shared.retention.kinds import RetentionKind, RetentionKinds
from app.shared.retention.periods import KeptKind, change_period, list_kinds
from app.shared.retention.runs import Line, Run, erase_due, list_runs, run_now

__all__ = [
    "KeptKind",
    "Line",
    "RetentionKind",
    "RetentionKinds",
    "Run",
    "change_period",
    "erase_due",
    "list_kinds",
    "list_runs",
    "run_now",
]
