"""How waiting lists say no."""

from app.platform.errors import Refusal, Words


class OfferExpired(Refusal):
    """Facts: `expires_at`, when it did."""

    status, code = 409, "offer_expired"
    title = Words("候补名额已过期", "Offer expired")
    detail = Words(
        "该名额保留到 {expires_at}，现已转给下一位。",
        "It was kept for you until {expires_at}, and has gone to the next.",
    )


class AlreadyWaiting(Refusal):
    """Facts: `entry_id`, the live place of this person."""

    status, code = 409, "already_waiting"
    title = Words("已在候补", "Waiting already")
    detail = Words(
        "您已在候补名单中，每人只占一个位置。",
        "You are on the waiting list; a person has one place.",
    )


class NotOfferedAgain(Refusal):
    status, code = 409, "not_offered_again"
    title = Words("不再候补", "Not offered again")
    detail = Words(
        "您取消过或放弃过候补名额，名额让给其他会员。",
        "You gave one up, or declined an offer; others come first.",
    )
