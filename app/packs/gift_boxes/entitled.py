"""Who may have a free box, and by what: as it stands in our books, never the document."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import MemberCategory
from app.packs.gift_boxes.free_records import Proof
from app.packs.gift_boxes.free_windows import FreeBox
from app.packs.gift_boxes.fulfilment_rules import entitling
from app.packs.gift_boxes.orders import Delivery, check_delivery
from app.packs.gift_boxes.rules import shown
from app.platform.clock import shanghai_day
from app.platform.errors import InputInvalid, Refusal
from app.shared.identity.callers import Entitlement, Member
from app.shared.identity.entitlements import not_eligible
from app.shared.stock import NotOpen


def not_for(free: FreeBox, delivery: Delivery, member: Member, now: datetime) -> Refusal | None:
    """Why this member cannot have one so, now, however many are left."""
    try:
        check_delivery([free.box], delivery, now=now)
    except InputInvalid as refusal:
        return refusal
    today = shanghai_day(now)
    window = entitling(free.windows, member.entitlements, today)
    if window is None:
        return not_eligible(member, free.categories, today)
    return not_yet(window.opens_at) if now < window.opens_at else None


def not_yet(opens_at: datetime) -> NotOpen:
    return NotOpen(opens_at=shown(opens_at))


async def held_by(session: AsyncSession, member_ids: Collection[UUID]) -> dict[UUID, list[Proof]]:
    """By account, as it was imported or set."""
    category = MemberCategory
    rows = await session.execute(
        select(category.member_id, category.category, category.source, category.valid_until).where(
            category.member_id.in_(member_ids)
        )
    )
    found: dict[UUID, list[Proof]] = {}
    for row in rows:
        found.setdefault(row.member_id, []).append(Proof(*row[1:]))
    return found


def prove(free: FreeBox, held: Sequence[Proof], now: datetime) -> Proof | None:
    """The one by which somebody may have a box first; None before its window, or by none."""
    entitlements = [Entitlement(each.category, each.valid_until) for each in held]
    window = entitling(free.windows, entitlements, shanghai_day(now))
    if window is None or now < window.opens_at:
        return None
    return next(each for each in held if each.category is window.category)
