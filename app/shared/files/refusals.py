"""Why a file is not taken, or no longer shown."""

from app.platform.errors import Refusal, Words


class LinkExpired(Refusal):
    status, code = 410, "link_expired"
    title = Words("链接已失效", "The link has expired")
    detail = Words(
        "链接五分钟内有效，请重新获取。", "A link lives five minutes; ask for a fresh one."
    )
