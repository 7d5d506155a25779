"""Wishes in the campaign's report: from rows of history alone, and of its moves those alone that
are written down as they happen (what time decides may be written later)."""

from app.models.states import PackKind
from app.platform.errors import Words
from app.shared.report import Facts, Figure, Measure, PackReport, Part, Unit

_KINDS = (
    Part(
        "kind",
        Words("类别", "Kind"),
        "SELECT code, title, title_en FROM wish_kind WHERE campaign_id = :campaign",
    ),
)
_MOVES = """
    SELECT move.at, {who} AS who, 1 AS amount, wish.district, wish.kind
      FROM wish_history move JOIN wish ON wish.id = move.wish_id {join}
     WHERE wish.campaign_id = :campaign AND move.act = '{act}' AND move.at <= :as_of
"""


def _moves(act: str, who: str = "wish.id", join: str = "") -> str:
    return _MOVES.format(act=act, who=who, join=join)


_WISHERS = _moves("post", "wisher.person_id", "JOIN member wisher ON wisher.id = wish.member_id")
_VOLUNTEERS = _moves(
    "claim",
    "volunteer.person_id",
    "JOIN wish_claim claim ON claim.id = move.claim_id"
    " JOIN member volunteer ON volunteer.id = claim.member_id",
)

FIGURES = (
    Figure(
        "wishes.participants",
        Words("参与人数", "Participants"),
        Words(
            "发布过或认领过心愿的自然人；按心愿所在区市；分项之和不等于总数",
            "natural persons who had posted or claimed a wish, by the wish's district; parts do "
            "not add up to the whole",
        ),
        Unit.PEOPLE,
        Facts(f"{_WISHERS} UNION ALL {_VOLUNTEERS}", _KINDS),
        Measure.DIFFERENT,
    ),
    Figure(
        "wishes.volunteers",
        Words("志愿者", "Volunteers"),
        Words("认领过心愿的自然人", "natural persons who had claimed a wish"),
        Unit.PEOPLE,
        Facts(_VOLUNTEERS, _KINDS),
        Measure.DIFFERENT,
    ),
    Figure(
        "wishes.received",
        Words("收到心愿", "Received"),
        Words(
            "发布的心愿，含后来驳回、撤回、过期的",
            "wishes posted, also those rejected, withdrawn or expired later",
        ),
        Unit.WISHES,
        Facts(_moves("post"), _KINDS),
    ),
    Figure(
        "wishes.claimed",
        Words("被认领心愿", "Claimed"),
        Words(
            "至少被认领过一次的心愿；同一心愿在几日被认领，各日各计一次",
            "wishes claimed at least once; one claimed on several days is counted on each",
        ),
        Unit.WISHES,
        Facts(_moves("claim"), _KINDS),
        Measure.DIFFERENT,
    ),
    Figure(
        "wishes.fulfilled",
        Words("圆梦", "Fulfilled"),
        Words(
            "经心愿人（或其沉默七天后由工作人员）确认实现的心愿",
            "wishes confirmed by the wisher, or by staff after seven days of silence",
        ),
        Unit.WISHES,
        Facts(_moves("confirm"), _KINDS),
    ),
)
REPORT = PackReport(
    PackKind.WISHES,
    FIGURES,
    funnel=("wishes.page_views", "wishes.received", "wishes.claimed", "wishes.fulfilled"),
    clauses=(
        "收到微心愿{wishes.received:over}个",
        "已圆梦{wishes.fulfilled:plain}个",
        "{wishes.volunteers:over}名志愿者认领",
    ),
)
