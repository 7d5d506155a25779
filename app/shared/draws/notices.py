"""What draws tell members: that they won. Also a substitute hears no more than that."""

from datetime import UTC, datetime

from app.platform.errors import Words
from app.shared.notices import NoticeKind, Variable, VariableType, Wording

TITLE = Words("您中奖了", "You have won")

NOTICES = (
    NoticeKind(
        "draws.won",
        TITLE,
        Wording(
            TITLE,
            Words(
                "您在「{draw}」中以奖券 {ticket_no} 获得{prize}，"
                "请在 {until} 之前领取，逾期由他人递补。",
                'Your ticket {ticket_no} won {prize} in "{draw}". Claim it before {until}, '
                "or somebody else gets it.",
            ),
        ),
        (
            Variable("draw", VariableType.TEXT, "防疫知识答题抽奖", Words("抽奖名称", "the draw")),
            Variable("prize", VariableType.TEXT, "电饭煲", Words("奖品", "the prize")),
            Variable("ticket_no", VariableType.TEXT, "7K3M9QX2TB", Words("奖券号", "the ticket")),
            Variable(
                "until",
                VariableType.TIME,
                datetime(2023, 2, 10, 4, tzinfo=UTC),
                Words("领奖截止时间", "until when it can be claimed"),
            ),
        ),
    ),
)
