"""What wishes tell members: both sides, at each step."""

from datetime import UTC, datetime

from app.platform.errors import Words
from app.shared.notices import NoticeKind, Variable, VariableType, Wording

TITLE = Variable(
    "title",
    VariableType.TEXT,
    "想要一副老花镜",
    Words("心愿标题（已脱敏）", "the wish's title, as everybody sees it"),
)
UNTIL = Variable(
    "until",
    VariableType.TIME,
    datetime(2023, 1, 15, 4, tzinfo=UTC),
    Words("期限", "until when"),
)


def _kind(name: str, title: Words, body: Words, *more: Variable) -> NoticeKind:
    return NoticeKind(f"wishes.{name}", title, Wording(title, body), (TITLE, *more))


NOTICES = (
    _kind(
        "posted",
        Words("心愿已收到", "Your wish has arrived"),
        Words("「{title}」正在审核。", '"{title}" is being reviewed.'),
    ),
    _kind(
        "approved",
        Words("心愿已通过审核", "Your wish was approved"),
        Words("「{title}」已公开，等待志愿者认领。", 'Volunteers can see "{title}" now.'),
    ),
    _kind(
        "rejected",
        Words("心愿未通过审核", "Your wish was not approved"),
        Words("「{title}」未通过，原因请在心愿详情查看。", 'Open "{title}" to read why.'),
    ),
    _kind(
        "claimed",
        Words("心愿有人认领了", "A volunteer took your wish on"),
        Words("志愿者认领了「{title}」。", 'A volunteer has taken "{title}" on.'),
    ),
    _kind(
        "claim_made",
        Words("您认领了一个心愿", "You took a wish on"),
        Words(
            "请在 {until} 之前开始「{title}」，否则认领失效。",
            'Start "{title}" before {until}, or your claim lapses.',
        ),
        UNTIL,
    ),
    _kind(
        "claim_lapsing",
        Words("认领即将失效", "Your claim is about to lapse"),
        Words(
            "您还没有开始「{title}」，{until} 认领失效。",
            'You have not started "{title}"; your claim lapses at {until}.',
        ),
        UNTIL,
    ),
    _kind(
        "claim_lapsed",
        Words("认领已失效", "Your claim has lapsed"),
        Words(
            "「{title}」未按时开始，已重新开放。", '"{title}" was not started; it is open again.'
        ),
    ),
    _kind(
        "reopened",
        Words("心愿重新开放", "Your wish is open again"),
        Words("「{title}」重新等待志愿者认领。", '"{title}" is waiting for a volunteer again.'),
    ),
    _kind(
        "started",
        Words("志愿者已开始", "The volunteer has begun"),
        Words("志愿者开始帮您实现「{title}」。", 'The volunteer has begun with "{title}".'),
    ),
    _kind(
        "submitted",
        Words("请确认心愿是否实现", "Did your wish come true?"),
        Words(
            "志愿者说「{title}」已完成，请您确认。",
            'The volunteer says that "{title}" is done; please confirm.',
        ),
    ),
    _kind(
        "fulfilled",
        Words("心愿已实现", "A wish came true"),
        Words("「{title}」圆满完成，谢谢！", '"{title}" came true. Thank you!'),
    ),
    _kind(
        "not_done",
        Words("心愿未完成", "A wish was not done"),
        Words(
            "「{title}」被确认为未完成，已交工作人员处理。",
            '"{title}" was said not to be done; staff look after it.',
        ),
    ),
    _kind(
        "withdrawn",
        Words("心愿已撤回", "A wish was withdrawn"),
        Words("「{title}」已撤回，不必再办。", '"{title}" was withdrawn; nothing is to be done.'),
    ),
    _kind(
        "expired",
        Words("心愿已过期", "Your wish has expired"),
        Words("「{title}」到期仍无人认领。", 'Nobody took "{title}" on in time.'),
    ),
    _kind(
        "dispatched",
        Words("工会请您认领一个心愿", "The union asks you to take a wish on"),
        Words(
            "请看看「{title}」，您可以接受或谢绝。",
            'Please look at "{title}"; you may accept or refuse.',
        ),
    ),
)
