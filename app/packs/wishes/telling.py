"""Both sides are told of a move, from its row of history."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.wishes import Wish, WishClaim, WishDispatch, WishHistory
from app.platform.db import AnySelect
from app.shared.notices import NewNotice

# What a wish is called whose wisher was erased.
NAMELESS = "—"
# act → what the wisher is told, and what the volunteer.
TOLD: dict[str, tuple[str | None, str | None]] = {
    "post": ("posted", None),
    "approve": ("approved", None),
    "reject": ("rejected", None),
    "claim": ("claimed", "claim_made"),
    "start": ("started", None),
    "release": ("reopened", None),
    "lapse": ("reopened", "claim_lapsed"),
    "submit": ("submitted", None),
    "confirm": ("fulfilled", "fulfilled"),
    "deny": ("not_done", "not_done"),
    "withdraw": ("withdrawn", "withdrawn"),
    "expire": ("expired", None),
}


async def told_of_move(session: AsyncSession, move_id: UUID) -> list[NewNotice]:
    """A notice a side, or none. They link to the wish, where reasons are read."""
    row = (
        await session.execute(
            select(
                WishHistory.act,
                WishHistory.wish_id,
                Wish.title,
                Wish.member_id.label("wisher_id"),
                WishClaim.member_id.label("volunteer_id"),
                WishClaim.start_before,
            )
            .join(Wish, Wish.id == WishHistory.wish_id)
            .outerjoin(WishClaim, WishClaim.id == WishHistory.claim_id)
            .where(WishHistory.id == move_id)
        )
    ).one()
    return list(_sides(row, move_id))


async def told_before_lapse(
    session: AsyncSession, claim_id: UUID, now: datetime
) -> NewNotice | None:
    """To the volunteer, unless the claim was started or is over; or the worker comes too late."""
    row = (await session.execute(_claimed(claim_id))).one_or_none()
    if row is None or now >= row.start_before:
        return None
    return NewNotice(
        "wishes.claim_lapsing",
        row.member_id,
        {"title": row.title or NAMELESS, "until": row.start_before},
        dedupe_key=f"wishes:lapsing:{claim_id}",
        not_after=row.start_before,
        link=_link(row.wish_id),
    )


async def told_of_dispatch(session: AsyncSession, dispatch_id: UUID) -> NewNotice:
    """To the volunteer who is asked."""
    row = (
        await session.execute(
            select(WishDispatch.member_id, WishDispatch.wish_id, Wish.title)
            .join(Wish, Wish.id == WishDispatch.wish_id)
            .where(WishDispatch.id == dispatch_id)
        )
    ).one()
    return NewNotice(
        "wishes.dispatched",
        row.member_id,
        {"title": row.title or NAMELESS},
        dedupe_key=f"wishes:dispatch:{dispatch_id}",
        link=_link(row.wish_id),
    )


def _sides(row: Any, move_id: UUID) -> Iterator[NewNotice]:
    for kind, member_id in zip(
        TOLD.get(row.act, (None, None)), (row.wisher_id, row.volunteer_id), strict=True
    ):
        if kind is not None and member_id is not None:
            until = {"until": row.start_before} if kind == "claim_made" else {}
            yield NewNotice(
                f"wishes.{kind}",
                member_id,
                {"title": row.title or NAMELESS, **until},
                dedupe_key=f"wishes:move:{move_id}",
                link=_link(row.wish_id),
            )


def _claimed(claim_id: UUID) -> AnySelect:
    return (
        select(WishClaim.member_id, WishClaim.wish_id, WishClaim.start_before, Wish.title)
        .join(Wish, Wish.id == WishClaim.wish_id)
        .where(WishClaim.id == claim_id, WishClaim.state == "claimed")
    )


def _link(wish_id: UUID) -> str:
    return f"/v1/wishes/{wish_id}"
