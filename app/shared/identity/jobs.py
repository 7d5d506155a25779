"""This room's sweeping: texts of onboarding codes that can no longer be used are wiped (the
codes stay, as digests), sign-ins of staff that ran out long ago forgotten."""

from datetime import timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import OnboardingCode, StaffSession
from app.platform.jobs import Handler, Payload, Periodic
from app.shared.identity.staff_sessions import KEPT

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


async def sweep_sessions(session: AsyncSession, payload: Payload) -> bool:
    """Forget sign-ins whose token ran out longer than `KEPT` ago; whether there may be more.

    The origins from which an account signed in go with them.
    """
    old = select(StaffSession.id).where(StaffSession.token_until < func.now() - KEPT).limit(BATCH)
    gone = await session.scalars(
        delete(StaffSession).where(StaffSession.id.in_(old)).returning(StaffSession.id)
    )
    return len(gone.all()) == BATCH


HANDLERS: dict[str, Handler] = {
    "identity.wipe_codes": Periodic(wipe_codes, every=timedelta(hours=1)),
    "identity.sweep_sessions": Periodic(sweep_sessions, every=timedelta(hours=1)),
}
