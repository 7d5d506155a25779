"""What the room should say, in plain Python: no locks, no batches, no mirror."""

import time
from dataclasses import dataclass, field
from uuid import UUID

from app.models.states import PoolState
from app.shared.stock import Press, Verdict

# No refusal is older than this (docs/stock.md).
TRUST_S = 1.0


@dataclass
class Claim:
    fingerprint: bytes
    member_id: UUID
    person_id: UUID
    day: int
    returned: bool = False


@dataclass
class ModelPool:
    group: str
    total: int
    per_day: int | None
    in_all: int | None
    state: PoolState = PoolState.RUNNING
    claims: dict[UUID, Claim] = field(default_factory=dict)
    # Until when a general refusal held (or None, no refusal), oldest first.
    was: list[tuple[float, Verdict | None]] = field(default_factory=list)
    # Whether the mirror must have heard everything.
    told: bool = True

    @property
    def issued(self) -> int:
        return sum(not claim.returned for claim in self.claims.values())

    @property
    def refusal(self) -> Verdict | None:
        """What everybody hears who holds nothing here."""
        if self.state is PoolState.PAUSED:
            return Verdict.PAUSED
        return Verdict.SOLD_OUT if self.issued >= self.total else None

    def will_change(self) -> None:
        self.was.append((time.monotonic(), self.refusal))


class Model:
    def __init__(self, pools: list[ModelPool]) -> None:
        self.pools = pools
        self.day = 0

    def used(self, group: str, person_id: UUID, day: int | None = None) -> int:
        return sum(
            1
            for pool in self.pools
            if pool.group == group
            for claim in pool.claims.values()
            if claim.person_id == person_id
            and not claim.returned
            and (day is None or claim.day == day)
        )

    def judge(self, pool: ModelPool, press: Press) -> Verdict:
        """What the books must say to this press now."""
        known = pool.claims.get(press.claim_id)
        if known is not None:
            same = known.fingerprint == press.fingerprint
            return Verdict.REPEATED if same else Verdict.KEY_REUSED
        if pool.state is PoolState.PAUSED:
            return Verdict.PAUSED
        if pool.in_all is not None and self.used(pool.group, press.person_id) >= pool.in_all:
            return Verdict.TOTAL_LIMIT
        today = self.used(pool.group, press.person_id, self.day)
        if pool.per_day is not None and today >= pool.per_day:
            return Verdict.DAY_LIMIT
        return pool.refusal or Verdict.GRANTED

    def grant(self, pool: ModelPool, press: Press) -> None:
        pool.will_change()
        pool.claims[press.claim_id] = Claim(
            press.fingerprint, press.member_id, press.person_id, self.day
        )

    def may_say(self, pool: ModelPool, press: Press, began: float) -> set[Verdict]:
        """What a press that began then may hear when it asked the turnstile first."""
        exact = {self.judge(pool, press)}
        if pool.refusal is not None and not self._ever_held(pool, press):
            # The turnstile knows no limits: it refuses in general before the books look.
            exact.add(pool.refusal)
        if pool.told:
            return exact
        stale = {refusal for until, refusal in pool.was if until >= began - TRUST_S}
        return exact | {refusal for refusal in stale if refusal is not None}

    def _ever_held(self, pool: ModelPool, press: Press) -> bool:
        return any(claim.member_id == press.member_id for claim in pool.claims.values())
