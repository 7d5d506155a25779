"""What became of talks and of places at them, for the ledger."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.models.states_appointments import RegistrationState
from app.packs.health.talk_queries import TalkFacts
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, changed

TALK, REGISTRATION = "talk", "registration"


def talk_act(
    actor: Actor,
    act: str,
    before: TalkFacts | None,
    after: TalkFacts,
    *,
    at: datetime,
    reason: str | None = None,
) -> Act:
    """`health.talk.<act>` with the fields in which `after` differs."""
    differs = changed(_fields(before) if before else {}, _fields(after))
    return Act(actor, f"health.talk.{act}", TALK, after.id, differs, at=at, reason=reason)


def registration_act(
    actor: Actor,
    act: str,
    registration_id: UUID,
    states: tuple[RegistrationState | None, RegistrationState],
    at: datetime,
    reason: str | None = None,
) -> Act:
    """`health.registration.<act>`. `reason`: staff's words alone."""
    verb, changes = f"health.registration.{act}", {"state": states}
    return Act(actor, verb, REGISTRATION, registration_id, changes, at=at, reason=reason)


def _fields(talk: TalkFacts) -> dict[str, Any]:
    return {
        "title": talk.title,
        "intro": talk.intro,
        "speaker": talk.speaker,
        "expert_id": talk.expert_id,
        "place": talk.place,
        "stream_url": talk.stream_url,
        "replay_url": talk.replay_url,
        "replay_for": talk.replay_for,
        "starts_at": talk.starts_at,
        "ends_at": talk.ends_at,
        "register_opens_at": talk.pool.opens_at,
        "register_closes_at": talk.pool.closes_at,
        "capacity": talk.pool.total,
    }
