"""What a member of staff does with the own account: password and second factor.

Each proves the password again: a terminal left alone is not enough to take an account over.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import SecondFactor, Staff, StaffSession
from app.models.states import Role
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import StateConflict
from app.platform.pulse import ACCESS, raise_topic
from app.shared.idempotency import Once
from app.shared.identity import second_factor
from app.shared.identity.callers import Actor, Districts, StaffMember
from app.shared.identity.passwords import hash_password
from app.shared.identity.refusals import PasswordWrong, SecondFactorWrong
from app.shared.identity.staff_door import Proven, StaffDoor, Unproven, prove_password
from app.shared.identity.staff_guesses import Origin
from app.shared.identity.staff_sessions import end_active
from app.shared.ledger import Act, write


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """`enrolled_at`: since when there is a second factor. `second_factor_required`: by a role."""

    id: UUID
    name: str
    roles: tuple[Role, ...]
    districts: Districts
    enrolled_at: datetime | None
    second_factor_required: bool
    session_id: UUID | None


async def find_own(sessions: Sessions, door: StaffDoor, *, staff: StaffMember) -> OwnAccount:
    """Who is calling, and by which sign-in."""
    async with sessions() as session:
        return await _own(session, door, staff)


async def change_password(
    sessions: Sessions,
    clock: Clock,
    door: StaffDoor,
    once: Once,
    *,
    staff: StaffMember,
    actor: Actor,
    origin: Origin,
    password: str,
    new_password: str,
) -> OwnAccount:
    """A new password; all sign-ins but this one end. Raises `PasswordWrong`, `QuotaExceeded`."""
    proven = await _prove(sessions, door, once, staff=staff, origin=origin, password=password)
    hashed = await hash_password(new_password)
    async with sessions.begin() as session:
        await once.first(session)
        changed = await session.scalar(
            update(Staff)
            .where(
                Staff.id == staff.id,
                Staff.password_version == proven.account.password_version,
                Staff.disabled_at.is_(None),
            )
            .values(
                password_hash=hashed,
                password_version=Staff.password_version + 1,
                version=Staff.version + 1,
            )
            .returning(Staff.id)
        )
        if changed is None:
            # Somebody has set another one since, so the one shown is the present one no more.
            raise PasswordWrong()
        await _end_others(session, clock, staff)
        await write(session, [_act(actor, "set_password", staff)])
        own = await _own(session, door, staff)
        await once.keep(session, own)
    return own


async def confirm_factor(
    sessions: Sessions,
    clock: Clock,
    door: StaffDoor,
    once: Once,
    *,
    staff: StaffMember,
    actor: Actor,
    origin: Origin,
    password: str,
    code: str,
) -> OwnAccount:
    """The first code of a secret that was begun: from here on it is asked for at each sign-in.

    All sign-ins but this one end: they were made without it. Raises `PasswordWrong`,
    `SecondFactorWrong`, `QuotaExceeded`, `StateConflict`.
    """
    proven = await _prove(sessions, door, once, staff=staff, origin=origin, password=password)
    async with sessions() as session:
        factor = await second_factor.find_factor(session, door.sealer, staff.id)
    if factor is None:
        raise StateConflict(state=second_factor.NOT_ENROLLED)
    await door.guesses.codes.attempt(proven.code_lane)
    async with sessions.begin() as session:
        await once.first(session)
        # Nobody signs in without it beside this: `lock_account` waits for us.
        await session.execute(select(Staff.id).where(Staff.id == staff.id).with_for_update())
        if not await second_factor.confirm(session, clock, factor, code=code):
            raise SecondFactorWrong()
        await _end_others(session, clock, staff)
        await write(session, [_act(actor, "confirm_second_factor", staff)])
        own = await _own(session, door, staff)
        await once.keep(session, own)
    await door.guesses.codes.give_back(proven.code_lane)
    return own


async def remove_factor(
    sessions: Sessions,
    clock: Clock,
    door: StaffDoor,
    once: Once,
    *,
    staff: StaffMember,
    actor: Actor,
    origin: Origin,
    password: str,
    code: str,
) -> OwnAccount:
    """Take the second factor away, with a code of it: for another phone, say.

    Raises `PasswordWrong`, `SecondFactorWrong`, `QuotaExceeded`, `StateConflict`.
    """
    proven = await _prove(sessions, door, once, staff=staff, origin=origin, password=password)
    if not proven.account.is_enrolled:
        raise StateConflict(state=second_factor.NOT_ENROLLED)
    await door.guesses.codes.attempt(proven.code_lane)
    async with sessions.begin() as session:
        await once.first(session)
        used = await second_factor.use_code(session, door.sealer, staff_id=staff.id, code=code)
        if not used:
            raise SecondFactorWrong()
        await second_factor.remove(session, clock, staff_id=staff.id, actor=actor)
        await raise_topic(session, ACCESS)
        await write(session, [_act(actor, "remove_second_factor", staff)])
        own = await _own(session, door, staff)
        await once.keep(session, own)
    await door.guesses.codes.give_back(proven.code_lane)
    return own


async def _prove(
    sessions: Sessions,
    door: StaffDoor,
    once: Once,
    *,
    staff: StaffMember,
    origin: Origin,
    password: str,
) -> Proven:
    # A repeat proves nothing anew: what it proved may have changed by the act itself.
    async with sessions.begin() as session:
        await once.first(session)
    proven = await prove_password(sessions, door, name=staff.name, password=password, origin=origin)
    if isinstance(proven, Unproven):
        raise PasswordWrong()
    return proven


def _act(actor: Actor, act: str, staff: StaffMember) -> Act:
    return Act(actor, f"staff.{act}", "staff", staff.id)


async def _end_others(session: AsyncSession, clock: Clock, staff: StaffMember) -> None:
    await end_active(
        session, clock, StaffSession.staff_id == staff.id, StaffSession.id != staff.session_id
    )
    await raise_topic(session, ACCESS)


async def _own(session: AsyncSession, door: StaffDoor, staff: StaffMember) -> OwnAccount:
    enrolled_at = await session.scalar(
        select(SecondFactor.confirmed_at).where(
            SecondFactor.staff_id == staff.id, SecondFactor.removed_at.is_(None)
        )
    )
    return OwnAccount(
        id=staff.id,
        name=staff.name,
        roles=tuple(sorted(staff.roles)),
        districts=staff.districts,
        enrolled_at=enrolled_at,
        second_factor_required=not staff.roles.isdisjoint(door.strict_roles),
        session_id=staff.session_id,
    )
