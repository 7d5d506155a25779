"""How any counter says no to what it is shown."""

from app.platform.errors import Refusal, Words


class CodeMalformed(Refusal):
    status, code = 422, "code_malformed"
    title = Words("券码有误", "Code malformed")
    detail = Words(
        "券码输入有误，请对照会员手机重新输入或扫码。",
        "The code was mistyped; compare it with the member's phone, or scan it.",
    )


class CodeUnknown(Refusal):
    status, code = 404, "code_unknown"
    title = Words("查无此码", "Code unknown")
    detail = Words("没有这个码，或二维码不是本系统签发的。", "Nothing has this code or pass.")


class PassExpired(Refusal):
    """Facts: `signed_at`, when the pass was made."""

    status, code = 409, "pass_expired"
    title = Words("二维码已过期", "Pass expired")
    detail = Words("请会员刷新二维码后再扫。", "Ask the member to refresh the code and scan again.")
