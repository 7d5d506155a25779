"""Register for a talk. The entry in the books is the record of the request, so a repeat is safe."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models.health_talks import HealthRegistration
from app.models.states import PackKind
from app.models.states_appointments import RegistrationState
from app.packs.health import talk_queries
from app.packs.health.talk_acts import registration_act
from app.packs.health.talk_queries import TalkFacts
from app.packs.health.talk_refusals import AlreadyRegistered, Full, RegistrationClosed
from app.platform.db import Sessions, is_one_of
from app.platform.errors import NotFound, Refusal
from app.platform.ids import derived_id
from app.shared.campaigns import ClosedPacks, hold_open
from app.shared.draws.commitment_rules import shown_time
from app.shared.idempotency import IdempotencyKeyReused, KeyedRequest
from app.shared.identity.callers import Actor, Member
from app.shared.ledger import write
from app.shared.stock import Grant, NotOpen, Press, Recorder, Stock, Verdict

_NEW = (None, RegistrationState.REGISTERED)


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """A place as it was granted, which never changes: the answer to every repeat."""

    id: UUID
    talk_id: UUID
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class Registered:
    """The place, and whether this request had been granted before."""

    registration: RegistrationRow
    repeated: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a press is for, and who presses."""

    talk: TalkFacts
    actor: Actor


async def register(
    stock: Stock,
    sessions: Sessions,
    packs: ClosedPacks,
    *,
    member: Member,
    actor: Actor,
    talk_id: UUID,
    request: KeyedRequest,
) -> Registered:
    """One place a person and talk, within the talk's window.

    Raises `NotFound`, `IdempotencyKeyReused`, `NotOpen` (`PackClosed`, `RegistrationClosed`),
    `AlreadyRegistered`, `Full`, `TemporarilyUnavailable`.
    """
    async with sessions() as session:
        talk = await talk_queries.require_talk(session, talk_id)
    if packs.is_draft(talk.campaign_id):
        raise NotFound()
    press = Press(
        claim_id=derived_id(request.digest(actor.digester, str(talk.pool.id))),
        fingerprint=request.fingerprint,
        member_id=member.id,
        person_id=member.person_id,
        payload=Wanted(talk, actor),
    )
    decision = await stock.press(talk.pool, press, RECORDER)
    if decision.row is not None:
        return Registered(decision.row, repeated=decision.verdict is Verdict.REPEATED)
    raise await _refusal(sessions, decision.verdict, talk, member)


async def _refusal(
    sessions: Sessions, verdict: Verdict, talk: TalkFacts, member: Member
) -> Refusal:
    """What a press hears that was not granted; who has a place is told which, also where all
    are taken."""
    refusals: dict[Verdict, Refusal] = {
        Verdict.KEY_REUSED: IdempotencyKeyReused(),
        Verdict.NOT_OPEN: NotOpen(opens_at=shown_time(talk.pool.opens_at)),
        Verdict.ENDED: RegistrationClosed(closes_at=shown_time(talk.pool.closes_at)),
    }
    if verdict in refusals:
        return refusals[verdict]
    async with sessions() as session:
        held = await session.scalar(
            select(HealthRegistration.id).where(
                HealthRegistration.talk_id == talk.id,
                HealthRegistration.person_id == member.person_id,
                HealthRegistration.state != RegistrationState.CANCELLED,
            )
        )
    return Full() if held is None else AlreadyRegistered(registration_id=str(held))


async def _insert(connection: AsyncConnection, grants: Sequence[Grant]) -> list[RegistrationRow]:
    # One pool, so one talk.
    await hold_open(connection, grants[0].press.payload.talk.campaign_id, PackKind.HEALTH)
    await connection.execute(insert(HealthRegistration), [_columns(grant) for grant in grants])
    await write(
        connection,
        [
            registration_act(
                grant.press.payload.actor, "register", grant.press.claim_id, _NEW, grant.at
            )
            for grant in grants
        ],
    )
    return [
        RegistrationRow(grant.press.claim_id, grant.press.payload.talk.id, grant.at)
        for grant in grants
    ]


def _columns(grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.press.claim_id,
        "talk_id": grant.press.payload.talk.id,
        "member_id": grant.press.member_id,
        "person_id": grant.press.person_id,
        "state": RegistrationState.REGISTERED,
        "registered_at": grant.at,
    }


_BY_IDS = select(
    HealthRegistration.id, HealthRegistration.talk_id, HealthRegistration.registered_at
).where(is_one_of(HealthRegistration.id, "ids"))


async def _read(
    connection: AsyncConnection, claim_ids: Sequence[UUID]
) -> dict[UUID, RegistrationRow]:
    rows = await connection.execute(_BY_IDS, {"ids": list(claim_ids)})
    return {row.id: RegistrationRow(*row) for row in rows}


RECORDER: Recorder[RegistrationRow] = Recorder(insert=_insert, read=_read)
