"""A free unit goes to the first of the list, in the transaction that freed it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.states import OfferState, WaitingState
from app.models.waiting import WaitingEntry, WaitingOffer
from app.platform.ids import new_id
from app.shared.stock import Grant, Press, Recorder, Verdict, grant
from app.shared.waiting.offers import OfferFacts
from app.shared.waiting.places import COLUMNS, Place
from app.shared.waiting.rules import HOLDS_ONE

_LIMITS = frozenset({Verdict.TOTAL_LIMIT, Verdict.DAY_LIMIT})

Judge: TypeAlias = Callable[[AsyncSession, Place, datetime], Awaitable[datetime | str]]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a pack says of its lists.

    `judge` answers until when this place may be offered a unit, or in one word why not: then it
    is passed over for good. `record` writes what follows from an offer (its deadline, who is
    to be told, the ledger) in the same transaction.
    """

    judge: Judge
    record: Callable[[AsyncConnection, Place, OfferFacts], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Handed:
    """A place, and the offer that was made to it."""

    place: Place
    offer: OfferFacts


async def hand_on(
    session: AsyncSession, terms: Terms, pool_id: UUID, *, now: datetime
) -> Handed | None:
    """Offer one free unit to the first who can have it; None if nobody can.

    The caller holds the pool's locks and has just made the unit free, in this transaction.
    First come first served: who cannot be offered it is passed over, with the reason.
    """
    while True:
        place = await _first(session, pool_id)
        if place is None:
            return None
        until = await terms.judge(session, place, now)
        if isinstance(until, str):
            await _pass_over(session, place, until, now)
            continue
        recorder = _recorder(terms, place, now, until)
        claim_id = new_id()
        press = Press(claim_id, place.id.bytes, place.member_id, place.person_id)
        [decision] = await grant(session, pool_id, [press], recorder)
        if decision.row is not None:
            return Handed(place, decision.row)
        if decision.verdict not in _LIMITS:
            # Nothing is free after all, or the pool's window is over: nobody can be offered it.
            return None
        await _pass_over(session, place, HOLDS_ONE, now)


async def _first(session: AsyncSession, pool_id: UUID) -> Place | None:
    row = (
        await session.execute(
            select(*COLUMNS)
            .where(WaitingEntry.pool_id == pool_id, WaitingEntry.state == WaitingState.WAITING)
            .order_by(WaitingEntry.joined_at, WaitingEntry.id)
            .limit(1)
            .with_for_update()
        )
    ).one_or_none()
    return None if row is None else Place(*row)


async def _pass_over(session: AsyncSession, place: Place, why: str, now: datetime) -> None:
    await session.execute(
        update(WaitingEntry)
        .where(WaitingEntry.id == place.id)
        .values(state=WaitingState.PASSED_OVER, ended_at=now, why=why)
    )


def _recorder(terms: Terms, place: Place, now: datetime, until: datetime) -> Recorder[OfferFacts]:
    """The offer's row, inside the flush that grants its unit."""

    async def insert_offer(
        connection: AsyncConnection, grants: Sequence[Grant]
    ) -> list[OfferFacts]:
        [granted] = grants
        offer = OfferFacts(
            id=granted.press.claim_id,
            entry_id=place.id,
            pool_id=place.pool_id,
            member_id=place.member_id,
            state=OfferState.OPEN,
            offered_at=now,
            expires_at=until,
            ended_at=None,
        )
        await connection.execute(
            insert(WaitingOffer).values(
                id=offer.id,
                entry_id=offer.entry_id,
                pool_id=offer.pool_id,
                member_id=offer.member_id,
                state=offer.state,
                offered_at=offer.offered_at,
                expires_at=offer.expires_at,
            )
        )
        await connection.execute(
            update(WaitingEntry)
            .where(WaitingEntry.id == place.id)
            .values(state=WaitingState.OFFERED)
        )
        await terms.record(connection, place, offer)
        return [offer]

    async def read(_: AsyncConnection, __: Sequence[UUID]) -> dict[UUID, OfferFacts]:
        # The claim id is new, so it is no repeat.
        return {}

    return Recorder(insert=insert_offer, read=read)
