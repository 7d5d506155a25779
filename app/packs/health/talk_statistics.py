"""A talk in figures."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.models.health_talks import HealthRegistration
from app.models.states_appointments import RegistrationState
from app.packs.health import talk_queries
from app.packs.health.talk_queries import TalkFacts
from app.platform.clock import Clock
from app.platform.db import Sessions

# What the figures mean, as the document says it.
DEFINITIONS = {
    "registered": ("未取消的报名人数", "places that were not given up, attended or not"),
    "cancelled": ("取消的报名", "registrations that were given up"),
    "attended": ("已签到人数", "recorded by staff as there, net of what was undone"),
    "missed": ("讲座结束后仍未签到的人数", "of those registered, not recorded, once it is over"),
    "left": ("剩余名额", "places that nobody has"),
}


@dataclass(frozen=True, slots=True)
class TalkFigures:
    """As of one instant."""

    talk: TalkFacts
    as_of: datetime
    registered: int
    cancelled: int
    attended: int
    missed: int


async def talk_statistics(sessions: Sessions, clock: Clock, *, talk_id: UUID) -> TalkFigures:
    """In one snapshot. Raises `NotFound`."""
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        talk, now = await talk_queries.require_talk(session, talk_id), clock.now()
        rows = await session.execute(
            select(HealthRegistration.state, func.count())
            .where(HealthRegistration.talk_id == talk_id)
            .group_by(HealthRegistration.state)
        )
        count = {row[0]: row[1] for row in rows}
    waiting = count.get(RegistrationState.REGISTERED, 0)
    attended = count.get(RegistrationState.ATTENDED, 0)
    return TalkFigures(
        talk,
        now,
        registered=waiting + attended,
        cancelled=count.get(RegistrationState.CANCELLED, 0),
        attended=attended,
        missed=waiting if now >= talk.ends_at else 0,
    )
