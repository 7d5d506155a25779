"""What this room keeps about a person: how much of each limit is used up."""

from sqlalchemy import select

from app.models.stock import StockGroup, StockUse
from app.platform.db import AnySelect
from app.platform.errors import Words
from app.shared.personal_data import DataKind, Erasing, Fate, Outcome, Subject

LIMITS_STAY = Words(
    "为防止重复领取，限领计数与身份证号的不可逆摘要保留至活动结束，之后不再能关联到您；"
    "在此期间账号也不会因会员名册导入而恢复。",
    "So that nobody claims twice, the counts of limits and an irreversible digest of the identity "
    "number stay until the campaign is over, and lead to nobody after that; until then no file of "
    "members brings the account back either.",
)


def _uses(subject: Subject) -> AnySelect:
    return (
        select(StockGroup.name.label("limit_group"), StockUse.day, StockUse.used)
        .join(StockGroup, StockGroup.id == StockUse.group_id)
        .where(StockUse.person_id == subject.person_id)
        .order_by(StockUse.day.desc(), StockGroup.name)
    )


async def _fate(erasing: Erasing) -> Fate:
    return Fate(Outcome.REFUSED, LIMITS_STAY, erasing.forget_at)


DATA_KINDS = (
    DataKind(
        "limits",
        Words("限领计数", "Counts of limits per person"),
        _uses,
        lambda _, row: dict(row._mapping),
        _fate,
    ),
)
