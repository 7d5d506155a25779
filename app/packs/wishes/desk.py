"""Staff look at wishes: their queue, what is overdue, one wish with all there is to it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Member as MemberRow
from app.models.states import ClaimState, DispatchState, District, Rater, Urgency, WishState
from app.models.wishes import Wish, WishClaim, WishDispatch, WishRating
from app.packs.wishes import queries, rules
from app.packs.wishes.acts import WISH
from app.packs.wishes.contact import Contact, own_contact
from app.packs.wishes.inside import Inside, look_inside
from app.packs.wishes.queries import WishFacts
from app.packs.wishes.seals import COMMENT, DISPATCH_REASON, ORIGINAL, PROXY
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import NotFound, Words
from app.platform.pages import Page, PageRequest
from app.shared.identity.callers import Actor, Districts, StaffMember
from app.shared.identity.districts import within
from app.shared.ledger import Act, write
from app.shared.personal_data import AccessKind, log_access

READ = AccessKind(
    "wishes.read",
    Words(
        "查看了与您有关的心愿：原文、联系方式、处理经过和志愿者提交的内容。",
        "A wish that concerns you was opened: its original text, how to reach the wisher, what "
        "became of it and what the volunteer handed in.",
    ),
)
# Longer than this staff should let nobody wait for a review.
REVIEW_WITHIN = timedelta(days=2)
# So close to its date a wish that nobody has claimed wants somebody to be asked.
NEEDED_SOON = timedelta(days=1)


class Overdue(StrEnum):
    """Why staff should look at a wish now."""

    REVIEW_WAITING = "review_waiting"
    NOBODY_CLAIMED = "nobody_claimed"
    NOT_FINISHED = "not_finished"
    WISHER_SILENT = "wisher_silent"


@dataclass(frozen=True, slots=True)
class QueuedWish:
    """A wish in staff's lists; without how to reach anybody."""

    wish: WishFacts
    state: WishState
    overdue: Overdue | None


@dataclass(frozen=True, slots=True)
class Dispatched:
    id: UUID
    member_no: str
    state: DispatchState
    offered_at: datetime
    answered_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Rated:
    rater: Rater
    stars: int
    comment: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenedWish:
    """All there is to a wish."""

    queued: QueuedWish
    original: dict[str, str]
    contact: Contact
    proxy: dict[str, str] | None
    inside: Inside
    volunteers: dict[UUID, str]
    dispatches: Sequence[Dispatched]
    ratings: Sequence[Rated]


async def list_queue(
    sessions: Sessions,
    clock: Clock,
    *,
    page: PageRequest,
    districts: Districts = None,
    state: WishState | None = None,
    kind: str | None = None,
    district: District | None = None,
    urgency: Urgency | None = None,
    overdue: bool | None = None,
    member_no: str | None = None,
) -> Page[QueuedWish]:
    """Wishes of the caller's districts, the most urgent first, of them those that wait longest."""
    now = clock.now()
    reason = _overdue(now)
    statement = queries.select_wishes().add_columns(reason).where(within(districts, Wish.district))
    if state is not None:
        statement = statement.where(queries.state_at(now) == state.value)
    if kind is not None:
        statement = statement.where(Wish.kind == kind)
    if district is not None:
        statement = statement.where(Wish.district == district)
    if urgency is not None:
        statement = statement.where(Wish.urgency == urgency)
    if member_no is not None:
        statement = statement.where(MemberRow.member_no == member_no)
    if overdue is not None:
        statement = statement.where(reason.is_not(None) if overdue else reason.is_(None))
    async with sessions() as session:
        rows = await queries.BY_WAITING.page(session, statement, page)
    return rows.map(lambda row: _queued(row, now))


