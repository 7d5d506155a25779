"""What next year's edition takes of wishes: their kinds and the limits."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import PackKind
from app.models.wishes import WishKind
from app.packs.wishes.limits import LIMITS
from app.platform.ids import new_id
from app.shared.campaigns import Copying, EditionPart


async def _copy(session: AsyncSession, copying: Copying) -> None:
    kinds = await session.scalars(
        select(WishKind).where(WishKind.campaign_id == copying.source_id).order_by(WishKind.sort)
    )
    session.add_all(
        WishKind(
            id=new_id(),
            campaign_id=copying.target.id,
            code=kind.code,
            title=kind.title,
            title_en=kind.title_en,
            start_within_h=kind.start_within_h,
            sort=kind.sort,
            is_on=kind.is_on,
        )
        for kind in kinds
    )
    await LIMITS.copy(session, copying)


EDITION = EditionPart(
    PackKind.WISHES,
    counts={"kinds": "SELECT count(*) FROM wish_kind WHERE campaign_id = :campaign"},
    copy=_copy,
)
