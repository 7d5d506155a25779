"""The day's bill: values behind backticks, sums in yuan, a second heading with the totals."""

from app.embedded.wechat_pay.book import Row

HEADING = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"
    "付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,"
    "退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
TOTALS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)


def write_bill(paid: list[Row], back: list[Row], trades: dict[str, Row]) -> str:
    lines = [_paid(row) for row in paid] + [_back(row, trades[row["out_trade_no"]]) for row in back]
    came = sum(row["amount"]["total"] for row in paid)
    went = sum(row["amount"]["refund"] for row in back)
    totals = [str(len(lines)), yuan(came), yuan(went), "0.00", "0.00", yuan(came), yuan(went)]
    return "\r\n".join([HEADING, *map(_line, lines), TOTALS, _line(totals), ""])


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def _line(values: list[str]) -> str:
    return ",".join(f"`{value}" for value in values)


def _paid(row: Row) -> list[str]:
    total = yuan(row["amount"]["total"])
    return [
        *_head(row, row["success_time"], "SUCCESS"),
        *(total, "0.00", "0", "0", "0.00", "0.00", "", ""),
        *(row["description"], "", "0.00", "0.00%", total, "0.00", ""),
    ]


def _back(row: Row, trade: Row) -> list[str]:
    back = yuan(row["amount"]["refund"])
    return [
        *_head(trade, row["create_time"], "REFUND"),
        *("0.00", "0.00", row["refund_id"], row["out_refund_no"], back, "0.00"),
        *("ORIGINAL", row["status"]),
        *(trade["description"], "", "0.00", "0.00%", "0.00", back, ""),
    ]


def _head(trade: Row, at: str, state: str) -> list[str]:
    when = at[:19].replace("T", " ")
    return [
        *(when, trade["appid"], trade["mchid"], "0", "", trade["transaction_id"]),
        *(trade["out_trade_no"], "", trade["trade_type"], state, "OTHERS"),
        trade["amount"]["currency"],
    ]
