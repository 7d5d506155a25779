"""Who may ask how often: budgets of wrong guesses, rates of requests, and their one table.

Guesses are counted by all processes together, because each of them is a risk; requests by each
process alone, because they are many and only load (docs/adr/0011-limits.md).
"""

from app.shared.limits.guesses import GuessBudget
from app.shared.limits.policies import (
    AT_ONCE,
    CLAIM,
    DESK_CODES,
    GUESSES,
    MEMBER,
    MERCHANT_SYSTEM,
    PASSWORDS,
    PASSWORDS_ELSEWHERE,
    PICTURES,
    PUBLIC,
    RATES,
    SECOND_FACTORS,
    STAFF,
    TILL,
    UPLOAD,
    VOUCHER_CODES,
    AtOncePolicy,
    GuessPolicy,
    RatePolicy,
)
from app.shared.limits.rates import Rates, Standing
from app.shared.limits.waits import Wait, Waits

__all__ = [
    "AT_ONCE",
    "CLAIM",
    "DESK_CODES",
    "GUESSES",
    "MEMBER",
    "MERCHANT_SYSTEM",
    "PASSWORDS",
    "PASSWORDS_ELSEWHERE",
    "PICTURES",
    "PUBLIC",
    "RATES",
    "SECOND_FACTORS",
    "STAFF",
    "TILL",
    "UPLOAD",
    "VOUCHER_CODES",
    "AtOncePolicy",
    "GuessBudget",
    "GuessPolicy",
    "RatePolicy",
    "Rates",
    "Standing",
    "Wait",
    "Waits",
]
