"""What of a payment and of a refund may follow what. Pure."""

from app.models.states_of_payments import PaymentState as P
from app.models.states_of_payments import RefundState as R
from app.shared.payments.provider import CNY, BackState, Trade

# What nobody has paid can still be paid, also after it was closed here: the provider's word that
# there is money counts whenever it comes.
PAYMENT_MOVES: dict[P, dict[str, P]] = {
    P.CREATED: {
        "hand_over": P.PENDING,
        "pay": P.PAID,
        "return": P.SURPLUS,
        "mismatch": P.MISMATCHED,
        "close": P.CLOSED,
    },
    P.PENDING: {
        "pay": P.PAID,
        "return": P.SURPLUS,
        "mismatch": P.MISMATCHED,
        "close": P.CLOSED,
    },
    P.CLOSED: {"pay": P.PAID, "return": P.SURPLUS, "mismatch": P.MISMATCHED},
    P.PAID: {},
    P.SURPLUS: {},
    P.MISMATCHED: {},
}
LIVE = frozenset({P.CREATED, P.PENDING})
WITH_MONEY = frozenset({P.PAID, P.SURPLUS, P.MISMATCHED})

# By what the provider says. It may say it late: an older word changes nothing.
REFUND_MOVES: dict[R, dict[BackState, R]] = {
    R.ASKED: {
        BackState.PROCESSING: R.PROCESSING,
        BackState.SUCCESS: R.SUCCEEDED,
        BackState.ABNORMAL: R.ABNORMAL,
        BackState.CLOSED: R.CLOSED,
    },
    R.PROCESSING: {
        BackState.SUCCESS: R.SUCCEEDED,
        BackState.ABNORMAL: R.ABNORMAL,
        BackState.CLOSED: R.CLOSED,
    },
    R.ABNORMAL: {BackState.SUCCESS: R.SUCCEEDED, BackState.CLOSED: R.CLOSED},
    R.SUCCEEDED: {},
    R.CLOSED: {},
}
# In these the provider may still do something by itself.
UNDER_WAY = frozenset({R.ASKED, R.PROCESSING})


def is_what_was_due(trade: Trade, amount_fen: int) -> bool:
    """To the fen, in yuan."""
    return trade.amount_fen == amount_fen and trade.currency == CNY


def contradicts(state: R, said: BackState) -> bool:
    """Whether the provider takes back what it said for good."""
    ended = {R.SUCCEEDED: BackState.SUCCESS, R.CLOSED: BackState.CLOSED}
    return state in ended and said not in {ended[state], BackState.PROCESSING}
