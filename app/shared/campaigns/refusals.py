"""A pack that staff have closed says no in the words of what is not open."""

from app.models.states import PackKind
from app.platform.errors import Words
from app.shared.stock import NotOpen


class PackClosed(NotOpen):
    """`not_open`, whatever the pack has to give. Facts: `pack`; `opens_at`, which is null."""

    title = Words("活动已关闭", "Closed by staff")
    detail = Words(
        "本项活动已由工作人员关闭，重新开放前不能新参加；您已有的不受影响。",
        "Staff have closed this pack; until they open it again nothing new begins. What you have "
        "stays yours.",
    )

    def __init__(self, pack: PackKind) -> None:
        super().__init__(pack=pack.value, opens_at=None)
