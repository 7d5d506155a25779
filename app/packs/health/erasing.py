"""What consists of a member's words is erased: messages with pictures and alerts, whole threads.
That there was one stays counted."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.consultations import (
    HealthAlert,
    HealthConsultation,
    HealthConsultationMove,
    HealthMessage,
    HealthPicture,
)
from app.packs.health.counted import ANSWERS, CONSULTATIONS, keep_counts
from app.shared import files


async def erase_pictures(session: AsyncSession, file_ids: Sequence[UUID]) -> None:
    """Shown to nobody once this commits; a worker removes the bytes."""
    await session.execute(delete(HealthPicture).where(HealthPicture.file_id.in_(file_ids)))
    await files.remove(session, file_ids)


async def erase_messages(session: AsyncSession, message_ids: Sequence[UUID]) -> None:
    """With their pictures and what they alerted to."""
    pictures = await session.scalars(
        select(HealthPicture.file_id).where(HealthPicture.message_id.in_(message_ids))
    )
    await erase_pictures(session, pictures.all())
    await keep_counts(session, (ANSWERS,), message_ids)
    await session.execute(delete(HealthAlert).where(HealthAlert.message_id.in_(message_ids)))
    await session.execute(delete(HealthMessage).where(HealthMessage.id.in_(message_ids)))


async def erase_threads(session: AsyncSession, consultation_ids: Sequence[UUID]) -> None:
    """With all that belongs to them."""
    messages = await session.scalars(
        select(HealthMessage.id).where(HealthMessage.consultation_id.in_(consultation_ids))
    )
    await erase_messages(session, messages.all())
    moves = HealthConsultationMove.consultation_id.in_(consultation_ids)
    await session.execute(delete(HealthConsultationMove).where(moves))
    await keep_counts(session, (CONSULTATIONS,), consultation_ids)
    threads = HealthConsultation.id.in_(consultation_ids)
    await session.execute(delete(HealthConsultation).where(threads))
