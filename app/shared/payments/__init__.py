"""Money: one room for everything that members pay. See `docs/payments.md`.

A pack declares what can be paid (`Payable`, in its `payments.py`). It asks `start_payment` for
what the app hands to the provider, `stop_payment` where nobody should pay any more, and
`refund_payment` where money goes back, the last two inside its own transaction. What the
provider says comes in by notification or by query, and reaches the pack as `on_paid` and
`on_refunded`, once, whatever is repeated, late, lost or out of order.
"""

from app.shared.payments.payable import (
    Due,
    Kept,
    Paid,
    Payable,
    Payables,
    RefundBecause,
    RefundCause,
    Refunded,
)

__all__ = [
    "Due",
    "Kept",
    "Paid",
    "Payable",
    "Payables",
    "RefundBecause",
    "RefundCause",
    "Refunded",
]
