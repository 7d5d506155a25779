"""Every way in which couplets say no (contract section 6)."""

from app.platform.errors import Refusal, Words
from app.shared.stock.refusals import NotOpen
from app.shared.waiting.refusals import NotOfferedAgain


class ReservationsClosed(NotOpen):
    """The window is over, which the contract calls by the same code. Facts: `closes_at`."""

    title = Words("预约已结束", "Reservations are closed")
    detail = Words(
        "预约已于 {closes_at} 结束，请到现场领取。",
        "They closed at {closes_at}; come to the site for what is left.",
    )


class AlreadyReserved(Refusal):
    """Facts: `reservation_id`, and `offer_id` where the pair is still an offer."""

    status, code = 409, "already_reserved"
    title = Words("已有预约", "Reserved already")
    detail = Words(
        "每人每场限预约一副，您已有一副。",
        "A person may reserve one pair of an event, and you have one.",
    )


class PairsLeft(Refusal):
    """Nobody waits for what can be had."""

    status, code = 409, "pairs_left"
    title = Words("尚有余量", "Pairs are left")
    detail = Words(
        "这一款还能直接预约，无需候补。", "This one can be reserved just now; nobody has to wait."
    )


class PairNotOfferedAgain(NotOfferedAgain):
    detail = Words(
        "您取消过本场的预约或候补名额，名额让给其他会员；请到现场领取。",
        "You cancelled a pair of this event or declined an offer; others come first. "
        "Come to the site for what is left.",
    )


class PickupNoReused(Refusal):
    status, code = 422, "pickup_no_reused"
    title = Words("领取单号已用过", "Pick-up number used already")
    detail = Words(
        "该单号已用于另一次领取，请换一个。",
        "This number belongs to another hand-out; use another one.",
    )
