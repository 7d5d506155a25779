"""Who came to a talk: recorded by staff, by the pass that is shown or from their list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health_talks import HealthAttendance, HealthRegistration, HealthTalk
from app.models.identity import Member
from app.models.states_appointments import RegistrationState
from app.packs.health import talk_queries, talk_rules
from app.packs.health.talk_acts import TALK, registration_act
from app.packs.health.talk_queries import REGISTRATION_WIDTH, RegistrationFacts
from app.packs.health.talk_refusals import AlreadyAttended
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import AnySelect, Sessions
from app.platform.errors import NotFound, Words
from app.platform.ids import new_id
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.counter import Passes
from app.shared.counter.device_time import pass_is_over
from app.shared.counter.refusals import CodeUnknown, PassExpired
from app.shared.draws.commitment_rules import shown_time
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, StaffMember
from app.shared.identity.seals import NAME, PHONE
from app.shared.ledger import Act, write
from app.shared.personal_data import AccessKind, hold_account, log_access

_BY_REGISTERING = Keyset(HealthRegistration.registered_at, HealthRegistration.id)
LOOK = AccessKind(
    "health.registrations",
    Words(
        "工作人员查看了讲座报名名单或为您签到，看到打码的姓名与手机号。",
        "Staff looked at a talk's list, or recorded you as there; what was seen were a name and "
        "a phone, masked.",
    ),
)


@dataclass(frozen=True, slots=True)
class ShownHere:
    """What a scanner read, and what tells whether we signed it."""

    passes: Passes
    text: str


@dataclass(frozen=True, slots=True)
class ListedRegistration:
    """A place and whose it is, masked."""

    registration: RegistrationFacts
    member_no: str
    name: str
    phone: str


async def list_registrations(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    *,
    staff: StaffMember,
    actor: Actor,
    talk_id: UUID,
    page: PageRequest,
) -> Page[ListedRegistration]:
    """In the order of registering, cancelled ones too; each member shown is logged. Raises
    `NotFound`."""
    async with sessions.begin() as session:
        statement = _with_members().where(HealthRegistration.talk_id == talk_id)
        rows = await _BY_REGISTERING.page(session, statement, page)
        await talk_queries.require_talk(session, talk_id)
        found = rows.map(lambda row: _listed(sealer, row))
        await log_access(
            session,
            clock,
            LOOK,
            staff_id=staff.id,
            roles=staff.roles,
            member_ids=[each.registration.member_id for each in found.items],
        )
        await write(session, [Act(actor, "health.talk.look", TALK, talk_id, at=clock.now())])
    return found


async def attend(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    staff: StaffMember,
    actor: Actor,
    talk_id: UUID,
    shown: UUID | ShownHere,
) -> ListedRegistration:
    """Somebody is there, whose place the list names or a pass shows. From two hours before the
    talk begins; afterwards lists are entered.

    Raises `NotFound`, `CodeUnknown`, `PassExpired`, `NotOpen`, `AlreadyAttended`,
    `StateConflict`.
    """
    async with sessions.begin() as session:
        await once.first(session, about=select(HealthTalk.id).where(HealthTalk.id == talk_id))
        await talk_queries.require_talk(session, talk_id)
        now = clock.now()
        held_id = shown if isinstance(shown, UUID) else _read(shown, talk_id, now)
        this = (HealthRegistration.id == held_id) & (HealthRegistration.talk_id == talk_id)
        await hold_account(session, (await talk_queries.find_registration(session, this)).member_id)
        held = await talk_queries.find_registration(session, this, locked=True)
        refusal = talk_rules.why_not_recorded(held.starts_at, now)
        if refusal is not None:
            raise refusal
        if held.attended_at is not None:
            raise AlreadyAttended(attended_at=shown_time(held.attended_at))
        state = talk_rules.next_state(held.state, "attend")
        columns = {"attended_at": now, "attended_by": staff.id}
        await _move(session, held.id, state, **columns)
        await session.execute(
            insert(HealthAttendance).values(id=new_id(), registration_id=held.id, at=now)
        )
        act = registration_act(actor, "attend", held.id, (held.state, state), now)
        await write(session, [act])
        seen = await _look(session, clock, sealer, staff, held.id)
        await once.keep(session, seen)
    return seen


async def undo_attendance(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    staff: StaffMember,
    actor: Actor,
    registration_id: UUID,
    reason: str,
) -> ListedRegistration:
    """Somebody else was there. Raises `NotFound`, `StateConflict`."""
    this = HealthRegistration.id == registration_id
    async with sessions.begin() as session:
        await once.first(session, about=select(HealthRegistration.id).where(this))
        held = await talk_queries.find_registration(session, this, locked=True)
        state, now = talk_rules.next_state(held.state, "undo"), clock.now()
        await _move(session, held.id, state, attended_at=None, attended_by=None)
        await session.execute(
            update(HealthAttendance)
            .where(
                HealthAttendance.registration_id == held.id,
                HealthAttendance.undone_at.is_(None),
            )
            .values(undone_at=now)
        )
        act = registration_act(actor, "undo", held.id, (held.state, state), now, reason)
        await write(session, [act])
        seen = await _look(session, clock, sealer, staff, held.id)
        await once.keep(session, seen)
    return seen


def _read(shown: ShownHere, talk_id: UUID, now: datetime) -> UUID:
    claims = shown.passes.read(shown.text.strip())
    if claims.event_id != talk_id:
        raise CodeUnknown()
    if pass_is_over(now, claims.signed_at, None):
        raise PassExpired(signed_at=shown_time(claims.signed_at))
    return claims.held_id


async def _move(
    session: AsyncSession, registration_id: UUID, state: RegistrationState, **columns: Any
) -> None:
    await session.execute(
        update(HealthRegistration)
        .where(HealthRegistration.id == registration_id)
        .values(state=state, **columns)
    )


async def _look(
    session: AsyncSession,
    clock: Clock,
    sealer: Sealer,
    staff: StaffMember,
    registration_id: UUID,
) -> ListedRegistration:
    row = (
        await session.execute(_with_members().where(HealthRegistration.id == registration_id))
    ).one_or_none()
    if row is None:
        raise NotFound()
    seen = _listed(sealer, row)
    await log_access(
        session,
        clock,
        LOOK,
        staff_id=staff.id,
        roles=staff.roles,
        member_ids=[seen.registration.member_id],
    )
    return seen


def _with_members() -> AnySelect:
    return (
        talk_queries.select_registrations()
        .join(Member, Member.id == HealthRegistration.member_id)
        .add_columns(Member.member_no, Member.name_sealed, Member.phone_sealed)
    )


def _listed(sealer: Sealer, row: Any) -> ListedRegistration:
    member_no, name, phone = row[REGISTRATION_WIDTH : REGISTRATION_WIDTH + 3]
    return ListedRegistration(
        talk_queries.registration_facts(row),
        member_no,
        NAME.show(sealer, name),
        PHONE.show(sealer, phone),
    )
