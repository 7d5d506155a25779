"""Enumerations of money: payments, refunds, what the provider says, and its bills."""

from enum import StrEnum


class PaymentState(StrEnum):
    """Of one attempt to pay. `created`: the provider may know of it or not. `pending`: somebody
    can pay it. `paid`: the payable took the money. `surplus`: it did not, and the whole goes
    back. `mismatched`: what came is not what was due. `closed`: nobody can pay it any more."""

    CREATED = "created"
    PENDING = "pending"
    PAID = "paid"
    SURPLUS = "surplus"
    MISMATCHED = "mismatched"
    CLOSED = "closed"


class RefundState(StrEnum):
    """`abnormal`: the payer's account does not take it, and staff finish it at the provider.
    `closed`: the provider gave up, and the money is still ours."""

    ASKED = "asked"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    ABNORMAL = "abnormal"
    CLOSED = "closed"


class RefundCause(StrEnum):
    """Why money goes back. The first four are decided at once, by nobody in person."""

    PAID_TWICE = "paid_twice"
    HOLD_LAPSED = "hold_lapsed"
    CANCELLED = "cancelled"
    PAYABLE_GONE = "payable_gone"
    RETURNED = "returned"
    STAFF = "staff"


class EventSource(StrEnum):
    """How we heard what the provider says."""

    NOTIFICATION = "notification"
    QUERY = "query"
    ANSWER = "answer"


class EventOutcome(StrEnum):
    """What came of it: something changed; nothing new; it contradicts what we know; it names
    nothing of ours."""

    APPLIED = "applied"
    NOTHING_NEW = "nothing_new"
    FLAGGED = "flagged"
    UNKNOWN = "unknown"


class MoneyFlow(StrEnum):
    """Which way the money goes."""

    PAYMENT = "payment"
    REFUND = "refund"


class ReconciliationState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class DifferenceKind(StrEnum):
    """In what the provider and we differ."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    AMOUNT_DIFFERS = "amount_differs"
    STATE_DIFFERS = "state_differs"
    PAID_AGAIN = "paid_again"
    REFUND_CLOSED = "refund_closed"
    REFUND_ABNORMAL = "refund_abnormal"


class DifferenceState(StrEnum):
    """`taken`: somebody of the staff sees to it."""

    OPEN = "open"
    TAKEN = "taken"
    RESOLVED = "resolved"
