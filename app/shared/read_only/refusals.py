"""What every change is answered while the deployment is read-only."""

import secrets

from app.platform.errors import Refusal, Words

# Whoever switches it on needs minutes, and not everybody should come back in the same second.
SOONEST_S, LATEST_S = 30, 60


class ReadOnlyNow(Refusal):
    """Nothing was begun. The same request, sent again afterwards, is decided then."""

    status, code = 503, "read_only"
    title = Words("系统维护中，暂时只能查看", "Read-only for now")
    detail = Words(
        "工作人员正在维护，暂时只能查看，不能办理；什么都没有改变。请稍后用同一请求重试。",
        "Staff have made the service read-only for a while: nothing was changed. Send the same "
        "request again later.",
    )

    def __init__(self) -> None:
        seconds = SOONEST_S + secrets.randbelow(LATEST_S - SOONEST_S + 1)
        super().__init__(headers={"Retry-After": str(seconds)})
