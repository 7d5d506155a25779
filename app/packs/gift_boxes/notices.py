"""What gift boxes tell members: that it is paid, that a hold or an offer is over, that money goes
back, that something is kept for them, or is ready, sent, not fetched."""

from datetime import UTC, datetime

from app.platform.errors import Words
from app.shared.notices import NoticeKind, Variable, VariableType, Wording

BOXES = Variable(
    "boxes", VariableType.TEXT, "坚果礼盒 ×1", Words("礼盒与份数", "which boxes, and how many")
)
AMOUNT = Variable("amount", VariableType.MONEY, 9_900, Words("金额", "how much"))
UNTIL = Variable(
    "until", VariableType.TIME, datetime(2023, 1, 10, 8, tzinfo=UTC), Words("期限", "until when")
)
CARRIER = Variable("carrier", VariableType.TEXT, "顺丰速运", Words("承运商", "who carries it"))
NUMBER = Variable("number", VariableType.TEXT, "SF1234567890", Words("运单号", "its number there"))
PLACE = Variable("place", VariableType.COUNT, 7, Words("抽到的次序", "place in the order"))
SITE = Variable("site", VariableType.TEXT, "市工人文化宫", Words("自提点", "where"))


def _kind(
    name: str, title: Words, body: Words, *variables: Variable, optional: bool = True
) -> NoticeKind:
    wording = Wording(title, body)
    return NoticeKind(f"gift_boxes.{name}", title, wording, variables, optional=optional)


NOTICES = (
    _kind(
        "paid",
        Words("年货礼盒已付款", "Your boxes are paid"),
        Words(
            "您订购的{boxes}已付款 {amount}。",
            "{boxes} that you ordered: {amount} is paid.",
        ),
        BOXES,
        AMOUNT,
    ),
    _kind(
        "lapsed",
        Words("订单已超时取消", "Your order has lapsed"),
        Words(
            "您订购的{boxes}未在期限内付款，已取消。",
            "{boxes} that you ordered: not paid in time, so the order is cancelled.",
        ),
        BOXES,
    ),
    _kind(
        "refunded",
        Words("退款已到账", "Your money is back"),
        Words(
            "您订购的{boxes}已退款 {amount}。",
            "{boxes} that you ordered: {amount} went back to you.",
        ),
        BOXES,
        AMOUNT,
        optional=False,
    ),
    _kind(
        "offered",
        Words("候补到一份礼盒", "A box is kept for you"),
        Words(
            "{boxes}空出一份，为您保留到 {until}，请尽快下单。",
            "{boxes}: one came free and is kept for you until {until}; order it soon.",
        ),
        BOXES,
        UNTIL,
    ),
    _kind(
        "offer_lapsed",
        Words("候补名额已过期", "The offer has lapsed"),
        Words(
            "为您保留的{boxes}已转给下一位。",
            "{boxes}: what was kept for you has gone to the next.",
        ),
        BOXES,
    ),
    _kind(
        "ready",
        Words("年货可以自提了", "Your boxes can be picked up"),
        Words(
            "您的{boxes}已备好，请于 {until} 前到{site}领取。",
            "{boxes} is ready: come to {site} before {until}.",
        ),
        BOXES,
        SITE,
        UNTIL,
    ),
    _kind(
        "shipped",
        Words("年货已寄出", "Your boxes are on their way"),
        Words(
            "您的{boxes}已由{carrier}寄出，运单号 {number}。",
            "{boxes} is on its way: {carrier}, {number}.",
        ),
        BOXES,
        CARRIER,
        NUMBER,
    ),
    _kind(
        "turn_granted",
        Words("抽签结果：免费礼盒已为您留好", "A free box is yours"),
        Words(
            "免费{boxes}抽签完成，您排在第 {place} 位，已为您留好一份。",
            "{boxes}, free: the order is drawn, you are number {place}, and one is yours.",
        ),
        BOXES,
        PLACE,
    ),
    _kind(
        "turn_waiting",
        Words("抽签结果：免费礼盒递补中", "You come next for a free box"),
        Words(
            "免费{boxes}抽签完成，您排在第 {place} 位；本次已领完，如有空出将按次序直接给您。",
            "{boxes}, free: the order is drawn, you are number {place}. All are given; what comes "
            "free is given to you in that order, and you need do nothing.",
        ),
        BOXES,
        PLACE,
    ),
    _kind(
        "turn_passed",
        Words("抽签结果：未能领取免费礼盒", "No free box in this draw"),
        Words(
            "免费{boxes}抽签完成，您排在第 {place} 位；轮到时资格已失效、已领过或方式已截止。",
            "{boxes}, free: the order is drawn, you are number {place}. When it was your turn you "
            "were not entitled any more, had one already, or it could not be had so any more.",
        ),
        BOXES,
        PLACE,
    ),
    _kind(
        "given",
        Words("免费礼盒递补成功", "A free box came free for you"),
        Words(
            "空出的{boxes}已按抽签次序给您。", "{boxes} came free, and is yours by the drawn order."
        ),
        BOXES,
    ),
    _kind(
        "not_fetched",
        Words("年货逾期未领", "Nobody came for your boxes"),
        Words(
            "您的{boxes}未在期限内自提，订单已取消；已付款的全额退回。",
            "{boxes} was not picked up in time: the order is over, what was paid goes back.",
        ),
        BOXES,
        optional=False,
    ),
)
