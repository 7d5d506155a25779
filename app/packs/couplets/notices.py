"""What couplets tell members: what is kept for them, when to come, that it was handed out."""

from datetime import UTC, datetime

from app.platform.errors import Words
from app.shared.notices import NoticeKind, Variable, VariableType, Wording

EVENT = Variable(
    "event",
    VariableType.TEXT,
    "送万福、进万家",
    Words("场次名称", "the event's title"),
)
UNTIL = Variable(
    "until",
    VariableType.TIME,
    datetime(2023, 1, 14, 8, tzinfo=UTC),
    Words("期限", "until when"),
)
OPENS_AT = Variable(
    "opens_at",
    VariableType.TIME,
    datetime(2023, 1, 15, 1, tzinfo=UTC),
    Words("开始领取的时间", "when the site opens"),
)
SITE = Variable(
    "site",
    VariableType.TEXT,
    "市工人文化宫",
    Words("领取地点", "where it is picked up"),
)


PLACE = Variable("place", VariableType.COUNT, 17, Words("抽到的次序", "the place in the order"))


def _kind(name: str, title: Words, body: Words, *variables: Variable) -> NoticeKind:
    return NoticeKind(f"couplets.{name}", title, Wording(title, body), variables)


NOTICES = (
    _kind(
        "offered",
        Words("候补到一副春联", "A pair is kept for you"),
        Words(
            "「{event}」空出一副春联，为您保留到 {until}，请尽快接受。",
            'A pair of "{event}" came free and is kept for you until {until}; accept it soon.',
        ),
        EVENT,
        UNTIL,
    ),
    _kind(
        "offer_lapsed",
        Words("候补名额已过期", "The offer has lapsed"),
        Words(
            "「{event}」为您保留的春联已转给下一位。",
            'The pair of "{event}" that was kept for you has gone to the next.',
        ),
        EVENT,
    ),
    _kind(
        "turn_granted",
        Words("抽签结果：已为您预约春联", "A pair is reserved for you"),
        Words(
            "「{event}」抽签完成，您排在第 {place} 位，所选春联已预约成功，请按时领取。",
            'The order of "{event}" is drawn. You are number {place}, and the pair that you asked '
            "for is reserved; come and collect it in time.",
        ),
        EVENT,
        PLACE,
    ),
    _kind(
        "turn_waiting",
        Words("抽签结果：已进入候补", "You are on the waiting list"),
        Words(
            "「{event}」抽签完成，您排在第 {place} 位，所选款式已约满，已按次序进入候补。",
            'The order of "{event}" is drawn. You are number {place}; all pairs of your choice '
            "are reserved, and you are on the waiting list in that order.",
        ),
        EVENT,
        PLACE,
    ),
    _kind(
        "turn_passed",
        Words("抽签结果：未能预约", "Nothing could be reserved"),
        Words(
            "「{event}」抽签完成，您排在第 {place} 位；轮到您时预约已截止，欢迎到现场领取。",
            'The order of "{event}" is drawn. You are number {place}; when it was your turn '
            "nothing could be reserved any more. Come to the site for what is left.",
        ),
        EVENT,
        PLACE,
    ),
    _kind(
        "reminder",
        Words("别忘了来领春联", "Your couplets wait for you"),
        Words(
            "「{event}」{opens_at} 起可在{site}领取，请带好二维码。",
            'Pick up your pair of "{event}" at {site} from {opens_at} on; bring the pass.',
        ),
        EVENT,
        SITE,
        OPENS_AT,
    ),
    _kind(
        "collected",
        Words("春联已领取", "Your couplets were handed out"),
        Words(
            "「{event}」的春联已在{site}领取。如非本人或您委托的人，请联系工作人员。",
            'A pair of "{event}" was handed out at {site}. If that was neither you nor whom you '
            "sent, tell the staff.",
        ),
        EVENT,
        SITE,
    ),
    _kind(
        "released",
        Words("春联已转为现场领取", "Your pair has gone to the door"),
        Words(
            "「{event}」您预约的春联未在截止前领取，已转为现场领取。",
            'Your pair of "{event}" was not collected in time and has gone to the door.',
        ),
        EVENT,
    ),
)
