"""The volunteer's side of a claim: start, release, hand in."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.wishes import WishClaim, WishEvidenceFile
from app.packs.wishes import rules
from app.packs.wishes.life import Step, settle, take
from app.packs.wishes.queries import ClaimFacts, WishFacts, find_claim, lock_wish
from app.packs.wishes.seals import EVIDENCE
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.shared import files
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor


async def start_claim(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    actor: Actor,
    member_id: UUID,
    wish_id: UUID,
    claim_id: UUID,
) -> ClaimFacts:
    """Say that one has begun; it cannot lapse any more. Raises `NotFound`, `ClaimExpired`,
    `StateConflict`."""
    async with sessions.begin() as session:
        await _first(session, once, member_id, wish_id, claim_id)
        wish = await lock_wish(session, wish_id)
        now = clock.now()
        await _check(session, claim_id, clock)
        step = Step("start", now, actor, claim={"started_at": now})
        return await _go_on(session, sealer, once, wish, step, claim_id)


async def release_claim(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    actor: Actor,
    member_id: UUID,
    wish_id: UUID,
    claim_id: UUID,
    reason: str,
) -> ClaimFacts:
    """Give the wish back, at any time before it is handed in; it is open again at once.

    Raises `NotFound`, `ClaimExpired`, `StateConflict`.
    """
    async with sessions.begin() as session:
        await _first(session, once, member_id, wish_id, claim_id)
        wish = await lock_wish(session, wish_id)
        await _check(session, claim_id, clock)
        step = Step("release", clock.now(), actor, reason=reason)
        released = await _go_on(session, sealer, once, wish, step, claim_id)
        wish = await lock_wish(session, wish_id)
        await settle(session, sealer, wish, now=clock.now(), actor=actor)
    return released


async def submit_claim(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    actor: Actor,
    member_id: UUID,
    wish_id: UUID,
    claim_id: UUID,
    evidence: str,
    minutes: int,
    file_ids: Sequence[UUID] = (),
) -> ClaimFacts:
    """Hand in what was done: words, minutes of service, pictures. The wisher has the last word.

    Raises `NotFound` (a picture, too, that is not there or not the volunteer's),
    `ClaimExpired`, `StateConflict` (a picture, too, that was handed in before).
    """
    async with sessions.begin() as session:
        await _first(session, once, member_id, wish_id, claim_id)
        # Before the wish: an erasure of the volunteer comes to the pictures first as well.
        for file_id in sorted(set(file_ids)):
            await files.attach(session, file_id, member_id=member_id)
        wish = await lock_wish(session, wish_id)
        now = clock.now()
        await _check(session, claim_id, clock)
        claim = {
            "submitted_at": now,
            "minutes": minutes,
            "evidence_sealed": EVIDENCE.seal(sealer, evidence),
        }
        shown = [{"file_id": file_id, "claim_id": claim_id} for file_id in sorted(set(file_ids))]
        if shown:
            await session.execute(insert(WishEvidenceFile), shown)
        step = Step("submit", now, actor, claim=claim)
        return await _go_on(session, sealer, once, wish, step, claim_id)


async def _first(
    session: AsyncSession, once: Once, member_id: UUID, wish_id: UUID, claim_id: UUID
) -> None:
    own = select(WishClaim.id).where(
        WishClaim.id == claim_id,
        WishClaim.wish_id == wish_id,
        WishClaim.member_id == member_id,
    )
    await once.first(session, about=own)


async def _check(session: AsyncSession, claim_id: UUID, clock: Clock) -> None:
    """Under the wish's lock: whether this claim is live. Raises `ClaimExpired`, `StateConflict`."""
    claim = await find_claim(session, claim_id)
    if claim is None:
        raise NotFound()
    refusal = rules.claim_refusal(claim.state, claim.start_before, clock.now())
    if refusal is not None:
        raise refusal


async def _go_on(
    session: AsyncSession,
    sealer: Sealer,
    once: Once,
    wish: WishFacts,
    step: Step,
    claim_id: UUID,
) -> ClaimFacts:
    await take(session, sealer, wish, step)
    claim = await find_claim(session, claim_id)
    assert claim is not None, "claims are not removed"
    await once.keep(session, claim)
    return claim
