"""A day's bill as the provider writes it: lines of values behind backticks, sums in yuan.

The columns are found by their names, because the provider adds some; after the lines comes a
second heading with the sums, which must be those of the lines.
"""

import csv
import io
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from app.shared.payments.provider import BillLine

NUMBER, TRANSACTION, CURRENCY = "商户订单号", "微信订单号", "货币种类"
PAID, STATE = "订单金额", "交易状态"
BACK_NUMBER, BACK_FEN, BACK_STATE = "商户退款单号", "申请退款金额", "退款状态"
COUNT = "总交易单数"
REFUND = "REFUND"
FEN = Decimal(100)


def read_bill(text: str) -> tuple[BillLine, ...]:
    """The lines. Raises `ValueError` where something is missing, or the count is another."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    if not rows:
        raise ValueError("a bill without a heading")
    heading, lines = rows[0], []
    rest = iter(rows[1:])
    for row in rest:
        if row and row[0] == COUNT:
            break
        lines.append(_line(dict(zip(heading, map(_bare, row), strict=True))))
    sums = next(rest, None)
    if sums is None or int(_bare(sums[0])) != len(lines):
        raise ValueError("a bill that is not whole")
    return tuple(lines)


def _line(row: Mapping[str, str]) -> BillLine:
    is_refund = row[STATE] == REFUND
    return BillLine(
        number=row[NUMBER],
        transaction_no=row[TRANSACTION],
        paid_fen=0 if is_refund else _fen(row[PAID]),
        currency=row[CURRENCY],
        back_number=row[BACK_NUMBER] if is_refund else None,
        back_fen=_fen(row[BACK_FEN]) if is_refund else 0,
        back_state=row[BACK_STATE] if is_refund else None,
    )


def _bare(value: str) -> str:
    return value.removeprefix("`").strip()


def _fen(yuan: str) -> int:
    try:
        fen = Decimal(yuan) * FEN
    except InvalidOperation as error:
        raise ValueError("a sum that is none") from error
    if fen != int(fen):
        raise ValueError("a part of a fen")
    return int(fen)
