"""Why a second person's part is refused."""

from app.platform.errors import Refusal, Words


class OwnApproval(Refusal):
    status, code = 403, "own_approval"
    matters = True
    title = Words("不能审批自己的申请", "Your own request")
    detail = Words(
        "须由另一人审批；不再需要时可以撤回。",
        "Somebody else has to decide it; you may withdraw it.",
    )


class ApprovalPending(Refusal):
    """Facts: `approval_id`, of the one that waits."""

    status, code = 409, "approval_pending"
    title = Words("已在等待审批", "Waiting for approval already")
    detail = Words(
        "该对象已有同类申请 {approval_id} 待审批；请先等待决定，或由申请人撤回。",
        "Approval {approval_id} of the same act on the same object is pending; "
        "wait for its decision, or have it withdrawn by who asked.",
    )
