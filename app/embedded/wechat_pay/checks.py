"""What the provider asks of a request before it does anything."""

import re
from datetime import datetime, timedelta
from typing import Any

from app.embedded.wechat_pay.book import Row, now, written_time
from app.embedded.wechat_pay.keys import Merchant
from app.embedded.wechat_pay.protocol import Refused

NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
REFUND_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")
DESCRIPTION_BYTES = 127
KINDS = {"app", "jsapi"}
DEFAULT_LIFE = timedelta(days=7)


def checked_order(merchant: Merchant, kind: str, asked: Row) -> Row:
    """The order as it is kept. Raises `Refused`."""
    if kind not in KINDS:
        raise Refused(404, "RESOURCE_NOT_EXISTS")
    if (asked.get("appid"), asked.get("mchid")) != (merchant.app_id, merchant.merchant_no):
        raise Refused(400, "APPID_MCHID_NOT_MATCH")
    _require(NUMBER.fullmatch(str(asked.get("out_trade_no"))), "out_trade_no")
    description = str(asked.get("description", ""))
    _require(0 < len(description.encode()) <= DESCRIPTION_BYTES, "description")
    _require(str(asked.get("notify_url", "")).startswith("http"), "notify_url")
    _require(kind != "jsapi" or asked.get("payer", {}).get("openid"), "payer")
    amount = asked.get("amount", {})
    _require(_is_fen(amount.get("total")), "amount")
    return {
        "appid": merchant.app_id,
        "mchid": merchant.merchant_no,
        "out_trade_no": asked["out_trade_no"],
        "description": description,
        "notify_url": asked["notify_url"],
        "time_expire": _end(asked),
        "ordered": {"total": amount["total"], "currency": amount.get("currency", "CNY")},
    }


def checked_refund(trade: Row, asked: Row, refunded_fen: int) -> Row:
    """The refund as it is kept. Raises `Refused`."""
    _require(REFUND_NUMBER.fullmatch(str(asked.get("out_refund_no"))), "out_refund_no")
    if "transaction_id" not in trade:
        raise Refused(403, "INVALID_REQUEST", "not paid")
    amount = asked.get("amount", {})
    _require(_is_fen(amount.get("refund")), "refund")
    _require(amount.get("total") == trade["amount"]["total"], "total")
    if refunded_fen + amount["refund"] > trade["amount"]["total"]:
        raise Refused(403, "INVALID_REQUEST", "more than was paid")
    return {
        "out_trade_no": trade["out_trade_no"],
        "out_refund_no": asked["out_refund_no"],
        "reason": asked.get("reason", ""),
        "amount": {
            "refund": amount["refund"],
            "total": amount["total"],
            "currency": trade["amount"]["currency"],
            "payer_refund": amount["refund"],
            "payer_total": amount["total"],
        },
        **({"notify_url": asked["notify_url"]} if asked.get("notify_url") else {}),
    }


def _end(asked: Row) -> str:
    if "time_expire" not in asked:
        return written_time(now() + DEFAULT_LIFE)
    try:
        end = datetime.fromisoformat(asked["time_expire"])
    except (TypeError, ValueError) as error:
        raise Refused(400, "PARAM_ERROR", "time_expire") from error
    _require(end.tzinfo is not None, "time_expire")
    return written_time(end)


def _is_fen(value: Any) -> bool:
    return type(value) is int and value > 0


def _require(holds: Any, field: str) -> None:
    if not holds:
        raise Refused(400, "PARAM_ERROR", field)
