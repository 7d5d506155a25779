"""Claim a wish: of all who press at once exactly one holds it.

The entry in the books is the record of the request, so this is safe to repeat from anywhere,
after anything: the same key is the same claim.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Member as MemberRow
from app.models.states import ClaimState, WishState
from app.models.wishes import WishClaim, WishVolunteer
from app.packs.wishes import rules
from app.packs.wishes.claim_records import RECORDER, ClaimRow, Wanted
from app.packs.wishes.life import settle
from app.packs.wishes.limits import LIMITS
from app.packs.wishes.queries import WishFacts, find_wish, lock_wish, read_pool
from app.packs.wishes.refusals import AlreadyClaimed
from app.packs.wishes.rules import Attempt, Limits, Suitability
from app.platform.clock import Clock, shanghai_day
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import NotFound, Refusal, StateConflict
from app.platform.ids import derived_id
from app.shared.idempotency import IdempotencyKeyReused, KeyedRequest
from app.shared.identity.callers import Actor, Member
from app.shared.stock import LimitReached, Pool, Press, Stock, Verdict, uses


@dataclass(frozen=True, slots=True)
class Claimed:
    """The claim as it was granted, and whether this request had been granted before."""

    claim: ClaimRow
    repeated: bool


async def claim(
    stock: Stock,
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    *,
    member: Member,
    actor: Actor,
    wish_id: UUID,
    request: KeyedRequest,
    dispatch_id: UUID | None = None,
    unless_known: Refusal | None = None,
) -> Claimed:
    """Take a wish on. `dispatch_id`: it is staff's question that is answered so; `unless_known`:
    what is said to everything but a repeat.

    Raises `NotFound`, `IdempotencyKeyReused`, `AlreadyClaimed`, `OwnWish`, `LimitReached`,
    `ClaimCooldown`, `VolunteerNotSuitable`, `StateConflict`, `PackClosed`,
    `TemporarilyUnavailable`.
    """
    now = clock.now()
    async with sessions() as session:
        wish = await find_wish(session, wish_id)
        if wish is None or not may_know_of(wish, member):
            raise NotFound()
        pool = await read_pool(session, wish.pool_id)
        attempt = await _attempt(session, wish, pool, member, now)
        lapsed = await _lapsed(session, wish_id, member, now)
    press = Press(
        claim_id=derived_id(request.digest(actor.digester, str(pool.id))),
        fingerprint=request.fingerprint,
        member_id=member.id,
        person_id=member.person_id,
        payload=Wanted(wish, actor, dispatch_id),
    )
    known = await stock.recall(press, RECORDER)
    if known is not None:
        if known.row is None:
            raise IdempotencyKeyReused()
        return Claimed(known.row, repeated=True)
    for each in lapsed:
        async with sessions.begin() as session:
            await settle(session, sealer, await lock_wish(session, each), now=now, actor=actor)
    if lapsed:
        async with sessions() as session:
            attempt = await _attempt(session, await _known(session, wish_id), pool, member, now)
    refusal = unless_known or rules.why_not(attempt, now)
    if refusal is not None:
        raise refusal
    decision = await stock.press(pool, press, RECORDER, gated=False)
    if decision.row is not None:
        return Claimed(decision.row, repeated=decision.verdict is Verdict.REPEATED)
    async with sessions() as session:
        state = (await _known(session, wish_id)).state_at(clock.now())
    raise _refusal(decision.verdict, state, attempt.limits)


def may_know_of(wish: WishFacts, member: Member) -> bool:
    """Before a wish was approved it is its wisher's and staff's affair."""
    return wish.approved_at is not None or wish.person_id == member.person_id


async def _lapsed(
    session: AsyncSession, wish_id: UUID, member: Member, now: datetime
) -> Sequence[UUID]:
    """Wishes whose claims have lapsed and still hold a unit in the books: on this wish, or of
    this person."""
    found = await session.scalars(
        select(WishClaim.wish_id)
        .join(MemberRow, MemberRow.id == WishClaim.member_id)
        .where(
            WishClaim.state == ClaimState.CLAIMED,
            WishClaim.start_before <= now,
            or_(WishClaim.wish_id == wish_id, MemberRow.person_id == member.person_id),
        )
    )
    return found.all()


async def _attempt(
    session: AsyncSession, wish: WishFacts, pool: Pool, member: Member, now: datetime
) -> Attempt:
    used = await uses(
        session, person_id=member.person_id, group_ids=[pool.group_id], day=shanghai_day(now)
    )
    left_at = await session.scalar(
        select(func.max(WishClaim.closed_at))
        .join(MemberRow, MemberRow.id == WishClaim.member_id)
        .where(
            WishClaim.wish_id == wish.id,
            MemberRow.person_id == member.person_id,
            WishClaim.state.in_([ClaimState.RELEASED, ClaimState.LAPSED]),
        )
    )
    return Attempt(
        state=wish.state_at(now),
        is_own=wish.person_id == member.person_id,
        open_claims=used.get(pool.group_id, (0, 0))[1],
        left_at=left_at,
        flags=wish.flags,
        suitability=await suitability_of(session, member.id),
        limits=await LIMITS.read(session, wish.campaign_id),
    )


async def _known(session: AsyncSession, wish_id: UUID) -> WishFacts:
    wish = await find_wish(session, wish_id)
    assert wish is not None, "wishes are not removed"
    return wish


async def suitability_of(session: AsyncSession, member_id: UUID) -> Suitability | None:
    """What staff have recorded of a volunteer, if anything."""
    row = (
        await session.execute(
            select(
                WishVolunteer.is_adult, WishVolunteer.is_trained, WishVolunteer.is_healthy
            ).where(WishVolunteer.member_id == member_id)
        )
    ).one_or_none()
    return None if row is None else Suitability(*row)


def _refusal(verdict: Verdict, state: WishState, limits: Limits) -> Refusal:
    """What a press hears that the books did not grant: somebody was quicker, with this wish or,
    on another phone, with one more claim of the same person."""
    refusals: dict[Verdict, Refusal] = {
        Verdict.KEY_REUSED: IdempotencyKeyReused(),
        Verdict.SOLD_OUT: AlreadyClaimed(),
        Verdict.TOTAL_LIMIT: LimitReached(rule=rules.CLAIMS_RULE, limit=limits.open_claims),
    }
    return refusals.get(verdict) or StateConflict(state=state.value)
