"""What those who have a place at a talk are told: the kinds, and whom they go to."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health_talks import HealthRegistration
from app.models.states_appointments import RegistrationState
from app.packs.health.talk_queries import TalkFacts
from app.packs.health.talks import TELL_CHANGED, beginning
from app.platform.clock import Clock
from app.platform.errors import Words
from app.platform.jobs import Payload
from app.shared.notices import NewNotice, NoticeKind, Notices, Variable, VariableType, Wording
from app.shared.notices.reminders import MOST_AT_ONCE, remind, reminder_key
from app.shared.outbox import NewJob, put

REMINDER, CHANGED = "health.talk_reminder", "health.talk_changed"
TALK = Variable("talk", VariableType.TEXT, "冬季呼吸道健康", Words("讲座名称", "the talk's title"))
STARTS_AT = Variable(
    "starts_at",
    VariableType.TIME,
    datetime(2023, 1, 15, 6, tzinfo=UTC),
    Words("开始时间", "when it begins"),
)
WHERE = Variable(
    "where", VariableType.TEXT, "市工人文化宫", Words("地点或直播", "the place, or the stream")
)


def _kind(name: str, title: Words, body: Words) -> NoticeKind:
    return NoticeKind(name, title, Wording(title, body), (TALK, STARTS_AT, WHERE))


TALK_NOTICES = (
    _kind(
        REMINDER,
        Words("您报名的讲座即将开始", "Your talk begins soon"),
        Words(
            "「{talk}」{starts_at} 开始，{where}。",
            '"{talk}" begins at {starts_at}, {where}.',
        ),
    ),
    _kind(
        CHANGED,
        Words("您报名的讲座有变动", "Your talk has changed"),
        Words(
            "「{talk}」现定于 {starts_at}，{where}。如不能参加，请取消报名。",
            '"{talk}" is now at {starts_at}, {where}. If you cannot come, give your place up.',
        ),
    ),
)


async def remind_of_talk(
    session: AsyncSession, payload: Payload, talk: TalkFacts, *, clock: Clock, notices: Notices
) -> None:
    async def find(hours: int, after: UUID | None) -> list[tuple[UUID, NewNotice]]:
        return [
            (held_id, _notice(REMINDER, talk, member_id, _key(held_id, hours, talk)))
            for held_id, member_id in await _holders(session, talk.id, after)
        ]

    await remind(session, payload, beginning(talk), find, clock=clock, notices=notices)


async def tell_changed(
    session: AsyncSession, payload: Payload, talk: TalkFacts, *, clock: Clock, notices: Notices
) -> None:
    """As it is by now; a change that was changed again is told once."""
    if clock.now() >= talk.starts_at:
        return
    after = UUID(payload["after"]) if "after" in payload else None
    holders = await _holders(session, talk.id, after)
    key = f"health:talk_changed:{talk.id}:{talk.version}"
    told = [_notice(CHANGED, talk, member_id, key) for _, member_id in holders]
    await notices.notify_many(session, told)
    if len(holders) == MOST_AT_ONCE:
        about = {"talk_id": talk.id, "after": holders[-1][0]}
        await put(session, NewJob(TELL_CHANGED, about))


async def _holders(
    session: AsyncSession, talk_id: UUID, after: UUID | None
) -> list[tuple[UUID, UUID]]:
    """Places with their accounts, in the order of their ids, so many at once."""
    statement = (
        select(HealthRegistration.id, HealthRegistration.member_id)
        .where(
            HealthRegistration.talk_id == talk_id,
            HealthRegistration.state == RegistrationState.REGISTERED,
        )
        .order_by(HealthRegistration.id)
        .limit(MOST_AT_ONCE)
    )
    if after is not None:
        statement = statement.where(HealthRegistration.id > after)
    return [(row[0], row[1]) for row in await session.execute(statement)]


def _notice(kind: str, talk: TalkFacts, member_id: UUID, dedupe_key: str) -> NewNotice:
    where = talk.place or talk.stream_url or ""
    return NewNotice(
        kind,
        member_id,
        {"talk": talk.title, "starts_at": talk.starts_at, "where": where},
        dedupe_key=dedupe_key,
        not_after=talk.starts_at,
        link=f"/v1/health/talks/{talk.id}",
    )


def _key(held_id: UUID, hours: int, talk: TalkFacts) -> str:
    return reminder_key("health:talk_reminder", held_id, hours, talk.starts_at)
