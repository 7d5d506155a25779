"""The ledger as auditors see it, in JSON."""

from typing import Self
from uuid import UUID

from pydantic import Field

from app.models.states import ActorKind
from app.schemas.base import Instant, Output
from app.shared.ledger import Head, Kept


class AuditActor(Output):
    kind: ActorKind
    id: UUID | None = Field(
        description="账号、会员、门店或商户 · the account, member, store or merchant"
    )
    name: str | None = Field(description="工作人员账号现名 · of staff, as it is called now")
    roles: list[str]
    origin: str = Field(
        description="来源：工作人员的客户端地址、门店终端编号、系统任务；会员为空 · "
        "staff: client address; tills: device; system: which job; members: nothing"
    )


class AuditChange(Output):
    """A field that changed; keyed digests instead of values."""

    field: str
    before: str | None
    after: str | None


class AuditEntryOut(Output):
    id: UUID
    at: Instant = Field(description="活动时间 · campaign time")
    recorded_at: Instant = Field(description="实际时间 · real time")
    actor: AuditActor
    verb: str
    refusal: str | None = Field(
        description="被拒绝的原因代码；空为已执行 · why it was refused; null: it was done"
    )
    times: int = Field(description="合并计数的拒绝次数 · refusals counted in this row")
    object_kind: str
    object_id: UUID | None
    changes: list[AuditChange]
    reason: str | None
    request_id: str
    position: int | None = Field(description="链中位置；空为尚未封存 · null: not sealed yet")
    digest: str | None

    @classmethod
    def of(cls, kept: Kept) -> Self:
        actor = AuditActor(
            kind=kept.actor_kind,
            id=kept.actor_id,
            name=kept.actor_name,
            roles=kept.actor_roles.split(),
            origin=kept.origin,
        )
        changes = [
            AuditChange(field=name, before=before, after=after)
            for name, (before, after) in (kept.changes or {}).items()
        ]
        digest = kept.digest.hex() if kept.digest else None
        same = ("id", "at", "recorded_at", "verb", "refusal", "times", "object_kind", "object_id")
        columns = {name: getattr(kept, name) for name in same}
        return cls(
            **columns,
            actor=actor,
            changes=changes,
            reason=kept.reason,
            request_id=kept.request_id,
            position=kept.position,
            digest=digest,
        )


class AuditHeadOut(Output):
    number: int = Field(description="封存序号 · the seal's number")
    last_position: int = Field(description="所含最后位置 · the last position it covers")
    head: str = Field(
        description="链首摘要；记在别处即可日后比对 · write it down elsewhere, compare it later"
    )
    sealed_at: Instant
    unsealed: int = Field(description="待封存的行数 · rows that wait for the next seal")

    @classmethod
    def of(cls, head: Head) -> Self:
        return cls(
            number=head.number,
            last_position=head.last_position,
            head=head.head.hex(),
            sealed_at=head.sealed_at,
            unsealed=head.unsealed,
        )
