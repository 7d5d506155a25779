"""Staff accounts: create, roles, districts, password, disable. The administrator's use cases.

Each change raises ACCESS, so every process follows within a second.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Staff, StaffRole, StaffSession
from app.models.states import District, Role
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import AlreadyExists, NotFound, StateConflict
from app.platform.ids import new_id
from app.platform.pages import Keyset, Page, PageRequest
from app.platform.pulse import ACCESS, raise_topic
from app.shared.idempotency import Once
from app.shared.identity import second_factor
from app.shared.identity.callers import Actor, Districts
from app.shared.identity.passwords import hash_password
from app.shared.identity.refusals import LastAdministrator
from app.shared.identity.staff_door import IS_ENROLLED
from app.shared.identity.staff_sessions import end_active
from app.shared.ledger import Act, Changes, changed, made, write

_BY_NAME = Keyset(Staff.name)
_COLUMNS = (
    Staff.id,
    Staff.name,
    select(func.array_agg(StaffRole.role)).where(StaffRole.staff_id == Staff.id).scalar_subquery(),
    Staff.districts,
    IS_ENROLLED,
    Staff.disabled_at,
    Staff.version,
    Staff.created_at,
)


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """An account as the administrator sees it. `roles` and `districts` in alphabetical order;
    `districts` None is the whole city. `second_factor`: whether one is enrolled."""

    id: UUID
    name: str
    roles: tuple[Role, ...]
    districts: tuple[District, ...] | None
    second_factor: bool
    disabled_at: datetime | None
    version: int
    created_at: datetime


def tidy_name(name: str) -> str:
    """Names are compared as people read them: NFC, without blanks around."""
    return unicodedata.normalize("NFC", name).strip()


async def list_staff(sessions: Sessions, *, page: PageRequest) -> Page[StaffAccount]:
    """All accounts by name, disabled ones too."""
    async with sessions() as session:
        rows = await _BY_NAME.page(session, select(*_COLUMNS), page)
    return rows.map(_account)


async def create_staff(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    name: str,
    password: str,
    roles: Iterable[Role],
    districts: Districts = None,
    staff_id: UUID | None = None,
) -> StaffAccount:
    """A new account that can sign in at once; `staff_id` where its id is fixed (the seed).

    Raises `AlreadyExists`.
    """
    hashed = await hash_password(password)
    async with sessions.begin() as session:
        await once.first(session)
        created_id = await session.scalar(
            insert_or(Staff)
            .values(
                id=staff_id or new_id(),
                name=tidy_name(name),
                password_hash=hashed,
                districts=_names(districts),
                created_at=clock.now(),
            )
            .on_conflict_do_nothing()
            .returning(Staff.id)
        )
        if created_id is None:
            raise AlreadyExists()
        held = set(roles)
        await _write_roles(session, created_id, held)
        changes = made(name=tidy_name(name), roles=held, districts=_names(districts))
        return await _changed(session, once, _act(actor, "create", created_id, changes))


async def set_roles(
    sessions: Sessions, once: Once, *, actor: Actor, staff_id: UUID, roles: Iterable[Role]
) -> StaffAccount:
    """Exactly these roles from now on. Raises `NotFound`, `StateConflict`, `LastAdministrator`."""
    wanted = set(roles)
    async with sessions.begin() as session:
        await once.first(session, about=select(Staff.id).where(Staff.id == staff_id))
        administrators = await _lock_administrators(session)
        await _lock_enabled(session, staff_id)
        if administrators == {staff_id} and Role.ADMINISTRATOR not in wanted:
            raise LastAdministrator()
        before = await session.scalars(
            delete(StaffRole).where(StaffRole.staff_id == staff_id).returning(StaffRole.role)
        )
        changes = changed({"roles": set(before)}, {"roles": wanted})
        await _write_roles(session, staff_id, wanted)
        await _raise_version(session, staff_id)
        return await _changed(session, once, _act(actor, "set_roles", staff_id, changes))


async def set_districts(
    sessions: Sessions, once: Once, *, actor: Actor, staff_id: UUID, districts: Districts
) -> StaffAccount:
    """Where alone the account may act from now on; None is the whole city.

    Raises `NotFound`, `StateConflict`, `LastAdministrator`: one who is limited to districts
    cannot keep accounts.
    """
    async with sessions.begin() as session:
        await once.first(session, about=select(Staff.id).where(Staff.id == staff_id))
        administrators = await _lock_administrators(session)
        await _lock_enabled(session, staff_id)
        if administrators == {staff_id} and districts is not None:
            raise LastAdministrator()
        before = await session.scalar(select(Staff.districts).where(Staff.id == staff_id))
        await _raise_version(session, staff_id, districts=_names(districts))
        changes = changed({"districts": before}, {"districts": _names(districts)})
        return await _changed(session, once, _act(actor, "set_districts", staff_id, changes))


async def set_password(
    sessions: Sessions, clock: Clock, once: Once, *, actor: Actor, staff_id: UUID, password: str
) -> StaffAccount:
    """A new password; whoever signed in with the old one is signed out.

    Raises `NotFound`, `StateConflict`.
    """
    hashed = await hash_password(password)
    async with sessions.begin() as session:
        await once.first(session, about=select(Staff.id).where(Staff.id == staff_id))
        await _lock_enabled(session, staff_id)
        await _raise_version(
            session,
            staff_id,
            password_hash=hashed,
            password_version=Staff.password_version + 1,
        )
        await end_active(session, clock, StaffSession.staff_id == staff_id)
        return await _changed(session, once, _act(actor, "set_password", staff_id))


async def disable_staff(
    sessions: Sessions, clock: Clock, once: Once, *, actor: Actor, staff_id: UUID
) -> StaffAccount:
    """Out within a second, for good. Raises `NotFound`, `StateConflict`, `LastAdministrator`."""
    async with sessions.begin() as session:
        await once.first(session, about=select(Staff.id).where(Staff.id == staff_id))
        administrators = await _lock_administrators(session)
        await _lock_enabled(session, staff_id)
        if administrators == {staff_id}:
            raise LastAdministrator()
        now = clock.now()
        await _raise_version(session, staff_id, disabled_at=now)
        await end_active(session, clock, StaffSession.staff_id == staff_id)
        changes = made(disabled_at=now)
        return await _changed(session, once, _act(actor, "disable", staff_id, changes))


async def remove_second_factor(
    sessions: Sessions, clock: Clock, once: Once, *, actor: Actor, staff_id: UUID, reason: str
) -> StaffAccount:
    """For somebody who has lost it: the password alone lets the account in again, or, where a
    role demands one, to enrol another. Raises `NotFound`, `StateConflict`."""
    async with sessions.begin() as session:
        await once.first(session, about=select(Staff.id).where(Staff.id == staff_id))
        await _lock_enabled(session, staff_id)
        await second_factor.remove(session, clock, staff_id=staff_id, actor=actor, reason=reason)
        await _raise_version(session, staff_id)
        act = Act(actor, "staff.remove_second_factor", "staff", staff_id, reason=reason)
        return await _changed(session, once, act)


async def find_enabled(sessions: Sessions, *, name: str) -> UUID:
    """The id of an enabled account. Raises `NotFound`."""
    async with sessions() as session:
        found = await session.scalar(
            select(Staff.id).where(Staff.name == tidy_name(name), Staff.disabled_at.is_(None))
        )
    if found is None:
        raise NotFound()
    return found


async def _lock_administrators(session: AsyncSession) -> set[UUID]:
    """The enabled ones who may act in the whole city. Locked in one order, so two who remove
    each other wait for one another, and the second finds itself the last."""
    enabled = (
        select(Staff.id)
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .where(
            StaffRole.role == Role.ADMINISTRATOR,
            Staff.disabled_at.is_(None),
            Staff.districts.is_(None),
        )
    )
    await session.execute(enabled.order_by(Staff.id).with_for_update(of=Staff))
    # Asked again: a statement that had to wait still sees the roles of before its wait.
    return set(await session.scalars(enabled))


async def _lock_enabled(session: AsyncSession, staff_id: UUID) -> None:
    row = (
        await session.execute(
            select(Staff.disabled_at).where(Staff.id == staff_id).with_for_update()
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    if row.disabled_at is not None:
        raise StateConflict(state="disabled")


async def _raise_version(session: AsyncSession, staff_id: UUID, **values: Any) -> None:
    await session.execute(
        update(Staff).where(Staff.id == staff_id).values(version=Staff.version + 1, **values)
    )


async def _write_roles(session: AsyncSession, staff_id: UUID, roles: Iterable[Role]) -> None:
    rows = [{"staff_id": staff_id, "role": role} for role in set(roles)]
    if rows:
        await session.execute(insert(StaffRole), rows)


def _act(actor: Actor, act: str, staff_id: UUID, changes: Changes | None = None) -> Act:
    # Of a password not even a digest is kept.
    return Act(actor, f"staff.{act}", "staff", staff_id, changes or {})


async def _changed(session: AsyncSession, once: Once, act: Act) -> StaffAccount:
    await raise_topic(session, ACCESS)
    await write(session, [act])
    rows = await session.execute(select(*_COLUMNS).where(Staff.id == act.object_id))
    account = _account(rows.one())
    await once.keep(session, account)
    return account


def _account(row: Sequence[Any]) -> StaffAccount:
    staff_id, name, roles, districts, *rest = row[: len(_COLUMNS)]
    limited = None if districts is None else tuple(sorted(map(District, districts)))
    return StaffAccount(staff_id, name, tuple(sorted(map(Role, roles or ()))), limited, *rest)


def _names(districts: Districts) -> list[District] | None:
    return None if districts is None else sorted(districts)
