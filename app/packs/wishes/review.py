"""Staff's side of a wish: review, and answering for a wisher who is silent."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import WishFlag, WishState
from app.models.wishes import Wish
from app.packs.wishes import rules
from app.packs.wishes.life import Step, settle, take
from app.packs.wishes.queries import WishFacts, lock_wish
from app.packs.wishes.refusals import SecondReviewerNeeded
from app.platform.clock import SHANGHAI, Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import StateConflict, invalid
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, Districts, StaffMember
from app.shared.identity.districts import within


async def review_wish(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    staff: StaffMember,
    actor: Actor,
    wish_id: UUID,
    approve: bool,
    reason: str,
    flags: Collection[WishFlag] = (),
    needed_by: datetime | None = None,
) -> WishFacts:
    """Approve or reject. With flags, now or before, two of the staff approve: the first makes it
    wait for the second. Nobody approves what is their own. `needed_by`: a later date, agreed
    with the wisher. Only the wisher and staff read the reason.

    Raises `NotFound`, `InputInvalid`, `SecondReviewerNeeded`, `StateConflict`.
    """
    async with sessions.begin() as session:
        wish = await _begin(session, sealer, once, clock, actor, wish_id, staff.districts)
        now = clock.now()
        rules.next_state(wish.state_at(now), "approve" if approve else "reject")
        changes: dict[str, object] = {}
        act = "reject"
        if approve:
            act = _approval(wish, staff.id, wish.flags | frozenset(flags))
            changes = _approved(wish, staff.id, act, flags, needed_by, now)
        step = Step(
            act,
            now,
            actor,
            reason=reason,
            kept_reason=reason,
            kept_as="review",
            wish=changes,
        )
        moved = await take(session, sealer, wish, step)
        await once.keep(session, moved)
    return moved


async def confirm_for_wisher(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    staff: StaffMember,
    actor: Actor,
    wish_id: UUID,
    done: bool,
    reason: str,
) -> WishFacts:
    """Say for a wisher who was silent for seven days whether it was done, and how one knows.

    Raises `NotFound`, `StateConflict`, with `confirmable_at` where it is too soon.
    """
    async with sessions.begin() as session:
        wish = await _begin(session, sealer, once, clock, actor, wish_id, staff.districts)
        now = clock.now()
        state = wish.state_at(now)
        if state is not WishState.SUBMITTED:
            raise StateConflict(state=state.value)
        claim = wish.claim
        assert claim is not None, "it is submitted"
        assert claim.submitted_at is not None, "it is submitted"
        open_to_staff_at = claim.submitted_at + rules.SILENCE
        if now < open_to_staff_at:
            until = open_to_staff_at.astimezone(SHANGHAI).isoformat()
            raise StateConflict(state=state.value, confirmable_at=until)
        step = Step(
            "confirm" if done else "deny",
            now,
            actor,
            reason=reason,
            kept_reason=reason,
            kept_as="confirm",
            claim={"verified_by": actor.name} if done else {},
        )
        moved = await take(session, sealer, wish, step)
        await once.keep(session, moved)
    return moved


async def _begin(
    session: AsyncSession,
    sealer: Sealer,
    once: Once,
    clock: Clock,
    actor: Actor,
    wish_id: UUID,
    districts: Districts,
) -> WishFacts:
    """The wish of one of the caller's districts, locked and settled."""
    reached = within(districts, Wish.district)
    await once.first(session, about=select(Wish.id).where(Wish.id == wish_id, reached))
    wish = await lock_wish(session, wish_id, where=reached)
    return await settle(session, sealer, wish, now=clock.now(), actor=actor)


def _approval(wish: WishFacts, staff_id: UUID, flags: frozenset[WishFlag]) -> str:
    """The first of two, or the last. Raises `SecondReviewerNeeded`."""
    if staff_id in {wish.posted_by, wish.endorsed_by}:
        raise SecondReviewerNeeded()
    return "endorse" if flags and wish.endorsed_by is None else "approve"


def _approved(
    wish: WishFacts,
    staff_id: UUID,
    act: str,
    flags: Collection[WishFlag],
    needed_by: datetime | None,
    now: datetime,
) -> dict[str, object]:
    """The wish's columns that an approval changes. Raises `InputInvalid`."""
    until = needed_by or wish.needed_by
    if until <= now:
        zh, en = "期限已过，请与心愿人商定新的期限", "it is over; agree on a later one"
        raise invalid("needed_by", zh, en, "in_the_past")
    changes: dict[str, object] = {"needed_by": until, "flags": sorted(wish.flags | set(flags))}
    if act == "endorse":
        changes |= {"endorsed_by": staff_id, "endorsed_at": now}
    return changes
