"""Money: one room for everything that members pay. See `docs/payments.md`.

A pack declares what can be paid (`Payable`, in its `payments.py`). It calls `start_payment` for
what the app hands to the provider; `stop_payment` where nobody should pay any more and
`refund_payable` where money goes back, both inside its own transaction. What the provider says
comes in by notification or by query, and reaches the pack as `on_paid` and `on_refunded`, once,
whatever is repeated, late, lost or out of order.
"""

from app.shared.payments.browsing import (
    WholePayment,
    find_payment,
    find_reconciliation,
    list_differences,
    list_payments,
    list_reconciliations,
)
from app.shared.payments.checks import CHECKS
from app.shared.payments.differences import resolve_difference, take_difference
from app.shared.payments.notifying import take_notification
from app.shared.payments.opening import open_provider
from app.shared.payments.payable import (
    Answer,
    Due,
    Kept,
    Paid,
    Payable,
    Payables,
    RefundBecause,
    Refunded,
)
from app.shared.payments.reconciling import start_reconciliation
from app.shared.payments.refunding import refund_payable
from app.shared.payments.refusals import BadSignature, BillNotReady, RefundTooLarge
from app.shared.payments.room import Payments
from app.shared.payments.staff_refunds import refund_by_staff
from app.shared.payments.starting import Started, start_payment, stop_payment

__all__ = [
    "CHECKS",
    "Answer",
    "BadSignature",
    "BillNotReady",
    "Due",
    "Kept",
    "Paid",
    "Payable",
    "Payables",
    "Payments",
    "RefundBecause",
    "RefundTooLarge",
    "Refunded",
    "Started",
    "WholePayment",
    "find_payment",
    "find_reconciliation",
    "list_differences",
    "list_payments",
    "list_reconciliations",
    "open_provider",
    "refund_by_staff",
    "refund_payable",
    "resolve_difference",
    "start_payment",
    "start_reconciliation",
    "stop_payment",
    "take_difference",
    "take_notification",
]