async def open_wish(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    *,
    staff: StaffMember,
    actor: Actor,
    wish_id: UUID,
) -> OpenedWish:
    """One wish with everything in clear; the look is written down for all whom it concerns.

    Raises `NotFound`.
    """
    now = clock.now()
    statement = (
        queries.select_wishes()
        .add_columns(_overdue(now), Wish.original_sealed, Wish.proxy_sealed)
        .where(Wish.id == wish_id, within(staff.districts, Wish.district))
    )
    async with sessions.begin() as session:
        row = (await session.execute(statement)).one_or_none()
        if row is None:
            raise NotFound()
        queued = _queued(row, now)
        volunteers = await _volunteers(session, wish_id)
        concerned = sorted({queued.wish.member_id, *volunteers})
        await log_access(
            session, clock, READ, staff_id=staff.id, roles=staff.roles, member_ids=concerned
        )
        await write(session, [Act(actor, "wishes.wish.read", WISH, wish_id, at=now)])
        original = ORIGINAL.open(sealer, row.original_sealed)
        proxy = PROXY.open_if_any(sealer, row.proxy_sealed)
        return OpenedWish(
            queued,
            json.loads(original or "{}"),
            await own_contact(session, sealer, queued.wish),
            json.loads(proxy) if proxy else None,
            await look_inside(session, sealer, wish_id),
            volunteers,
            await _dispatches(session, sealer, wish_id),
            await _ratings(session, sealer, wish_id),
        )


def _overdue(now: datetime) -> ColumnElement[str | None]:
    """For rows of `select_wishes`."""
    at = literal(now, type_=Wish.needed_by.type)
    waited = and_(
        Wish.state == WishState.PENDING_REVIEW,
        (Wish.waiting_from <= at - REVIEW_WITHIN) | (Wish.needed_by <= at),
    )
    unclaimed = and_(
        queries.state_at(now) == WishState.OPEN.value, Wish.needed_by <= at + NEEDED_SOON
    )
    unfinished = and_(WishClaim.state == ClaimState.IN_PROGRESS, Wish.needed_by <= at)
    silent = and_(
        WishClaim.state == ClaimState.SUBMITTED, WishClaim.submitted_at <= at - rules.SILENCE
    )
    return case(
        (waited, Overdue.REVIEW_WAITING.value),
        (unclaimed, Overdue.NOBODY_CLAIMED.value),
        (unfinished, Overdue.NOT_FINISHED.value),
        (silent, Overdue.WISHER_SILENT.value),
    ).label("overdue")


def _queued(row: Any, now: datetime) -> QueuedWish:
    wish = queries.wish_facts(row)
    overdue = row.overdue
    return QueuedWish(wish, wish.state_at(now), Overdue(overdue) if overdue else None)


async def _volunteers(session: AsyncSession, wish_id: UUID) -> dict[UUID, str]:
    """Member numbers of all who have claimed it or were asked."""
    claimed = select(WishClaim.member_id).where(WishClaim.wish_id == wish_id)
    asked = select(WishDispatch.member_id).where(WishDispatch.wish_id == wish_id)
    rows = await session.execute(
        select(MemberRow.id, MemberRow.member_no).where(MemberRow.id.in_(claimed.union(asked)))
    )
    return {row.id: row.member_no for row in rows}


async def _dispatches(session: AsyncSession, sealer: Sealer, wish_id: UUID) -> list[Dispatched]:
    rows = await session.execute(
        select(
            WishDispatch.id,
            MemberRow.member_no,
            WishDispatch.state,
            WishDispatch.offered_at,
            WishDispatch.answered_at,
            WishDispatch.reason_sealed,
        )
        .join(MemberRow, MemberRow.id == WishDispatch.member_id)
        .where(WishDispatch.wish_id == wish_id)
        .order_by(WishDispatch.offered_at, WishDispatch.id)
    )
    return [
        Dispatched(
            row.id,
            row.member_no,
            row.state,
            row.offered_at,
            row.answered_at,
            DISPATCH_REASON.open_if_any(sealer, row.reason_sealed),
        )
        for row in rows
    ]


async def _ratings(session: AsyncSession, sealer: Sealer, wish_id: UUID) -> list[Rated]:
    rows = await session.execute(
        select(WishRating.rater, WishRating.stars, WishRating.comment_sealed, WishRating.at)
        .join(WishClaim, WishClaim.id == WishRating.claim_id)
        .where(WishClaim.wish_id == wish_id)
        .order_by(WishRating.at)
    )
    return [
        Rated(
            row.rater,
            row.stars,
            COMMENT.open_if_any(sealer, row.comment_sealed),
            row.at,
        )
        for row in rows
    ]
