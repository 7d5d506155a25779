"""Every way in which gift boxes say no (contract section 8)."""

from app.platform.errors import Refusal, Words
from app.shared.stock.refusals import LimitReached, NotOpen, SoldOut


class SaleOver(NotOpen):
    """The window is over, which the contract calls by the same code. Facts: `box_id`,
    `closes_at`."""

    title = Words("已停售", "The sale is over")
    detail = Words("已于 {closes_at} 停止销售。", "It ended at {closes_at}.")


class BoxSoldOut(SoldOut):
    """Facts: `box_id`, `name`: which box, of those that were ordered together."""

    title = Words("已售罄", "Sold out")
    detail = Words(
        "「{name}」余量不足，本单未下。", 'Not enough of "{name}" is left; nothing was ordered.'
    )


class BoxLimitReached(LimitReached):
    """Facts: `box_id`, `name`, `rule`, `limit`."""

    title = Words("已达限购数量", "Limit reached")
    detail = Words(
        "「{name}」每人限购 {limit} 份，您已买满或本次超出。",
        'One person may have {limit} of "{name}"; with this it would be more.',
    )


class PriceChanged(Refusal):
    """Facts: `box_id`, `name`, `price_fen` as it now is."""

    status, code = 409, "price_changed"
    title = Words("价格已变动", "The price has changed")
    detail = Words(
        "「{name}」现价 {price_fen} 分，请确认后重新下单。",
        '"{name}" costs {price_fen} fen now; look at it and order again.',
    )


class OrderExpired(Refusal):
    """Facts: `pay_before`, when it did."""

    status, code = 409, "order_expired"
    title = Words("订单已超时", "Order expired")
    detail = Words(
        "应在 {pay_before} 前支付，名额已放出。",
        "It was to be paid before {pay_before}; its boxes have gone back.",
    )


class BoxesLeft(Refusal):
    """Nobody waits for what can be had."""

    status, code = 409, "boxes_left"
    title = Words("尚有余量", "Boxes are left")
    detail = Words("现在可以直接下单，无需候补。", "It can be ordered now; nobody has to wait.")
