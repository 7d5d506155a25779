"""What the sandbox remembers: attempts to pay and refunds, in memory and in a journal.

The journal is a line a change, the last one of a number wins; so a sandbox that is started again
knows what was paid before. Times are real, in Shanghai's offset, as the provider writes them.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

Row = dict[str, Any]


class Book:
    """Trades by `out_trade_no`, refunds by `out_refund_no`; `numbers` are trades' by what the
    payer's app was handed. Whoever calls holds the lock."""

    def __init__(self, journal: Path | None = None) -> None:
        self.trades: dict[str, Row] = {}
        self.refunds: dict[str, Row] = {}
        self.numbers: dict[str, str] = {}
        self._journal = journal
        if journal is not None and journal.exists():
            for line in journal.read_text().splitlines():
                self._take(json.loads(line))

    def keep(self, row: Row) -> None:
        """Remember a row as it is now."""
        self._take(row)
        if self._journal is not None:
            with self._journal.open("a") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def refunds_of(self, number: str) -> Iterator[Row]:
        return (each for each in self.refunds.values() if each["out_trade_no"] == number)

    def refunded_fen(self, number: str) -> int:
        """In refunds that the provider has not given up."""
        live = (each for each in self.refunds_of(number) if each["status"] != "CLOSED")
        return sum(each["amount"]["refund"] for each in live)

    def of_day(self, day: date) -> tuple[list[Row], list[Row]]:
        """What was paid on that day, and which refunds were taken on."""
        paid = [row for row in self.trades.values() if _is_on(row.get("success_time"), day)]
        back = [row for row in self.refunds.values() if _is_on(row["create_time"], day)]
        return paid, back

    def _take(self, row: Row) -> None:
        if "out_refund_no" in row:
            self.refunds[row["out_refund_no"]] = row
        else:
            self.trades[row["out_trade_no"]] = row
            self.numbers |= dict.fromkeys(row["prepay_ids"], row["out_trade_no"])


def now() -> datetime:
    return datetime.now(UTC).astimezone(SHANGHAI)


def written_time(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _is_on(text: str | None, day: date) -> bool:
    return text is not None and datetime.fromisoformat(text).astimezone(SHANGHAI).date() == day
