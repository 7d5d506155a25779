"""The holder's side of a place at a talk: see it, show its pass, give it up."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health_talks import HealthRegistration
from app.models.states_appointments import RegistrationState
from app.packs.health import talk_queries, talk_rules
from app.packs.health.talk_acts import registration_act
from app.packs.health.talk_queries import NEWEST_FIRST, RegistrationFacts
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import StateConflict
from app.platform.pages import Page, PageRequest
from app.shared.counter import Passes, ShownPass
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import write
from app.shared.stock import Stock, give_back

# The type of a registration's pass.
PASS_KIND = "talk-pass+jwt"


async def list_own(
    sessions: Sessions, *, member_id: UUID, page: PageRequest
) -> Page[RegistrationFacts]:
    """The member's own in every state, newest first."""
    statement = talk_queries.select_registrations().where(HealthRegistration.member_id == member_id)
    async with sessions() as session:
        rows = await NEWEST_FIRST.page(session, statement, page)
    return rows.map(talk_queries.registration_facts)


async def find_own(
    sessions: Sessions, *, member_id: UUID, registration_id: UUID
) -> RegistrationFacts:
    """Raises `NotFound`."""
    async with sessions() as session:
        return await _find(session, member_id, registration_id)


async def show_pass(
    sessions: Sessions, passes: Passes, clock: Clock, *, member_id: UUID, registration_id: UUID
) -> ShownPass:
    """A pass signed now. Raises `NotFound`, `StateConflict` (nothing to be let in by)."""
    held = await find_own(sessions, member_id=member_id, registration_id=registration_id)
    if held.state is not RegistrationState.REGISTERED:
        raise StateConflict(state=held.state.value)
    return passes.show(held.id, held.talk_id, clock.now())


async def cancel_registration(
    stock: Stock,
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    member_id: UUID,
    actor: Actor,
    registration_id: UUID,
) -> RegistrationFacts:
    """Give the place up before the talk begins; somebody else can have it at once.

    Raises `NotFound`, `DeadlinePassed`, `StateConflict`.
    """
    mine = select(HealthRegistration.id).where(
        HealthRegistration.id == registration_id, HealthRegistration.member_id == member_id
    )
    async with sessions.begin() as session:
        await once.first(session, about=mine)
        held = await _find(session, member_id, registration_id, locked=True)
        await cancel(session, held, now=clock.now(), actor=actor)
        cancelled = await _find(session, member_id, registration_id)
        await once.keep(session, cancelled)
        talk = await talk_queries.require_talk(session, held.talk_id)
    await stock.announce(talk.pool)
    return cancelled


async def cancel(
    session: AsyncSession, held: RegistrationFacts, *, now: datetime, actor: Actor
) -> None:
    """A locked one, in the caller's transaction. Raises `StateConflict`, `DeadlinePassed`."""
    state = talk_rules.next_state(held.state, "cancel")
    refusal = talk_rules.why_not_given_up(held.starts_at, now)
    if refusal is not None:
        raise refusal
    await session.execute(
        update(HealthRegistration)
        .where(HealthRegistration.id == held.id)
        .values(state=state, cancelled_at=now)
    )
    await give_back(session, held.id, why="cancel")
    await write(session, [registration_act(actor, "cancel", held.id, (held.state, state), now)])


async def _find(
    session: AsyncSession, member_id: UUID, registration_id: UUID, *, locked: bool = False
) -> RegistrationFacts:
    return await talk_queries.find_registration(
        session,
        HealthRegistration.id == registration_id,
        HealthRegistration.member_id == member_id,
        locked=locked,
    )
