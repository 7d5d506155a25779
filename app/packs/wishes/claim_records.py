"""Claims on wishes as the flush writes them: the claim, its history, the ledger, its deadlines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models.states import ClaimState, DispatchState, PackKind, WishState
from app.models.wishes import WishClaim, WishDispatch
from app.packs.wishes import rules
from app.packs.wishes.acts import claim_act, wish_act
from app.packs.wishes.history import write_history
from app.packs.wishes.queries import WishFacts
from app.platform.db import is_one_of
from app.shared.campaigns import hold_open
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, write
from app.shared.outbox import NewJob, put_many
from app.shared.stock import Grant, Recorder

LAPSE, WARN = "wishes.lapse", "wishes.warn"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a press is for: the wish, who presses, and the dispatch that it accepts, if any."""

    wish: WishFacts
    actor: Actor
    dispatch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim as it was granted, which never changes: the answer to every repeat."""

    id: UUID
    wish_id: UUID
    start_before: datetime


async def _insert(connection: AsyncConnection, grants: Sequence[Grant]) -> list[ClaimRow]:
    # A pool of one grants one unit, so this is one round, whatever it says.
    return [await _record(connection, grant) for grant in grants]


async def _record(connection: AsyncConnection, grant: Grant) -> ClaimRow:
    wanted: Wanted = grant.press.payload
    wish, claim_id = wanted.wish, grant.press.claim_id
    await hold_open(connection, wish.campaign_id, PackKind.WISHES)
    until = rules.start_before(grant.at, wish.start_within_h, wish.needed_by)
    await connection.execute(
        insert(WishClaim).values(
            id=claim_id,
            wish_id=wish.id,
            member_id=grant.press.member_id,
            state=ClaimState.CLAIMED,
            claimed_at=grant.at,
            start_before=until,
        )
    )
    if wanted.dispatch_id is not None:
        await connection.execute(
            update(WishDispatch)
            .where(
                WishDispatch.id == wanted.dispatch_id, WishDispatch.state == DispatchState.OFFERED
            )
            .values(state=DispatchState.ACCEPTED, answered_at=grant.at, claim_id=claim_id)
        )
    states = (WishState.OPEN, WishState.CLAIMED)
    await write_history(
        connection, wish.id, "claim", states, at=grant.at, actor=wanted.actor, claim_id=claim_id
    )
    await write(connection, _acts(wanted, claim_id, grant.at))
    await put_many(connection, _jobs(claim_id, grant.at, until))
    return ClaimRow(claim_id, wish.id, until)


def _acts(wanted: Wanted, claim_id: UUID, at: datetime) -> list[Act]:
    states = (WishState.OPEN, WishState.CLAIMED)
    return [
        wish_act(wanted.actor, "claim", wanted.wish.id, states, at),
        claim_act(wanted.actor, "claim", claim_id, (None, ClaimState.CLAIMED), at),
    ]


def _jobs(claim_id: UUID, at: datetime, until: datetime) -> list[NewJob]:
    """It lapses unless it is started; the volunteer is told a day before, if that is later."""
    about = {"claim_id": claim_id}
    warned_at = until - rules.WARNED_BEFORE
    lapse = NewJob(LAPSE, about, due_at=until)
    return [lapse, NewJob(WARN, about, due_at=warned_at)] if warned_at > at else [lapse]


_BY_IDS = select(WishClaim.id, WishClaim.wish_id, WishClaim.start_before).where(
    is_one_of(WishClaim.id, "ids")
)


async def _read(connection: AsyncConnection, claim_ids: Sequence[UUID]) -> dict[UUID, ClaimRow]:
    rows = await connection.execute(_BY_IDS, {"ids": list(claim_ids)})
    return {row.id: ClaimRow(*row) for row in rows}


RECORDER: Recorder[ClaimRow] = Recorder(insert=_insert, read=_read)
