"""Every way in which a batch says no (contract section 4)."""

from app.platform.errors import Refusal, Words


class BatchEnded(Refusal):
    status, code = 409, "batch_ended"
    title = Words("本批已结束", "Batch ended")
    detail = Words("本批早餐券已停止发放。", "This batch is no longer issued.")


class BatchPaused(Refusal):
    status, code = 409, "batch_paused"
    title = Words("本批已暂停", "Batch paused")
    detail = Words("本批暂停发放，请稍后再看。", "This batch is paused; look again later.")
