"""Acts that need a second person, in JSON."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.models.states import ApprovalDecision, ApprovalState
from app.schemas.base import Instant, Output, StaffInput, Why
from app.shared.approvals import ApprovalFacts, approval_state

KIND_PATTERN = r"^[a-z_]{1,32}\.[a-z_]{1,32}$"
# Ten million units of a million yuan each: more than a batch can ask for.
ThresholdFen = Annotated[int, Field(ge=0, le=10**15, strict=True)]


class AskedOut(Output):
    """Nothing has happened yet."""

    approval_id: UUID


class DecisionIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={"example": {"decision": "approve", "reason": "预算已核对"}}
    )

    decision: ApprovalDecision
    reason: Why


class ApprovalPerson(Output):
    id: UUID
    name: str = Field(description="账号现名 · as the account is called now")


class ApprovalOut(Output):
    id: UUID
    kind: str = Field(examples=["breakfast.budget"])
    state: ApprovalState = Field(
        description=(
            "`pending` 待审批；`approved` 已批准并执行；`rejected` 已驳回；`lapsed` 逾期失效；"
            "`withdrawn` 申请人撤回；`failed` 批准时操作本身被拒绝，未执行 · waiting; approved and "
            "done; rejected; nobody decided in time; taken back by who asked; the act itself was "
            "refused when it was approved, nothing was done"
        )
    )
    object_kind: str = Field(examples=["batch"])
    object_id: UUID
    summary: str = Field(description="批准后将执行什么")
    summary_en: str = Field(description="what will be done")
    payload: dict[str, Any] = Field(
        description="将执行的内容：编号、数字、时间 · what will be done, in ids, numbers, times"
    )
    reason: str = Field(description="申请理由 · why it was asked for")
    amount_fen: int | None = Field(description="本次金额 · what it adds; null: not measured")
    counted_fen: int | None = Field(
        description="连同 24 小时内无需审批即完成的金额 · with what was done alone within 24 hours"
    )
    threshold_fen: int | None = Field(
        description="当时适用的门槛 · the threshold that applied; null: always needs approval"
    )
    asked_by: ApprovalPerson
    asked_at: Instant
    expires_at: Instant = Field(description="此刻起失效 · from here on it has lapsed")
    decided_by: ApprovalPerson | None
    decided_at: Instant | None
    decision_reason: str | None
    refusal: str | None = Field(description="`failed` 时操作被拒绝的代码 · why the act was refused")

    @classmethod
    def of(cls, facts: ApprovalFacts, now: datetime) -> Self:
        decided_by = None
        if facts.decided_by is not None and facts.decided_by_name is not None:
            decided_by = ApprovalPerson(id=facts.decided_by, name=facts.decided_by_name)
        same = set(cls.model_fields) - {"state", "summary", "asked_by", "decided_by"}
        return cls(
            **{name: getattr(facts, name) for name in same},
            state=approval_state(facts.state, facts.expires_at, now),
            summary=facts.summary_zh,
            asked_by=ApprovalPerson(id=facts.asked_by, name=facts.asked_by_name),
            decided_by=decided_by,
        )


class ThresholdIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={"example": {"threshold_fen": 10000000, "reason": "大额追加须双人"}}
    )

    expected_fen: ThresholdFen | None = Field(
        default=None,
        description="您认为现在的门槛，空为无 · what you believe it to be; absent or null: none",
    )
    threshold_fen: ThresholdFen | None = Field(description="空为取消 · null takes it away")
    reason: Why


class ThresholdOut(Output):
    kind: str
    threshold_fen: int | None = Field(
        description="超过此数须另一人审批；空为不须 · above it a second person; null: never"
    )
