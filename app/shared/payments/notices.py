"""What the room tells members: that money came which nothing was bought with, and goes back."""

from app.platform.errors import Words
from app.shared.notices import NoticeKind, Variable, VariableType, Wording

RETURNED = "payments.returned"

NOTICES = (
    NoticeKind(
        RETURNED,
        Words("付款已退回", "A payment goes back"),
        Wording(
            Words("付款正在退回", "Your payment goes back"),
            Words(
                "您为「{description}」支付的 {amount} 未能使用，正原路全额退回。",
                'What you paid for "{description}", {amount}, was not used and goes back in full.',
            ),
        ),
        (
            Variable(
                "description",
                VariableType.TEXT,
                "年货大礼包",
                Words("所付事项", "what was paid for"),
            ),
            Variable("amount", VariableType.MONEY, 19_900, Words("金额", "how much")),
        ),
        optional=False,
    ),
)
