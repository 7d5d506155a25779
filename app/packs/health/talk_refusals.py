"""How talks say no in words of their own (contract section 7)."""

from app.platform.errors import Refusal, Words
from app.shared.stock.refusals import NotOpen


class Full(Refusal):
    status, code = 409, "full"
    title = Words("名额已满", "Full")
    detail = Words("本场讲座名额已满。", "This talk has no place left.")


class RegistrationClosed(NotOpen):
    """The window is over, which the contract calls by the same code. Facts: `closes_at`."""

    title = Words("报名已截止", "Registration is closed")
    detail = Words("报名已于 {closes_at} 截止。", "It closed at {closes_at}.")


class AlreadyRegistered(Refusal):
    """Facts: `registration_id`."""

    status, code = 409, "already_registered"
    title = Words("已报名", "Registered already")
    detail = Words("每人每场限一个名额，您已报名。", "You have a place at this talk already.")


class AlreadyAttended(Refusal):
    """Facts: `attended_at`."""

    status, code = 409, "already_attended"
    title = Words("已签到", "Recorded already")
    detail = Words(
        "这位会员已于 {attended_at} 签到。", "This member was recorded as there at {attended_at}."
    )
