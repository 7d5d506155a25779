"""A fair opening, as members meet it: ask within the window, ask for something else, take it back.

The order of all who asked is drawn (`app/shared/draws`). One ask a natural person and event, as
there is one pair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsAsk
from app.models.states import PackKind
from app.packs.couplets import queries
from app.packs.couplets.acts import TICKET
from app.packs.couplets.events import find_event
from app.packs.couplets.queries import EventFacts, SiteFacts, VariantFacts
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.shared import draws
from app.shared.approvals import Asked as ApprovalAsked
from app.shared.draws import (
    AskState,
    CrowdEntry,
    FairOpening,
    Numbers,
    Ticketed,
    enter_order,
    find_draw,
    find_entry,
    take_back,
)
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, Member
from app.shared.ledger import Act, made, write


@dataclass(frozen=True, slots=True)
class Asked(Ticketed):
    """What somebody asked for, and their ticket."""

    event: EventFacts
    variant_id: UUID
    site_id: UUID

    @property
    def reservation_id(self) -> UUID | None:
        """A ticket is its own claim, and so its reservation has its id."""
        return self.entry.id if self.state is AskState.GRANTED else None


async def ask_in_window(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    member: Member,
    actor: Actor,
    event: EventFacts,
    fair: FairOpening,
    variant: VariantFacts,
    site: SiteFacts,
) -> Asked | None:
    """Ask for a pair, or for another one than before. None: whoever comes first has what is left.

    Raises `AlreadyAnswered` also after the window, `NotOpen` (`PackClosed`), `ResultPending`,
    `AlreadyEntered`.
    """
    async with sessions.begin() as session:
        await once.first(session)
        entry = await enter_order(session, fair, member=member, now=clock.now())
        if entry is None:
            return None
        await _note_ask(session, entry.id, event, variant, site)
        changes = made(event_id=event.id, variant_id=variant.id, site_id=site.id)
        act = Act(actor, "couplets.ticket.ask", TICKET, entry.id, changes, at=clock.now())
        await write(session, [act])
        asked = await _asked(session, event, entry)
        await once.keep(session, asked)
    return asked


async def withdraw_ask(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    member: Member,
    actor: Actor,
    event_id: UUID,
) -> Asked:
    """Take it back, until the window closes; asking again gives the same ticket.

    Raises `NotFound`, `DeadlinePassed`, `StateConflict`.
    """
    async with sessions.begin() as session:
        await once.first(session)
        event = await _fair_event(session, event_id)
        entry = await take_back(session, event.draw_id, member_id=member.id)
        act = Act(actor, "couplets.ticket.withdraw", TICKET, entry.id, at=clock.now())
        await write(session, [act])
        withdrawn = await _asked(session, event.facts, entry)
        await once.keep(session, withdrawn)
    return withdrawn


async def ask_order(
    sessions: Sessions,
    once: Once,
    *,
    actor: Actor,
    event_id: UUID,
    public_numbers: Sequence[Numbers],
    reason: str,
) -> ApprovalAsked:
    """Two people enter the number that decides the order. Raises as `draws.ask_order`."""
    # An event's draw is made with it and never another.
    event = await find_event(sessions, event_id=event_id)
    return await draws.ask_order(
        sessions,
        once,
        actor=actor,
        pack=PackKind.COUPLETS,
        fair=event.fair,
        public_numbers=public_numbers,
        reason=reason,
    )


async def find_ask(sessions: Sessions, *, member_id: UUID, event_id: UUID) -> Asked:
    """Mine. Raises `NotFound`."""
    async with sessions() as session:
        event = await _fair_event(session, event_id)
        entry = await find_entry(session, event.draw_id, member_id=member_id)
        if entry is None:
            raise NotFound()
        return await _asked(session, event.facts, entry)


async def asks_of(
    session: AsyncSession, events: Sequence[EventFacts], *, member_id: UUID
) -> dict[UUID, Asked]:
    """A member's, by event; of most events there is nothing to look for."""
    found: dict[UUID, Asked] = {}
    for event in events:
        if event.draw_id is not None:
            entry = await find_entry(session, event.draw_id, member_id=member_id)
            if entry is not None:
                found[event.id] = await _asked(session, event, entry)
    return found


@dataclass(frozen=True, slots=True)
class _FairEvent:
    facts: EventFacts
    draw_id: UUID


async def _fair_event(session: AsyncSession, event_id: UUID) -> _FairEvent:
    event = await queries.require_event(session, event_id)
    if event.draw_id is None:
        raise NotFound()
    return _FairEvent(event, event.draw_id)


async def _note_ask(
    session: AsyncSession, entry_id: UUID, event: EventFacts, variant: VariantFacts, site: SiteFacts
) -> None:
    chosen = {"variant_id": variant.id, "site_id": site.id}
    await session.execute(
        insert(CoupletsAsk)
        .values(entry_id=entry_id, event_id=event.id, **chosen)
        .on_conflict_do_update(index_elements=[CoupletsAsk.entry_id], set_=chosen)
    )


async def _asked(session: AsyncSession, event: EventFacts, entry: CrowdEntry) -> Asked:
    row = (
        await session.execute(
            select(CoupletsAsk.variant_id, CoupletsAsk.site_id).where(
                CoupletsAsk.entry_id == entry.id
            )
        )
    ).one()
    draw = await find_draw(session, entry.draw_id)
    return Asked(draw, entry, event, row.variant_id, row.site_id)
