"""Staff ask a volunteer to take a wish on; nobody is assigned by force.

To accept is to claim (`claim.py`), under the rules of every claim.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Member as MemberRow
from app.models.states import DispatchState
from app.models.wishes import Wish, WishDispatch
from app.packs.wishes.acts import DISPATCH
from app.packs.wishes.claim import Claimed, claim, suitability_of
from app.packs.wishes.life import Step, settle, take
from app.packs.wishes.queries import WishFacts, lock_wish
from app.packs.wishes.refusals import OwnWish, VolunteerNotSuitable
from app.packs.wishes.seals import DISPATCH_REASON
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict, invalid
from app.platform.ids import new_id
from app.shared.idempotency import KeyedRequest, Once
from app.shared.identity.callers import Actor, Member, StaffMember
from app.shared.identity.districts import within
from app.shared.ledger import Act, write
from app.shared.outbox import NewJob, put
from app.shared.stock import Stock

TELL_DISPATCH = "wishes.tell_dispatch"


@dataclass(frozen=True, slots=True)
class DispatchFacts:
    """One question of staff's to one volunteer."""

    id: UUID
    wish_id: UUID
    member_id: UUID
    state: DispatchState
    offered_at: datetime
    answered_at: datetime | None
    claim_id: UUID | None


_COLUMNS = (
    WishDispatch.id,
    WishDispatch.wish_id,
    WishDispatch.member_id,
    WishDispatch.state,
    WishDispatch.offered_at,
    WishDispatch.answered_at,
    WishDispatch.claim_id,
)


async def dispatch_wish(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    staff: StaffMember,
    actor: Actor,
    wish_id: UUID,
    member_no: str,
) -> DispatchFacts:
    """Ask one volunteer for an open wish, which stays open to all until somebody claims it.

    Raises `NotFound`, `InputInvalid`, `OwnWish`, `VolunteerNotSuitable`, `StateConflict` (also
    when this volunteer was asked and has not answered).
    """
    reached = within(staff.districts, Wish.district)
    async with sessions.begin() as session:
        await once.first(session, about=select(Wish.id).where(Wish.id == wish_id, reached))
        wish = await lock_wish(session, wish_id, where=reached)
        now = clock.now()
        wish = await settle(session, sealer, wish, now=now, actor=actor)
        volunteer = await _volunteer(session, member_no)
        await _check(session, wish, volunteer)
        await take(session, sealer, wish, Step("dispatch", now, actor))
        made = await session.execute(
            insert(WishDispatch)
            .values(
                id=new_id(),
                wish_id=wish_id,
                member_id=volunteer[0],
                state=DispatchState.OFFERED,
                offered_at=now,
                offered_by=actor.name,
            )
            .on_conflict_do_nothing()
            .returning(*_COLUMNS)
        )
        row = made.one_or_none()
        if row is None:
            raise StateConflict(state=DispatchState.OFFERED.value)
        offered = DispatchFacts(*row)
        states = {"state": (None, DispatchState.OFFERED)}
        await write(
            session, [Act(actor, "wishes.dispatch.offer", DISPATCH, offered.id, states, at=now)]
        )
        await put(session, NewJob(TELL_DISPATCH, {"dispatch_id": offered.id}))
        await once.keep(session, offered)
    return offered


async def accept_dispatch(
    stock: Stock,
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    *,
    member: Member,
    actor: Actor,
    dispatch_id: UUID,
    request: KeyedRequest,
) -> Claimed:
    """Claim the wish that one was asked for. Raises what `claim` does."""
    async with sessions() as session:
        dispatch = await _find(session, dispatch_id, member.id)
    is_answered = dispatch.state is not DispatchState.OFFERED
    return await claim(
        stock,
        sessions,
        clock,
        sealer,
        member=member,
        actor=actor,
        wish_id=dispatch.wish_id,
        request=request,
        dispatch_id=dispatch_id,
        unless_known=StateConflict(state=dispatch.state.value) if is_answered else None,
    )


async def refuse_dispatch(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    actor: Actor,
    member_id: UUID,
    dispatch_id: UUID,
    reason: str,
) -> DispatchFacts:
    """No, with a reason that staff read. Raises `NotFound`, `StateConflict`."""
    own = select(WishDispatch.id).where(
        WishDispatch.id == dispatch_id, WishDispatch.member_id == member_id
    )
    async with sessions.begin() as session:
        await once.first(session, about=own)
        now = clock.now()
        refused = await session.execute(
            update(WishDispatch)
            .where(
                WishDispatch.id == dispatch_id,
                WishDispatch.member_id == member_id,
                WishDispatch.state == DispatchState.OFFERED,
            )
            .values(
                state=DispatchState.REFUSED,
                answered_at=now,
                reason_sealed=DISPATCH_REASON.seal(sealer, reason),
            )
            .returning(*_COLUMNS)
        )
        row = refused.one_or_none()
        if row is None:
            known = await _find(session, dispatch_id, member_id)
            raise StateConflict(state=known.state.value)
        dispatch = DispatchFacts(*row)
        states = {"state": (DispatchState.OFFERED, DispatchState.REFUSED)}
        await write(
            session, [Act(actor, "wishes.dispatch.refuse", DISPATCH, dispatch_id, states, at=now)]
        )
        await once.keep(session, dispatch)
    return dispatch


async def _find(session: AsyncSession, dispatch_id: UUID, member_id: UUID) -> DispatchFacts:
    """A member's own. Raises `NotFound`."""
    found = await session.execute(
        select(*_COLUMNS).where(WishDispatch.id == dispatch_id, WishDispatch.member_id == member_id)
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound()
    return DispatchFacts(*row)


async def _volunteer(session: AsyncSession, member_no: str) -> tuple[UUID, UUID]:
    """Account and person. Raises `InputInvalid`."""
    found = await session.execute(
        select(MemberRow.id, MemberRow.person_id).where(
            MemberRow.member_no == member_no, MemberRow.erased_at.is_(None)
        )
    )
    row = found.one_or_none()
    if row is None:
        raise invalid("member_no", "没有这位会员", "no such member", "unknown")
    return row.id, row.person_id


async def _check(session: AsyncSession, wish: WishFacts, volunteer: tuple[UUID, UUID]) -> None:
    member_id, person_id = volunteer
    if person_id == wish.person_id:
        raise OwnWish()
    suitability = await suitability_of(session, member_id)
    if wish.flags and not (suitability and suitability.suits):
        raise VolunteerNotSuitable(flags=sorted(wish.flags))
