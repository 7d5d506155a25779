"""Who asks, as far as an expert may know it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Member
from app.packs.health.consultation_queries import ConsultationFacts
from app.platform.crypto import Sealer
from app.shared.identity.seals import NAME, PHONE


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as an expert may know it: a name, or what stands for it. `phone`: only where two
    people have lifted the pseudonym, so that somebody can be helped."""

    name: str
    phone: str | None


async def asker_of(session: AsyncSession, sealer: Sealer, thread: ConsultationFacts) -> Asker:
    """A pseudonym stays one until two people have lifted it."""
    if thread.pseudonym is not None and thread.lifted_at is None:
        return Asker(thread.pseudonym, None)
    row = (
        await session.execute(
            select(Member.name_sealed, Member.phone_sealed).where(Member.id == thread.member_id)
        )
    ).one()
    name = NAME.open(sealer, row.name_sealed)
    return Asker(name, PHONE.open(sealer, row.phone_sealed) if thread.lifted_at else None)
