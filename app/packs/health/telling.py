"""A member is told that something of a consultation waits, and never a word of what it says: a
notice shows on a locked phone."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.consultations import HealthConsultation, HealthMessage
from app.platform.errors import Words
from app.shared.notices import NewNotice, NoticeKind, Wording


def _kind(name: str, title: Words, body: Words) -> NoticeKind:
    return NoticeKind(f"health.consultation_{name}", title, Wording(title, body))


CONSULTATION_NOTICES = (
    _kind(
        "answered",
        Words("您的咨询有新答复", "An answer waits for you"),
        Words("请打开应用查看。", "Open the app to read it."),
    ),
    _kind(
        "closed",
        Words("您的咨询已结束", "Your consultation has ended"),
        Words("如有新的问题，可以再次咨询。", "You can ask again whenever you like."),
    ),
    _kind(
        "lifted",
        Words("您的匿名身份已解除", "Your name was shown to the expert"),
        Words(
            "经两人批准，专家现在可以看到您的姓名和电话。记录见“谁查看过我的信息”。",
            "Two people agreed that the expert may see your name and phone number. You find it "
            "in the list of who looked at your data.",
        ),
    ),
)


async def told_of_answer(session: AsyncSession, message_id: UUID) -> list[NewNotice]:
    """None of one that was erased or withdrawn meanwhile, or that the member has read."""
    row = (
        await session.execute(
            select(HealthConsultation.id, HealthConsultation.member_id)
            .join(HealthMessage, HealthMessage.consultation_id == HealthConsultation.id)
            .where(
                HealthMessage.id == message_id,
                HealthConsultation.withdrawn_at.is_(None),
                HealthConsultation.member_read_no < HealthMessage.number,
            )
        )
    ).one_or_none()
    if row is None:
        return []
    return [_notice("answered", row.member_id, row.id, message_id)]


async def told_of_thread(
    session: AsyncSession, what: str, consultation_id: UUID
) -> list[NewNotice]:
    """`closed` or `lifted`, once each."""
    member_id = await session.scalar(
        select(HealthConsultation.member_id).where(HealthConsultation.id == consultation_id)
    )
    if member_id is None:
        return []
    return [_notice(what, member_id, consultation_id, consultation_id)]


def _notice(what: str, member_id: UUID, consultation_id: UUID, about: UUID) -> NewNotice:
    return NewNotice(
        f"health.consultation_{what}",
        member_id,
        {},
        dedupe_key=f"health:{what}:{about}",
        link=f"/v1/health/consultations/{consultation_id}/messages",
    )
