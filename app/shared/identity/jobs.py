"""Texts of onboarding codes that can no longer be used are wiped; the codes stay, as digests."""

from datetime import timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import OnboardingCode
from app.platform.jobs import Handler, Payload, Periodic

BATCH = 1_000


async def wipe_codes(session: AsyncSession, payload: Payload) -> bool:
    """Wipe what has run out or was used; whether there may be more."""
    code = OnboardingCode
    spent = (
        select(code.id)
        .where(
            code.code_sealed.is_not(None),
            or_(
                code.expires_at <= select(func.campaign_now()).scalar_subquery(),
                code.device_id.is_not(None),
            ),
        )
        .limit(BATCH)
    )
    wiped = await session.scalars(
        update(code).where(code.id.in_(spent)).values(code_sealed=None).returning(code.id)
    )
    return len(wiped.all()) == BATCH


HANDLERS: dict[str, Handler] = {
    "identity.wipe_codes": Periodic(wipe_codes, every=timedelta(hours=1))
}
