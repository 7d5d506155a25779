"""The provider's JSON as the port's values. Everything here raises `ValueError` on nonsense."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.shared.payments.provider import Back, BackState, Trade, TradeState


def read_trade(said: Mapping[str, Any], raw: str) -> Trade:
    """A payment, from a query or a notification."""
    state = TradeState(_text(said, "trade_state"))
    number = _text(said, "out_trade_no")
    if not state.has_money:
        return Trade(number, state, raw)
    amount = _object(said, "amount")
    return Trade(
        number,
        state,
        raw,
        transaction_no=_text(said, "transaction_id"),
        amount_fen=_fen(amount, "total"),
        currency=_text(amount, "currency"),
        paid_at=_time(said, "success_time"),
    )


def read_back(said: Mapping[str, Any], raw: str) -> Back:
    """A refund. A notification calls its state otherwise, and leaves out when it was made."""
    amount = _object(said, "amount")
    return Back(
        number=_text(said, "out_refund_no"),
        provider_no=_text(said, "refund_id"),
        payment_number=_text(said, "out_trade_no"),
        state=BackState(_text(said, "status" if "status" in said else "refund_status")),
        amount_fen=_fen(amount, "refund"),
        currency=amount.get("currency"),
        raw=raw,
        created_at=_time(said, "create_time") if "create_time" in said else None,
    )


def _object(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name)
    if not isinstance(found, dict):
        raise ValueError(f"no {name}")
    return found


def _text(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name)
    if not isinstance(found, str) or not found or len(found) > 128:
        raise ValueError(f"no {name}")
    return found


def _fen(said: Mapping[str, Any], name: str) -> int:
    found = said.get(name)
    if type(found) is not int or not 0 <= found < 10**12:
        raise ValueError(f"no {name}")
    return found


def _time(said: Mapping[str, Any], name: str) -> datetime:
    found = datetime.fromisoformat(_text(said, name))
    if found.tzinfo is None:
        raise ValueError(f"{name} without its offset")
    return found
