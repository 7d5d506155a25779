"""Every way in which a batch says no (contract section 4)."""

from app.platform.errors import Refusal, Words


class NotEligible(Refusal):
    """Facts: `rule`, the eligible categories, any of which would do; `lapsed`, the member's
    own that ran out, with its last day, or null."""

    status, code = 403, "not_eligible"
    title = Words("不在领取范围", "Not eligible")
    detail = Words(
        "仅限以下类别会员领取：{rule}。", "Only members of these categories may claim: {rule}."
    )


class BatchEnded(Refusal):
    status, code = 409, "batch_ended"
    title = Words("本批已结束", "Batch ended")
    detail = Words("本批早餐券已停止发放。", "This batch is no longer issued.")


class BatchPaused(Refusal):
    status, code = 409, "batch_paused"
    title = Words("本批已暂停", "Batch paused")
    detail = Words("本批暂停发放，请稍后再看。", "This batch is paused; look again later.")
