"""The refusals that every pack with limited things shares. `BelowIssued` is the staff's."""

from app.platform.errors import Refusal, Words


class NotOpen(Refusal):
    """Facts: `opens_at`."""

    status, code = 409, "not_open"
    title = Words("尚未开放", "Not open yet")
    detail = Words("将于 {opens_at} 开放。", "It opens at {opens_at}.")


class LimitReached(Refusal):
    """Facts: `rule` (`per_person_per_day`, `per_person_total`), `limit` (its number)."""

    status, code = 409, "limit_reached"
    title = Words("已达领取上限", "Limit reached")
    detail = Words(
        "每人{rule}限领 {limit} 份，您已领满。",
        "One person may have {limit} {rule}; you have reached that.",
    )


class SoldOut(Refusal):
    status, code = 409, "sold_out"
    title = Words("已领完", "Sold out")
    detail = Words("本批已全部领完。", "Nothing is left here.")


class BelowIssued(Refusal):
    """Facts: `issued`."""

    status, code = 409, "below_issued"
    matters = True
    title = Words("低于已发放数量", "Below what is issued")
    detail = Words(
        "已发放 {issued}，总量不能低于它。", "{issued} are issued; the total cannot be less."
    )
