"""One move of one wish: its row, its claim, its pool, its history, the ledger, and what is to be
told, in the caller's transaction. Every act but posting and claiming comes through here.

Locks: the wish, then its pool (`queries.lock_wish`). A claim comes into being in the flush, under
the pool's lock alone; everything else that becomes of it happens under the wish's. Deadlines are
jobs that nobody takes back: who finds nothing due any more does nothing. Taking one back would
wait for a worker that waits for the wish.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import PoolState, WishState
from app.models.wishes import Wish, WishClaim
from app.packs.wishes import rules
from app.packs.wishes.acts import claim_act, wish_act
from app.packs.wishes.history import write_history
from app.packs.wishes.queries import WishFacts, find_wish
from app.packs.wishes.seals import REASON
from app.platform.crypto import Sealer
from app.shared.identity.callers import Actor
from app.shared.ledger import write
from app.shared.outbox import NewJob, put
from app.shared.stock import change_pool, give_back

EXPIRE = "wishes.expire"
SYSTEM = "wishes"
# From where time moves a wish on; as it is read it has moved already.
_FROM = {"lapse": WishState.CLAIMED, "expire": WishState.OPEN}
# The pool grants exactly while the wish is decided to be open.
_POOL_STATES = {
    WishState.OPEN: PoolState.RUNNING,
    WishState.PENDING_REVIEW: PoolState.PAUSED,
    **dict.fromkeys(rules.ENDED, PoolState.ENDED),
}


@dataclass(frozen=True, slots=True)
class Step:
    """An act and who does it. `reason` is for those concerned alone, sealed; `kept_reason` are
    staff's own words, kept in the ledger, `kept_as` what the ledger calls it if that is another
    word. `claim` and `wish`: columns that change with it."""

    act: str
    at: datetime
    actor: Actor
    reason: str | None = None
    kept_reason: str | None = None
    kept_as: str | None = None
    claim: Mapping[str, Any] = field(default_factory=dict)
    wish: Mapping[str, Any] = field(default_factory=dict)


async def take(session: AsyncSession, sealer: Sealer, wish: WishFacts, step: Step) -> WishFacts:
    """Make the move and answer the wish as it now is. Raises `StateConflict`.

    The wish is locked with its pool, and settled: what time has decided is written down.
    """
    before = _FROM.get(step.act) or wish.state_at(step.at)
    after = rules.next_state(before, step.act)
    word, states = step.kept_as or step.act, (before, after)
    acts = [wish_act(step.actor, word, wish.id, states, step.at, step.kept_reason)]
    if wish.claim is not None and step.act in rules.CLAIM_AFTER:
        moved = (wish.claim.state, rules.CLAIM_AFTER[step.act])
        acts.append(claim_act(step.actor, step.act, wish.claim.id, moved, step.at))
        await _move_claim(session, wish.claim.id, step)
    await _move_wish(session, wish, step, after)
    await write(session, acts)
    await write_history(
        session,
        wish.id,
        step.act,
        states,
        at=step.at,
        actor=step.actor,
        claim_id=None if wish.claim is None else wish.claim.id,
        reason_sealed=REASON.seal(sealer, step.reason) if step.reason else None,
    )
    found = await find_wish(session, wish.id)
    assert found is not None, "it is locked"
    return found


async def settle(
    session: AsyncSession, sealer: Sealer, wish: WishFacts, *, now: datetime, actor: Actor
) -> WishFacts:
    """Write down what time has decided: a claim that lapsed, a wish whose time is over.

    Whoever locks a wish does this first, so that no act waits for a job. `actor` is who came;
    the act is the system's.
    """
    system = Actor.system(SYSTEM, actor.digester)
    claim = wish.claim
    if claim is not None and rules.is_lapsed(claim.state, claim.start_before, now):
        wish = await take(session, sealer, wish, Step("lapse", claim.start_before, system))
    if wish.decided is WishState.OPEN and wish.claim is None and now >= wish.needed_by:
        wish = await take(session, sealer, wish, Step("expire", wish.needed_by, system))
    return wish


async def _move_claim(session: AsyncSession, claim_id: UUID, step: Step) -> None:
    """Its row; one that is over gives its unit back."""
    state = rules.CLAIM_AFTER[step.act]
    is_over = state not in rules.LIVE_CLAIMS
    changes = {"state": state, **step.claim, **({"closed_at": step.at} if is_over else {})}
    await session.execute(update(WishClaim).where(WishClaim.id == claim_id).values(**changes))
    if is_over:
        await give_back(session, claim_id, why=step.act)


async def _move_wish(session: AsyncSession, wish: WishFacts, step: Step, after: WishState) -> None:
    """The row's own columns and its pool; that it is taken is its claim's affair."""
    decided = WishState.OPEN if after in rules.TAKEN else after
    changes: dict[str, Any] = {**step.wish, "state": decided}
    if after in rules.ENDED and wish.closed_at is None:
        changes["closed_at"] = step.at
    if step.act == "deny":
        # Whoever approved it before has to be asked anew, with flags both of them.
        changes |= {"waiting_from": step.at, "endorsed_by": None, "endorsed_at": None}
    if step.act == "approve":
        changes["approved_at"] = wish.approved_at or step.at
    await session.execute(update(Wish).where(Wish.id == wish.id).values(**changes))
    if decided is not wish.decided:
        needed_by = changes.get("needed_by", wish.needed_by)
        await change_pool(
            session, wish.pool_id, why=step.act, state=_POOL_STATES[decided], closes_at=needed_by
        )
        if decided is WishState.OPEN:
            await put(session, NewJob(EXPIRE, {"wish_id": wish.id}, due_at=needed_by))
