"""Talks and places at them in JSON, as members see them."""

from typing import Any, Self
from uuid import UUID

from pydantic import Field

from app.models.states_appointments import RegistrationState
from app.packs.health import talk_rules
from app.packs.health.registering import RegistrationRow
from app.packs.health.talk_browse import SeenTalk
from app.packs.health.talk_queries import RegistrationFacts, TalkFacts
from app.platform.clock import Clock
from app.schemas.base import Instant, Output, PageOut


class TalkOut(Output):
    """A talk. `left` may be a second old."""

    id: UUID
    campaign_id: UUID
    title: str
    intro: str
    speaker: str
    expert_id: UUID | None
    place: str | None
    stream_url: str | None
    starts_at: Instant
    ends_at: Instant
    register_opens_at: Instant
    register_closes_at: Instant
    capacity: int
    left: int = Field(description="剩余名额 · places that nobody has")
    registration_id: UUID | None = Field(
        description="本人（按自然人）的报名 · mine, by natural person"
    )
    can_register: bool
    reason: str | None = Field(description="不能报名的原因代码 · the refusal's code")
    replay_url: str | None = Field(
        description="回放，结束后可见 · once it is over, for who may see"
    )

    @classmethod
    def of(cls, seen: SeenTalk) -> Self:
        talk = seen.talk
        return cls(
            **shown_to_all(talk),
            left=talk.pool.free,
            registration_id=seen.registration_id,
            can_register=seen.reason is None,
            reason=seen.reason,
            replay_url=seen.replay_url,
        )


class TalkList(PageOut[TalkOut]):
    server_time: Instant = Field(description="服务器时间，校准倒计时 · sets a countdown right")


class RegisteredOut(Output):
    """A place as it was granted: the same for every repeat."""

    id: UUID
    talk_id: UUID
    registered_at: Instant

    @classmethod
    def of(cls, row: RegistrationRow) -> Self:
        return cls.model_validate(row)


class RegistrationOut(Output):
    """My place at a talk as it stands."""

    id: UUID
    talk_id: UUID
    title: str
    starts_at: Instant
    ends_at: Instant
    state: RegistrationState
    registered_at: Instant
    cancelled_at: Instant | None
    attended_at: Instant | None
    replay_url: str | None

    @classmethod
    def of(cls, held: RegistrationFacts, clock: Clock) -> Self:
        has_place = held.state is not RegistrationState.CANCELLED
        sees = talk_rules.sees_replay(
            held.replay_for, held.ends_at, clock.now(), has_place=has_place
        )
        shown = {name: getattr(held, name) for name in cls.model_fields if name != "replay_url"}
        return cls(**shown, replay_url=held.replay_url if sees else None)


def shown_to_all(talk: TalkFacts) -> dict[str, Any]:
    """What everybody may see of it."""
    return {
        "id": talk.id,
        "campaign_id": talk.campaign_id,
        "title": talk.title,
        "intro": talk.intro,
        "speaker": talk.speaker,
        "expert_id": talk.expert_id,
        "place": talk.place,
        "stream_url": talk.stream_url,
        "starts_at": talk.starts_at,
        "ends_at": talk.ends_at,
        "register_opens_at": talk.pool.opens_at,
        "register_closes_at": talk.pool.closes_at,
        "capacity": talk.pool.total,
    }
