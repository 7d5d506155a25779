"""The pack's own ways to say no."""

from app.platform.errors import Refusal, Words


class TalkClosed(Refusal):
    status, code = 409, "talk_closed"
    title = Words("报名已截止", "Claiming is over")
    detail = Words("本场讲座不再接受报名。", "No seat of this talk can be claimed any more.")
