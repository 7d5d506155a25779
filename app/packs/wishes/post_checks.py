"""What is looked at before a wish is posted: its kind, how many the person has open, what it is
like. Under the person's lock, which the caller holds."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Member as MemberRow
from app.models.wishes import Wish, WishKind
from app.packs.wishes import queries, rules
from app.packs.wishes.rules import Limits
from app.packs.wishes.screening import Screened, similarity
from app.platform.errors import invalid
from app.shared.stock import LimitReached


async def check_kind(session: AsyncSession, campaign_id: UUID, kind: str) -> None:
    """Of this campaign, and on; it stays so until the wish is there. Raises `InputInvalid`."""
    known = select(WishKind.id).where(
        WishKind.campaign_id == campaign_id, WishKind.code == kind, WishKind.is_on
    )
    if await session.scalar(known.with_for_update(read=True)) is None:
        raise invalid("kind", "没有这类心愿", "no such kind of wish", "kind_unknown")


async def check_cap(
    session: AsyncSession, campaign_id: UUID, person_id: UUID, limits: Limits, now: datetime
) -> None:
    """Of all the person's accounts, in this campaign. Raises `LimitReached`."""
    ended = [state.value for state in rules.ENDED]
    open_now = queries.select_wishes().where(
        MemberRow.person_id == person_id,
        Wish.campaign_id == campaign_id,
        queries.state_at(now).not_in(ended),
    )
    count = await session.scalar(open_now.with_only_columns(func.count()))
    if (count or 0) >= limits.open_wishes:
        raise LimitReached(rule=rules.WISHES_RULE, limit=limits.open_wishes)


async def find_similar(
    session: AsyncSession,
    person_id: UUID,
    title: Screened,
    detail: Screened,
    *,
    since: datetime,
) -> UUID | None:
    """The newest since then that is much the same."""
    before = await session.execute(
        select(Wish.id, Wish.title, Wish.detail)
        .join(MemberRow, MemberRow.id == Wish.member_id)
        .where(
            MemberRow.person_id == person_id,
            Wish.posted_at > since,
            Wish.erased_at.is_(None),
        )
        .order_by(Wish.posted_at.desc(), Wish.id.desc())
    )
    said = f"{title.shown} {detail.shown}"
    return next(
        (
            row.id
            for row in before
            if similarity(said, f"{row.title} {row.detail}") >= rules.SIMILAR_FROM
        ),
        None,
    )
