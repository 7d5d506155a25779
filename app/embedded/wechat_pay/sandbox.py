"""What the provider does with money, without any: pay, query, close, refund, bill."""

import secrets
import threading
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from app.embedded.wechat_pay.bills import write_bill
from app.embedded.wechat_pay.book import SHANGHAI, Book, Row, now, written_time
from app.embedded.wechat_pay.checks import checked_order, checked_refund
from app.embedded.wechat_pay.keys import Merchant, Platform
from app.embedded.wechat_pay.mishaps import Mishaps
from app.embedded.wechat_pay.notifier import Notice, Notifier
from app.embedded.wechat_pay.protocol import Refused, encrypted, written

BILLS_FROM = time(10)
SHOWN = (
    "appid",
    "mchid",
    "out_trade_no",
    "transaction_id",
    "trade_type",
    "trade_state",
    "success_time",
    "amount",
    "payer",
)


class Sandbox:
    """One merchant's account. Thread-safe; `journal` outlives it."""

    def __init__(self, merchant: Merchant, journal: Path | None = None) -> None:
        self.merchant, self.platform, self.mishaps = merchant, Platform(), Mishaps()
        self.notifier = Notifier(self.platform, self.mishaps)
        self._book = Book(journal)
        self._lock = threading.RLock()

    def order(self, kind: str, asked: Row) -> Row:
        """Prepay: the same number again is the same order, with one more prepay number; it can be
        paid by each of them."""
        with self._lock:
            asked = checked_order(self.merchant, kind, asked)
            known = self._book.trades.get(asked["out_trade_no"])
            if known is not None and not _is_same(known, asked):
                raise Refused(403, "OUT_TRADE_NO_USED")
            if known is not None and known["trade_state"] != "NOTPAY":
                raise Refused(400, _why_over(known))
            prepay_no = "wx" + now().strftime("%d%H%M%S") + secrets.token_hex(12)
            trade = {**(known or {}), **asked, "trade_state": "NOTPAY", "trade_type": kind.upper()}
            earlier = (known or {}).get("prepay_ids", ())
            self._book.keep({**trade, "prepay_ids": [*earlier, prepay_no]})
            return {"prepay_id": prepay_no}

    def query(self, number: str) -> Row:
        with self._lock:
            return _shown(self._trade(number))

    def close(self, number: str) -> None:
        with self._lock:
            trade = self._trade(number)
            if trade["trade_state"] not in {"NOTPAY", "CLOSED"}:
                raise Refused(400, "ORDERPAID")
            self._book.keep({**trade, "trade_state": "CLOSED"})

    def pay(self, named: str, *, late: bool = False, again: bool = False) -> Row:
        """The payer's phone: pay by prepay number, or by the merchant's. `late`: whatever the
        order's state and end (it was paid before, and the bank only now says so). `again`: a
        second time, which the real one promises not to do."""
        with self._lock:
            trade = self._named(named)
            if not again and "transaction_id" in trade:
                raise Refused(400, "ORDERPAID")
            is_over = datetime.fromisoformat(trade["time_expire"]) <= now()
            if not (late or again) and (is_over or trade["trade_state"] == "CLOSED"):
                raise Refused(400, "ORDER_CLOSED")
            total = trade["ordered"]["total"] + self.mishaps.amount_off_fen
            amount = {"total": total, "currency": self.mishaps.currency}
            paid = {
                **trade,
                "trade_state": "SUCCESS",
                "transaction_id": "4200" + "".join(secrets.choice("0123456789") for _ in range(24)),
                "success_time": written_time(now()),
                "amount": {**amount, "payer_total": total, "payer_currency": amount["currency"]},
                "payer": {"openid": "o" + secrets.token_urlsafe(20)},
            }
            self._book.keep(paid)
            self._tell(trade["notify_url"], "TRANSACTION.SUCCESS", "transaction", _shown(paid))
            return _shown(paid)

    def refund(self, asked: Row) -> Row:
        """Take a refund on; the same number again is the same refund."""
        with self._lock:
            trade = self._trade(str(asked.get("out_trade_no")))
            known = self._book.refunds.get(str(asked.get("out_refund_no")))
            if known is not None and known["amount"]["refund"] == asked["amount"]["refund"]:
                return _refund_shown(known)
            if known is not None:
                raise Refused(403, "INVALID_REQUEST", "another amount")
            asked = checked_refund(trade, asked, self._book.refunded_fen(trade["out_trade_no"]))
            if self.mishaps.strikes("not_enough"):
                raise Refused(403, "NOT_ENOUGH")
            row = {
                **asked,
                "refund_id": "5030" + "".join(secrets.choice("0123456789") for _ in range(24)),
                "transaction_id": trade["transaction_id"],
                "channel": "ORIGINAL",
                "user_received_account": "支付用户零钱",
                "create_time": written_time(now()),
                "status": "PROCESSING",
                "funds_account": "AVAILABLE",
            }
            self._book.keep(row)
            self._book.keep({**trade, "trade_state": "REFUND"})
            if not self.mishaps.refunds_wait:
                self.settle(row["out_refund_no"])
            return _refund_shown(row)

    def query_refund(self, number: str) -> Row:
        with self._lock:
            if number not in self._book.refunds:
                raise Refused(404, "RESOURCE_NOT_EXISTS")
            return _refund_shown(self._book.refunds[number])

    def settle(self, number: str, status: str | None = None) -> None:
        """A refund that is under way comes to its end."""
        with self._lock:
            row, status = self._book.refunds[number], status or self.mishaps.refunds_end
            ended = {**row, "status": status}
            if status == "SUCCESS":
                ended["success_time"] = written_time(now())
            self._book.keep(ended)
            told = {
                "mchid": self.merchant.merchant_no,
                **{name: row[name] for name in ("out_trade_no", "transaction_id")},
                **{name: row[name] for name in ("out_refund_no", "refund_id", "amount")},
                "refund_status": status,
                "user_received_account": row["user_received_account"],
            }
            if "notify_url" in row:
                self._tell(row["notify_url"], f"REFUND.{status}", "refund", told)

    def bill(self, day: date) -> str:
        """The text of a day's bill."""
        with self._lock:
            ready = datetime.combine(day + timedelta(days=1), BILLS_FROM, SHANGHAI)
            paid, back = self._book.of_day(day)
            if (not paid and not back) or (self.mishaps.bills_wait and now() < ready):
                raise Refused(400, "NO_STATEMENT_EXIST")
            return write_bill(paid, back, self._book.trades)

    def certificates(self) -> Row:
        return {
            "data": [
                {
                    "serial_no": each.serial_no,
                    "effective_time": written_time(each.starts),
                    "expire_time": written_time(each.ends),
                    "encrypt_certificate": encrypted(self.merchant, each.pem, "certificate"),
                }
                for each in self.platform.certificates
            ]
        }

    def waiting(self) -> list[str]:
        """Numbers of what can be paid now."""
        with self._lock:
            rows = self._book.trades.values()
            return [row["out_trade_no"] for row in rows if row["trade_state"] == "NOTPAY"]

    def _tell(self, url: str, event: str, kind: str, said: Row) -> None:
        body = written(
            {
                "id": str(uuid4()),
                "create_time": written_time(now()),
                "resource_type": "encrypt-resource",
                "event_type": event,
                "summary": event,
                "resource": {
                    "original_type": kind,
                    **encrypted(self.merchant, written(said).decode(), kind),
                },
            }
        )
        self.notifier.put(Notice(url, body, said.get("out_refund_no") or said["out_trade_no"]))

    def _trade(self, number: str) -> Row:
        if number not in self._book.trades:
            raise Refused(404, "ORDER_NOT_EXIST")
        return self._book.trades[number]

    def _named(self, named: str) -> Row:
        return self._trade(self._book.numbers.get(named, named))


def _is_same(known: Row, asked: Row) -> bool:
    return all(known[name] == asked[name] for name in ("ordered", "description"))


def _why_over(trade: Row) -> str:
    return "ORDER_CLOSED" if trade["trade_state"] == "CLOSED" else "ORDERPAID"


def _shown(trade: Row) -> Row:
    state: dict[str, Any] = {name: trade[name] for name in SHOWN if name in trade}
    return {**state, "trade_state_desc": trade["trade_state"], "attach": "", "bank_type": "OTHERS"}


def _refund_shown(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in {"notify_url", "reason"}}
