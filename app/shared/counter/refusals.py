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


class AlreadyCollected(Refusal):
    """Facts: `first`: who handed it out (`by`), when (`collected_at`), where (`site_name`)."""

    status, code = 409, "already_collected"
    matters = True
    title = Words("已领取", "Collected already")
    detail = Words(
        "已经领走，请查看领取人员、时间和地点。",
        "It was handed out already; see by whom, when and where.",
    )


class SeveralMatch(Refusal):
    """Facts: `matches`, how many fit name and digits."""

    status, code = 409, "several_match"
    title = Words("有多条相符", "Several match")
    detail = Words(
        "有 {matches} 条与姓名和手机尾号相符，请扫描二维码。",
        "{matches} fit this name and these digits; scan the pass instead.",
    )


class NameUnknown(CodeUnknown):
    """Counts as a wrong code: both name and digits have to be right."""

    title = Words("没有相符的记录", "Nothing fits")
    detail = Words(
        "没有与这个姓名和手机尾号都相符的记录。",
        "Nothing here fits both this name and these digits.",
    )
