"""The conservation page in JSON."""

from uuid import UUID

from pydantic import Field

from app.schemas.base import Output
from app.shared.stock import Balance, Mirror


class TurnstileOut(Output):
    """What Redis has. It equals the books once nobody presses; its lag is not inequality."""

    seq: int
    free: int


class PoolOut(Output):
    """One limited quantity. `issued` = sum of the books' entries = the pack's live rows."""

    pool: UUID
    kind: str
    owner_id: UUID
    total: int
    issued: int
    free: int
    held: int = Field(description="有时限的占用 · the part of issued that has a due time")
    equal: bool
    turnstile: TurnstileOut | None

    @classmethod
    def of(cls, balance: Balance, mirror: Mirror | None) -> "PoolOut":
        return cls(
            pool=balance.pool_id,
            kind=balance.kind,
            owner_id=balance.owner_id,
            total=balance.total,
            issued=balance.issued,
            free=balance.free,
            held=balance.held,
            equal=balance.equal,
            turnstile=TurnstileOut.model_validate(mirror) if mirror else None,
        )


class ConservationOut(Output):
    equal: bool
    pools: list[PoolOut]
