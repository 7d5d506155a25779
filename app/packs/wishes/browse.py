"""What members see of wishes: open ones, their own, those they have taken on.

The public face is for everybody; reasons, evidence and the log of showings are for the wisher,
the contact for whoever holds a live claim just now.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Member as MemberRow
from app.models.states import DispatchState, District, Urgency, WishState
from app.models.wishes import Wish, WishClaim, WishContactShowing, WishDispatch
from app.packs.wishes import queries, rules
from app.packs.wishes.claim import may_know_of
from app.packs.wishes.contact import Contact, own_contact, show_contact
from app.packs.wishes.inside import Inside, look_inside
from app.packs.wishes.queries import CLAIM_COLUMNS, ClaimFacts, WishFacts
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.campaigns import shown
from app.shared.identity.callers import Actor, Member

_CLAIMS_NEWEST_FIRST = Keyset(WishClaim.claimed_at, WishClaim.id, descending=True)
_DISPATCHES_NEWEST_FIRST = Keyset(WishDispatch.offered_at, WishDispatch.id, descending=True)
_SHOWINGS_NEWEST_FIRST = Keyset(WishContactShowing.at, WishContactShowing.id, descending=True)


@dataclass(frozen=True, slots=True)
class SeenWish:
    """One wish as one member sees it. `inside` is the wisher's alone; `my_claim` the volunteer's
    own that is live; `contact` for these two."""

    wish: WishFacts
    state: WishState
    is_mine: bool
    my_claim: ClaimFacts | None = None
    contact: Contact | None = None
    inside: Inside | None = None


@dataclass(frozen=True, slots=True)
class MyClaim:
    """A claim with the public face of its wish."""

    claim: ClaimFacts
    title: str
    kind: str
    district: District


@dataclass(frozen=True, slots=True)
class MyDispatch:
    """Staff's question to me, with the public face of the wish."""

    id: UUID
    wish_id: UUID
    state: DispatchState
    offered_at: datetime
    answered_at: datetime | None
    claim_id: UUID | None
    title: str
    kind: str
    district: District
    needed_by: datetime


@dataclass(frozen=True, slots=True)
class Showing:
    """When a volunteer was shown how to reach the wisher, and by which claim."""

    id: UUID
    claim_id: UUID
    at: datetime


async def list_open(
    sessions: Sessions,
    clock: Clock,
    *,
    member: Member,
    page: PageRequest,
    kind: str | None = None,
    district: District | None = None,
    urgency: Urgency | None = None,
    needed_before: datetime | None = None,
    campaign_id: UUID | None = None,
) -> Page[SeenWish]:
    """Wishes that can be claimed, those first that are needed soonest; of one edition, or of all
    that run."""
    now = clock.now()
    statement = queries.select_wishes().where(
        queries.state_at(now) == WishState.OPEN.value, shown(Wish.campaign_id, campaign_id)
    )
    if kind is not None:
        statement = statement.where(Wish.kind == kind)
    if district is not None:
        statement = statement.where(Wish.district == district)
    if urgency is not None:
        statement = statement.where(Wish.urgency == urgency)
    if needed_before is not None:
        statement = statement.where(Wish.needed_by < needed_before)
    async with sessions() as session:
        rows = await queries.BY_NEED.page(session, statement, page)
    return rows.map(lambda row: _seen(queries.wish_facts(row), member, now))


async def look_at(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    *,
    member: Member,
    actor: Actor,
    wish_id: UUID,
) -> SeenWish:
    """One wish. That its contact was shown is written down in the transaction that shows it.

    Raises `NotFound` for what is not for this member.
    """
    now = clock.now()
    async with sessions.begin() as session:
        wish = await queries.find_wish(session, wish_id)
        if wish is None or not _may_see(wish, member, now):
            raise NotFound()
        seen = _seen(wish, member, now)
        if seen.is_mine:
            return SeenWish(
                wish,
                seen.state,
                is_mine=True,
                contact=await own_contact(session, sealer, wish),
                inside=await look_inside(session, sealer, wish.id),
            )
        if seen.my_claim is None:
            return seen
        contact = await show_contact(session, clock, sealer, actor=actor, wish=wish)
        return SeenWish(wish, seen.state, False, seen.my_claim, contact)


