"""The wisher's side: done or not done, never mind, and how it was."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import ClaimState, Rater
from app.models.wishes import Wish, WishClaim, WishRating
from app.packs.wishes import rules
from app.packs.wishes.acts import WISH
from app.packs.wishes.browse import SeenWish
from app.packs.wishes.claim import may_know_of
from app.packs.wishes.life import Step, settle, take
from app.packs.wishes.queries import WishFacts, find_wish, lock_wish
from app.packs.wishes.seals import COMMENT
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import Forbidden, NotFound, StateConflict
from app.platform.ids import new_id
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, Member
from app.shared.ledger import Act, write

RATED = "rated"


async def confirm_wish(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    member: Member,
    actor: Actor,
    wish_id: UUID,
    done: bool,
    comment: str | None = None,
) -> WishFacts:
    """Only the wisher's word makes a wish come true; "not done" brings it back to staff.

    Raises `NotFound`, `Forbidden`, `StateConflict`.
    """
    async with sessions.begin() as session:
        wish = await _begin(session, sealer, once, clock, member, actor, wish_id)
        act = "confirm" if done else "deny"
        verified = {"verified_by": actor.name} if done else {}
        step = Step(act, clock.now(), actor, reason=comment, claim=verified)
        moved = await take(session, sealer, wish, step)
        await once.keep(session, moved)
    return moved


async def withdraw_wish(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    member: Member,
    actor: Actor,
    wish_id: UUID,
    reason: str,
) -> WishFacts:
    """Never mind: until something was handed in. A volunteer who holds it is told.

    Raises `NotFound`, `Forbidden`, `StateConflict`.
    """
    async with sessions.begin() as session:
        wish = await _begin(session, sealer, once, clock, member, actor, wish_id)
        step = Step("withdraw", clock.now(), actor, reason=reason)
        moved = await take(session, sealer, wish, step)
        await once.keep(session, moved)
    return moved


async def rate_wish(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    member: Member,
    actor: Actor,
    wish_id: UUID,
    stars: int,
    comment: str | None = None,
) -> SeenWish:
    """Once each way, of a wish that came true; the other side does not read it.

    Raises `NotFound`, `Forbidden` (neither wisher nor its volunteer), `StateConflict`.
    """
    async with sessions.begin() as session:
        await _first(session, once, member, wish_id)
        wish = await lock_wish(session, wish_id)
        now = clock.now()
        claim = await _fulfilled(session, wish_id)
        rater = _rater(wish, claim and claim[1], member)
        rules.next_state(wish.state_at(now), "rate")
        assert claim is not None, "it was fulfilled"
        rated = await session.scalar(
            insert(WishRating)
            .values(
                id=new_id(),
                claim_id=claim[0],
                member_id=member.id,
                rater=rater,
                stars=stars,
                comment_sealed=COMMENT.seal(sealer, comment) if comment else None,
                at=now,
            )
            .on_conflict_do_nothing(index_elements=[WishRating.claim_id, WishRating.rater])
            .returning(WishRating.id)
        )
        if rated is None:
            raise StateConflict(state=RATED)
        changes = {"stars": (None, stars)}
        await write(session, [Act(actor, "wishes.wish.rate", WISH, wish_id, changes, at=now)])
        seen = SeenWish(wish, wish.state_at(now), is_mine=rater is Rater.WISHER)
        await once.keep(session, seen)
    return seen


async def _begin(
    session: AsyncSession,
    sealer: Sealer,
    once: Once,
    clock: Clock,
    member: Member,
    actor: Actor,
    wish_id: UUID,
) -> WishFacts:
    """The wish, locked and settled, for its wisher. Raises `NotFound`, `Forbidden`."""
    await _first(session, once, member, wish_id)
    wish = await lock_wish(session, wish_id)
    if wish.person_id != member.person_id:
        raise Forbidden()
    return await settle(session, sealer, wish, now=clock.now(), actor=actor)


async def _first(session: AsyncSession, once: Once, member: Member, wish_id: UUID) -> None:
    wish = await find_wish(session, wish_id)
    if wish is None or not may_know_of(wish, member):
        raise NotFound()
    await once.first(session, about=select(Wish.id).where(Wish.id == wish_id))


async def _fulfilled(session: AsyncSession, wish_id: UUID) -> tuple[UUID, UUID] | None:
    """The claim by which it came true, and its volunteer."""
    row = (
        await session.execute(
            select(WishClaim.id, WishClaim.member_id).where(
                WishClaim.wish_id == wish_id, WishClaim.state == ClaimState.FULFILLED
            )
        )
    ).one_or_none()
    return None if row is None else (row.id, row.member_id)


def _rater(wish: WishFacts, volunteer_id: UUID | None, member: Member) -> Rater:
    """Raises `Forbidden`."""
    if wish.person_id == member.person_id:
        return Rater.WISHER
    if volunteer_id == member.id:
        return Rater.VOLUNTEER
    raise Forbidden()
