"""Talks as a member sees them, with what this person has and can do."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health_talks import HealthRegistration, HealthTalk
from app.models.states_appointments import RegistrationState
from app.packs.health import talk_queries, talk_rules
from app.packs.health.talk_queries import BY_START, TalkFacts
from app.packs.health.talk_refusals import AlreadyRegistered, Full, RegistrationClosed
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.pages import Page, PageRequest
from app.shared.campaigns import shown, shown_campaign
from app.shared.identity.callers import Member
from app.shared.stock import NotOpen


@dataclass(frozen=True, slots=True)
class SeenTalk:
    """`registration_id`: this person's place. `reason`: the code of what a registration would
    hear just now. `replay_url` where this person may see it."""

    talk: TalkFacts
    registration_id: UUID | None
    reason: str | None
    replay_url: str | None


async def list_talks(
    sessions: Sessions,
    clock: Clock,
    *,
    member: Member,
    page: PageRequest,
    campaign_id: UUID | None = None,
) -> Page[SeenTalk]:
    """By their beginning, past ones too, for their replay; of one edition, or of all that run.
    Raises `NotFound` where no campaign is current."""
    async with sessions() as session:
        await shown_campaign(session, campaign_id)
        wanted = shown(HealthTalk.campaign_id, campaign_id)
        statement = talk_queries.select_talks().where(wanted)
        rows = await BY_START.page(session, statement, page)
        talks = [talk_queries.talk_facts(row) for row in rows.items]
        mine = await _mine(session, talks, member)
    return Page([_seen(talk, mine, clock) for talk in talks], rows.next_cursor)


async def look_at(sessions: Sessions, clock: Clock, *, member: Member, talk_id: UUID) -> SeenTalk:
    """Raises `NotFound`."""
    async with sessions() as session:
        talk = await talk_queries.require_talk(session, talk_id)
        await shown_campaign(session, talk.campaign_id)
        mine = await _mine(session, [talk], member)
    return _seen(talk, mine, clock)


async def _mine(
    session: AsyncSession, talks: Sequence[TalkFacts], member: Member
) -> dict[UUID, UUID]:
    rows = await session.execute(
        select(HealthRegistration.talk_id, HealthRegistration.id).where(
            HealthRegistration.talk_id.in_([talk.id for talk in talks]),
            HealthRegistration.person_id == member.person_id,
            HealthRegistration.state != RegistrationState.CANCELLED,
        )
    )
    return {row[0]: row[1] for row in rows}


def _seen(talk: TalkFacts, mine: dict[UUID, UUID], clock: Clock) -> SeenTalk:
    now, held = clock.now(), mine.get(talk.id)
    sees = talk_rules.sees_replay(talk.replay_for, talk.ends_at, now, has_place=held is not None)
    reason = None
    if held is not None:
        reason = AlreadyRegistered.code
    elif now < talk.pool.opens_at:
        reason = NotOpen.code
    elif now >= talk.pool.closes_at:
        reason = RegistrationClosed.code
    elif not talk.pool.free:
        reason = Full.code
    return SeenTalk(talk, held, reason, talk.replay_url if sees else None)