async def list_mine(
    sessions: Sessions, clock: Clock, *, member: Member, page: PageRequest
) -> Page[SeenWish]:
    """The member's own wishes in every state, newest first."""
    now = clock.now()
    statement = queries.select_wishes().where(Wish.member_id == member.id)
    async with sessions() as session:
        rows = await queries.NEWEST_FIRST.page(session, statement, page)
    return rows.map(lambda row: _seen(queries.wish_facts(row), member, now))


async def list_my_claims(
    sessions: Sessions, *, member_id: UUID, page: PageRequest
) -> Page[MyClaim]:
    """The volunteer's own claims in every state, newest first: the service record."""
    statement = (
        select(*CLAIM_COLUMNS, Wish.title, Wish.kind, Wish.district)
        .join(Wish, Wish.id == WishClaim.wish_id)
        .where(WishClaim.member_id == member_id)
    )
    async with sessions() as session:
        rows = await _CLAIMS_NEWEST_FIRST.page(session, statement, page)
    width = len(CLAIM_COLUMNS)
    return rows.map(lambda row: MyClaim(ClaimFacts(*row[:width]), *row[width : width + 3]))


async def list_my_dispatches(
    sessions: Sessions, *, member_id: UUID, page: PageRequest
) -> Page[MyDispatch]:
    """What staff have asked this volunteer, newest first."""
    columns = (
        WishDispatch.id,
        WishDispatch.wish_id,
        WishDispatch.state,
        WishDispatch.offered_at,
        WishDispatch.answered_at,
        WishDispatch.claim_id,
        Wish.title,
        Wish.kind,
        Wish.district,
        Wish.needed_by,
    )
    statement = (
        select(*columns)
        .join(Wish, Wish.id == WishDispatch.wish_id)
        .where(WishDispatch.member_id == member_id)
    )
    async with sessions() as session:
        rows = await _DISPATCHES_NEWEST_FIRST.page(session, statement, page)
    return rows.map(lambda row: MyDispatch(*row[: len(columns)]))


async def list_showings(
    sessions: Sessions, *, member: Member, wish_id: UUID, page: PageRequest
) -> Page[Showing]:
    """Each look at the wisher's contact, newest first; the wisher's alone. Raises `NotFound`."""
    async with sessions() as session:
        await _require_own(session, member, wish_id)
        statement = select(
            WishContactShowing.id, WishContactShowing.claim_id, WishContactShowing.at
        ).where(WishContactShowing.wish_id == wish_id)
        rows = await _SHOWINGS_NEWEST_FIRST.page(session, statement, page)
    return rows.map(lambda row: Showing(*row[:3]))


async def _require_own(session: AsyncSession, member: Member, wish_id: UUID) -> None:
    found = await session.scalar(
        select(Wish.id)
        .join(MemberRow, MemberRow.id == Wish.member_id)
        .where(Wish.id == wish_id, MemberRow.person_id == member.person_id)
    )
    if found is None:
        raise NotFound()


def _may_see(wish: WishFacts, member: Member, now: datetime) -> bool:
    is_mine = wish.person_id == member.person_id
    return is_mine or (may_know_of(wish, member) and wish.state_at(now) in rules.PUBLIC)


def _seen(wish: WishFacts, member: Member, now: datetime) -> SeenWish:
    """The public face, and what there is between it and the member."""
    claim, state = wish.claim, wish.state_at(now)
    is_held = claim is not None and claim.member_id == member.id and state in rules.TAKEN
    return SeenWish(
        wish, state, wish.person_id == member.person_id, my_claim=claim if is_held else None
    )
