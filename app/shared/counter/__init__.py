"""Counters: where things are handed out, at tills and at desks, with a network or without.

What they share is here: codes that can be read out and typed, texts that we sign and others
can judge, when a scan counts that was made without a network, a round of scans settled in one
transaction, and the budget of wrong codes. What a scan stands for, and whether it may be
handed out, is the pack's affair.
"""

from app.shared.counter.device_time import Upload, judged_at
from app.shared.counter.passes import PassClaims, Passes, ShownPass
from app.shared.counter.rounds import Rounds, answer_all, raise_if_all_are_the_callers
from app.shared.counter.signing import ALGORITHM, PassKey, SignedTexts

__all__ = [
    "ALGORITHM",
    "PassClaims",
    "PassKey",
    "Passes",
    "Rounds",
    "ShownPass",
    "SignedTexts",
    "Upload",
    "answer_all",
    "judged_at",
    "raise_if_all_are_the_callers",
]
