"""Claim a seat. The entry in the books is the record of the request, so a repeat is safe."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.packs.seats import queries
from app.packs.seats.queries import SeatRow, TalkFacts
from app.packs.seats.refusals import TalkClosed
from app.packs.seats.talks import find_talk
from app.platform.clock import SHANGHAI
from app.platform.crypto import Digester
from app.platform.db import Sessions
from app.platform.errors import Refusal
from app.platform.ids import derived_id
from app.shared.idempotency import IdempotencyKeyReused, KeyedRequest
from app.shared.identity.callers import Actor, Member
from app.shared.ledger import Act, made, write
from app.shared.stock import (
    Grant,
    LimitReached,
    NotOpen,
    Press,
    Recorder,
    SoldOut,
    Stock,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """The seat, and whether this request had been granted before."""

    seat: SeatRow
    repeated: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """What a press is for, and who presses."""

    talk_id: UUID
    actor: Actor


async def claim(
    stock: Stock,
    sessions: Sessions,
    digester: Digester,
    *,
    member: Member,
    actor: Actor,
    talk_id: UUID,
    request: KeyedRequest,
) -> Claimed:
    """One seat a person and talk, for every member, until the talk starts.

    Raises `NotFound`, `IdempotencyKeyReused`, `TalkClosed`, `NotOpen`, `LimitReached`, `SoldOut`,
    `TemporarilyUnavailable`.
    """
    talk = await find_talk(sessions, talk_id)
    press = Press(
        claim_id=derived_id(request.digest(digester, str(talk.pool.id))),
        fingerprint=request.fingerprint,
        member_id=member.id,
        person_id=member.person_id,
        payload=Claim(talk_id, actor),
    )
    decision = await stock.press(talk.pool, press, RECORDER)
    if decision.row is None:
        raise _refusal(decision.verdict, talk)
    return Claimed(decision.row, repeated=decision.verdict is Verdict.REPEATED)


def _refusal(verdict: Verdict, talk: TalkFacts) -> Refusal:
    limit = talk.pool.per_person_total
    refusals: dict[Verdict, Refusal] = {
        Verdict.KEY_REUSED: IdempotencyKeyReused(),
        Verdict.NOT_OPEN: NotOpen(opens_at=talk.pool.opens_at.astimezone(SHANGHAI).isoformat()),
        Verdict.TOTAL_LIMIT: LimitReached(rule="per_person_total", limit=limit),
        Verdict.SOLD_OUT: SoldOut(),
    }
    return refusals.get(verdict, TalkClosed())


async def _insert(connection: AsyncConnection, grants: Sequence[Grant]) -> Sequence[SeatRow]:
    rows = [_seat(grant) for grant in grants]
    await queries.insert_seats(connection, [_columns(grant) for grant in grants])
    await write(connection, [_claimed(grant) for grant in grants])
    return rows


RECORDER = Recorder(insert=_insert, read=queries.read_seats)


def _seat(grant: Grant) -> SeatRow:
    claim: Claim = grant.press.payload
    return SeatRow(grant.press.claim_id, claim.talk_id, grant.at)


def _columns(grant: Grant) -> dict[str, Any]:
    claim: Claim = grant.press.payload
    return {
        "id": grant.press.claim_id,
        "talk_id": claim.talk_id,
        "member_id": grant.press.member_id,
        "claimed_at": grant.at,
    }


def _claimed(grant: Grant) -> Act:
    claim: Claim = grant.press.payload
    changes = made(talk_id=claim.talk_id)
    return Act(claim.actor, "seats.seat.claim", "seat", grant.press.claim_id, changes, at=grant.at)
