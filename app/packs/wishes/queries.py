"""Wishes' SQL: a wish with its pool and its live claim, locked or not, alone or in lists."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, case, cast, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Member
from app.models.states import ClaimState, District, Urgency, WishFlag, WishState
from app.models.wishes import Wish, WishClaim, WishKind
from app.packs.wishes import rules
from app.platform.db import AnySelect
from app.platform.errors import NotFound
from app.platform.pages import Keyset
from app.shared.stock import Pool, lock_pools, read_pools

URGENCY_RANK = case(
    {urgency: place for place, urgency in enumerate(rules.URGENCIES)}, value=Wish.urgency
)
BY_NEED = Keyset(Wish.needed_by, Wish.id)
NEWEST_FIRST = Keyset(Wish.posted_at, Wish.id, descending=True)
# Staff's queue: the most urgent first, of them who has waited longest.
BY_WAITING = Keyset(URGENCY_RANK, Wish.waiting_from, Wish.id)


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """A volunteer's claim as it is written down."""

    id: UUID
    wish_id: UUID
    member_id: UUID
    state: ClaimState
    claimed_at: datetime
    start_before: datetime
    started_at: datetime | None
    submitted_at: datetime | None
    minutes: int | None
    verified_by: str | None
    closed_at: datetime | None

    def state_at(self, now: datetime) -> ClaimState:
        lapsed = rules.is_lapsed(self.state, self.start_before, now)
        return ClaimState.LAPSED if lapsed else self.state


@dataclass(frozen=True, slots=True)
class WishFacts:
    """A wish with what its kind says and the claim that is live in the rows, if any."""

    id: UUID
    campaign_id: UUID
    pool_id: UUID
    member_id: UUID
    person_id: UUID
    member_no: str
    kind: str
    title: str
    detail: str
    district: District
    urgency: Urgency
    needed_by: datetime
    show_contact: bool
    posted_by: UUID | None
    decided: WishState
    flags: frozenset[WishFlag]
    endorsed_by: UUID | None
    posted_at: datetime
    waiting_from: datetime
    approved_at: datetime | None
    closed_at: datetime | None
    start_within_h: int
    claim: ClaimFacts | None

    def state_at(self, now: datetime) -> WishState:
        """As it is read at that time."""
        claim = self.claim
        live = (claim.state, claim.start_before) if claim is not None else None
        return rules.wish_state(self.decided, self.needed_by, live, now)


CLAIM_COLUMNS = (
    WishClaim.id,
    WishClaim.wish_id,
    WishClaim.member_id,
    WishClaim.state,
    WishClaim.claimed_at,
    WishClaim.start_before,
    WishClaim.started_at,
    WishClaim.submitted_at,
    WishClaim.minutes,
    WishClaim.verified_by,
    WishClaim.closed_at,
)
_WISH_COLUMNS = (
    Wish.id,
    Wish.campaign_id,
    Wish.pool_id,
    Wish.member_id,
    Member.person_id,
    Member.member_no,
    Wish.kind,
    Wish.title,
    Wish.detail,
    Wish.district,
    Wish.urgency,
    Wish.needed_by,
    Wish.show_contact,
    Wish.posted_by,
    Wish.state,
    Wish.flags,
    Wish.endorsed_by,
    Wish.posted_at,
    Wish.waiting_from,
    Wish.approved_at,
    Wish.closed_at,
    WishKind.start_within_h,
)
_IS_LIVE = WishClaim.state.in_(sorted(rules.LIVE_CLAIMS))


def select_wishes() -> AnySelect:
    """What `wish_facts` reads. Whatever is added comes behind."""
    return (
        select(*_WISH_COLUMNS, *CLAIM_COLUMNS)
        .join(Member, Member.id == Wish.member_id)
        .join(
            WishKind,
            and_(WishKind.campaign_id == Wish.campaign_id, WishKind.code == Wish.kind),
        )
        .outerjoin(WishClaim, and_(WishClaim.wish_id == Wish.id, _IS_LIVE))
    )


def wish_facts(row: Any) -> WishFacts:
    """A row of `select_wishes`."""
    width = len(_WISH_COLUMNS)
    values: list[Any] = list(row[:width])
    values[_WISH_COLUMNS.index(Wish.flags)] = frozenset(map(WishFlag, row.flags))
    claim = row[width : width + len(CLAIM_COLUMNS)]
    values.append(ClaimFacts(*claim) if claim[0] is not None else None)
    return WishFacts(*values)


def state_at(now: datetime | ColumnElement[datetime]) -> ColumnElement[str]:
    """`rules.wish_state` for rows of `select_wishes`, so that lists can be narrowed by it."""
    at = literal(now, type_=Wish.needed_by.type) if isinstance(now, datetime) else now
    runs = case((WishClaim.state == ClaimState.CLAIMED, WishClaim.start_before > at), else_=True)
    return case(
        (Wish.state != WishState.OPEN, cast(Wish.state, Text)),
        (and_(WishClaim.id.is_not(None), runs), cast(WishClaim.state, Text)),
        (Wish.needed_by <= at, WishState.EXPIRED.value),
        else_=WishState.OPEN.value,
    )


async def find_wish(session: AsyncSession, wish_id: UUID) -> WishFacts | None:
    """As committed, without locks."""
    row = (await session.execute(select_wishes().where(Wish.id == wish_id))).one_or_none()
    return None if row is None else wish_facts(row)


async def lock_wish(
    session: AsyncSession, wish_id: UUID, *, where: ColumnElement[bool] | None = None
) -> WishFacts:
    """Lock the wish, then its pool, then look: nobody claims it or moves it meanwhile.

    `where` narrows which wishes there are for the caller. Raises `NotFound`.
    """
    statement = select(Wish.pool_id).where(Wish.id == wish_id).with_for_update(key_share=True)
    if where is not None:
        statement = statement.where(where)
    pool_id = await session.scalar(statement)
    if pool_id is None:
        raise NotFound()
    await lock_pools(session, [pool_id])
    found = await find_wish(session, wish_id)
    assert found is not None, "it is locked"
    return found


async def read_pool(session: AsyncSession, pool_id: UUID) -> Pool:
    return (await read_pools(session, [pool_id]))[pool_id]


async def find_claim(session: AsyncSession, claim_id: UUID) -> ClaimFacts | None:
    statement = select(*CLAIM_COLUMNS).where(WishClaim.id == claim_id)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else ClaimFacts(*row)
