"""Entering: a ticket for whoever the rule admits, one a natural person.

A pack calls `enter` in the transaction of what earned it. Tickets that nobody asked for in time
(a corrected key) come when the list is frozen.
"""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import Draw, DrawEntry, DrawExclusion
from app.models.states_draws import DrawState
from app.platform.ids import new_id
from app.shared.draws.entrants import EntryRule

# Crockford's base 32: no letter that looks like a digit. Fifty bits, so nobody guesses another's.
ALPHABET, LENGTH = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 10


@dataclass(frozen=True, slots=True)
class Ticket:
    draw_id: UUID
    ticket_no: str


def new_ticket_no() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


async def enter(
    session: AsyncSession,
    *,
    source: str,
    subject_ids: Collection[UUID],
    member_id: UUID,
    person_id: UUID,
    admits: Callable[[EntryRule], bool],
    now: datetime,
) -> list[Ticket]:
    """The person's tickets in the draws that are open for any of this, new ones and old ones.

    The draw is held against its freezing until the caller commits. Another account of the same
    person gets no second ticket, and is not told the first one's.
    """
    rows = await session.execute(
        select(Draw.id, Draw.entry_rule)
        .where(
            Draw.source == source,
            Draw.subject_id.in_(subject_ids),
            Draw.state == DrawState.OPEN,
            Draw.opens_at <= now,
            Draw.closes_at > now,
            ~exists().where(DrawExclusion.draw_id == Draw.id, DrawExclusion.person_id == person_id),
        )
        .order_by(Draw.id)
        .with_for_update(read=True)
    )
    tickets = []
    for draw_id, rule in rows.all():
        if admits(rule):
            ticket_no = await _insert(session, draw_id, member_id, person_id, now)
            known = await _own(session, draw_id, member_id) if ticket_no is None else [ticket_no]
            tickets += [Ticket(draw_id, each) for each in known]
    return tickets


async def _insert(
    session: AsyncSession, draw_id: UUID, member_id: UUID, person_id: UUID, now: datetime
) -> str | None:
    """The new ticket's number; None where the person has one already."""
    # Two tickets of one number are as good as impossible, and then the caller's retry draws anew.
    inserted: str | None = await session.scalar(
        insert(DrawEntry)
        .values(
            id=new_id(),
            draw_id=draw_id,
            member_id=member_id,
            person_id=person_id,
            ticket_no=new_ticket_no(),
            entered_at=now,
        )
        .on_conflict_do_nothing(index_elements=[DrawEntry.draw_id, DrawEntry.person_id])
        .returning(DrawEntry.ticket_no)
    )
    return inserted


async def _own(session: AsyncSession, draw_id: UUID, member_id: UUID) -> list[str]:
    found = await session.scalars(
        select(DrawEntry.ticket_no).where(
            DrawEntry.draw_id == draw_id, DrawEntry.member_id == member_id
        )
    )
    return list(found)


async def tickets_of(
    session: AsyncSession, *, source: str, subject_ids: Collection[UUID], member_id: UUID
) -> list[Ticket]:
    """An account's tickets in the draws that are about any of this."""
    rows = await session.execute(
        select(DrawEntry.draw_id, DrawEntry.ticket_no)
        .join(Draw, Draw.id == DrawEntry.draw_id)
        .where(
            Draw.source == source,
            Draw.subject_id.in_(subject_ids),
            DrawEntry.member_id == member_id,
        )
        .order_by(DrawEntry.draw_id)
    )
    return [Ticket(*row) for row in rows]
