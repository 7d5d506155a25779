"""How long the health pack keeps what members wrote and what they came to, and how it is erased.

Talks and appointments hold units of stock, so the books of a talk, or of a slot, go with it. What
they count in figures stays (`counted.py`).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.consultations import HealthConsultation, HealthMessage, HealthPicture
from app.packs.health.erasing import erase_messages, erase_pictures, erase_threads
from app.packs.health.erasing_visits import erase_slots, erase_talks
from app.platform.errors import Words
from app.shared.retention import RetentionKind

YEAR_DAYS = 365
_MESSAGE = Words("消息发出之时", "the message")


async def _messages(session: AsyncSession, before: datetime, most: int) -> int:
    """A thread of which nothing is left goes with the last of them."""
    rows = await session.execute(
        select(HealthMessage.id, HealthMessage.consultation_id)
        .where(HealthMessage.at < before)
        .order_by(HealthMessage.at, HealthMessage.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    due = rows.all()
    await erase_messages(session, [row.id for row in due])
    await erase_threads(session, await _empty(session, {row.consultation_id for row in due}))
    return len(due)


async def _pictures(session: AsyncSession, before: datetime, most: int) -> int:
    due = await session.scalars(
        select(HealthPicture.file_id)
        .where(HealthPicture.at < before)
        .order_by(HealthPicture.at, HealthPicture.file_id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    file_ids = due.all()
    await erase_pictures(session, file_ids)
    return len(file_ids)


async def _withdrawn(session: AsyncSession, before: datetime, most: int) -> int:
    due = await session.scalars(
        select(HealthConsultation.id)
        .where(HealthConsultation.withdrawn_at <= before)
        .order_by(HealthConsultation.withdrawn_at, HealthConsultation.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    consultation_ids = due.all()
    await erase_threads(session, consultation_ids)
    return len(consultation_ids)


async def _empty(session: AsyncSession, consultation_ids: set[UUID]) -> list[UUID]:
    """Those without a message; one that somebody writes into just now is not among them."""
    rows = await session.scalars(
        select(HealthConsultation.id)
        .where(
            HealthConsultation.id.in_(consultation_ids),
            ~exists().where(HealthMessage.consultation_id == HealthConsultation.id),
        )
        .order_by(HealthConsultation.id)
        .with_for_update(skip_locked=True)
    )
    return list(rows)


RETENTION = (
    RetentionKind(
        "health.appointments",
        Words("健康咨询预约及其时段", "Appointments, with their slots"),
        Words("时段结束之时", "the slot's end"),
        3 * YEAR_DAYS,
        erase_slots,
    ),
    RetentionKind(
        "health.talks",
        Words("健康讲座及其报名与签到", "Talks, with the places at them"),
        Words("讲座结束之时", "the talk's end"),
        YEAR_DAYS,
        erase_talks,
    ),
    RetentionKind(
        "health.consultation_messages",
        Words("健康咨询消息", "Messages of consultations"),
        _MESSAGE,
        3 * YEAR_DAYS,
        _messages,
    ),
    RetentionKind(
        "health.consultation_pictures",
        Words("健康咨询图片", "Pictures of consultations"),
        _MESSAGE,
        YEAR_DAYS,
        _pictures,
    ),
    RetentionKind(
        "health.withdrawn_consultations",
        Words("撤回同意后的健康咨询", "Consultations whose consent was withdrawn"),
        Words("撤回同意之时", "the withdrawal"),
        0,
        _withdrawn,
    ),
)
