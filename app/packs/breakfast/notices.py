"""What breakfast tells members."""

from datetime import date

from app.models.states import District
from app.platform.errors import Words
from app.shared.notices import NoticeKind, Variable, VariableType, Wording

VOUCHER_EXPIRING = "breakfast.voucher_expiring"

NOTICES = (
    NoticeKind(
        name=VOUCHER_EXPIRING,
        about=Words("早餐券即将到期", "A breakfast voucher is about to expire"),
        wording=Wording(
            title=Words("早餐券即将到期", "Your breakfast voucher is about to expire"),
            body=Words(
                "您有一张 {face_value} 的早餐券，{last_day}当天结束后失效。"
                "{area}可用门店：{store_count} 家。",
                "Your breakfast voucher of {face_value} is good until the end of {last_day}. "
                "Stores that redeem it in {area}: {store_count}.",
            ),
        ),
        variables=(
            Variable(
                "face_value",
                VariableType.MONEY,
                1000,
                Words("面值（整数分）", "what it is worth, in fen"),
                needed=False,
            ),
            Variable(
                "last_day",
                VariableType.DAY,
                date(2023, 1, 15),
                Words("最后可用的一天（上海）", "the last day on which it is good"),
            ),
            Variable(
                "area",
                VariableType.AREA,
                District.SHINAN,
                Words(
                    "会员所在区；该区没有可用门店时为全市（null）",
                    "the member's district, or the whole city (null) if no store there does",
                ),
                needed=False,
            ),
            Variable(
                "store_count",
                VariableType.COUNT,
                120,
                Words("该范围内可用此券的门店数", "stores in that area that redeem it"),
                needed=False,
            ),
        ),
    ),
)
