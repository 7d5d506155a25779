"""Every way in which draws say no (contract section 7)."""

from app.platform.errors import DeadlinePassed, Refusal, Words

__all__ = [
    "AlreadyEntered",
    "DeadlinePassed",
    "NumbersNotPublished",
    "NumbersPublished",
    "PrizeOverCap",
    "ResultPending",
]


class PrizeOverCap(Refusal):
    """Facts: `most_fen`, what the law allows."""

    status, code = 422, "prize_over_cap"
    title = Words("奖品金额超过上限", "Prize over the cap")
    detail = Words(
        "抽奖式有奖销售最高奖的金额不得超过五万元（{most_fen} 分）。",
        "By law the top prize of a draw is worth at most 50,000 yuan ({most_fen} fen).",
    )


class NumbersPublished(Refusal):
    """Facts: `source`, whose numbers are out already, and `published_at`."""

    status, code = 409, "numbers_published"
    title = Words("公开号码已经公布", "Numbers are out already")
    detail = Words(
        "「{source}」已于 {published_at} 公布，承诺必须早于号码，请改用尚未公布的号码。",
        "{source} came out at {published_at}; a commitment comes before its numbers. "
        "Name numbers that are not out yet.",
    )


class NumbersNotPublished(Refusal):
    """Facts: `source`, whose numbers are still to come, and `published_at`."""

    status, code = 409, "numbers_not_published"
    title = Words("公开号码尚未公布", "Numbers are not out yet")
    detail = Words(
        "「{source}」要到 {published_at} 才公布。",
        "{source} comes out at {published_at} only.",
    )


class ResultPending(Refusal):
    """Facts: `result_at`, when the number comes out that decides the order; `server_time`."""

    status, code = 409, "result_pending"
    title = Words("等待抽签结果", "The order is still to be drawn")
    detail = Words(
        "提出申请的时段已结束，次序由 {result_at} 公布的公开号码决定，随后依次分配。",
        "The window for asking is over. The order follows from a public number that comes out at "
        "{result_at}; whoever asked has their turn then.",
    )


class AlreadyEntered(Refusal):
    """By another account of the same person."""

    status, code = 409, "already_entered"
    title = Words("已提出申请", "Entered already")
    detail = Words(
        "每人一张号签，您已用另一个账号提出申请。",
        "A person has one ticket, and you have asked by another account.",
    )
