"""How a member of staff proves to be one: name and password, within the budget of guesses.

Shared by signing in and by what somebody who is in must prove again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import SecondFactor, Staff, StaffRole, StaffSession
from app.models.platform import Pulse
from app.models.states import District, Role
from app.platform.crypto import Sealer
from app.platform.db import AnyRow, AnySelect, Sessions
from app.platform.pulse import ACCESS
from app.shared.identity.callers import Districts, StaffMember
from app.shared.identity.passwords import is_password
from app.shared.identity.staff_guesses import Knock, Origin, StaffGuesses
from app.shared.identity.tokens import OwnTokens


@dataclass(frozen=True)
class StaffDoor:
    """What staff are let in by; one a process. `strict_roles` demand a second factor."""

    tokens: OwnTokens
    sealer: Sealer
    guesses: StaffGuesses
    strict_roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Account:
    """An enabled account as signing in sees it, with the version of ACCESS it was read at."""

    id: UUID
    name: str
    password_hash: str
    password_version: int
    roles: frozenset[Role]
    districts: Districts
    is_enrolled: bool
    as_of: int

    def member(self, strict_roles: frozenset[Role], session_id: UUID) -> StaffMember:
        return StaffMember(
            self.id,
            self.name,
            self.roles,
            self.districts,
            must_enrol=must_enrol(self.roles, strict_roles, is_enrolled=self.is_enrolled),
            session_id=session_id,
        )


@dataclass(frozen=True, slots=True)
class Proven:
    """An account whose password was shown just now, from where."""

    account: Account
    knock: Knock

    @property
    def code_lane(self) -> str:
        """What its guesses of six digits are counted by. A new password begins a new count."""
        place = self.knock.whole if self.knock.is_known else ""
        return f"{self.account.id}\n{self.account.password_version}\n{place}"


@dataclass(frozen=True, slots=True)
class Unproven:
    """The password is not that of the name. `account_id`: whose the name is, for the ledger
    and for nobody who asks."""

    account_id: UUID | None


def must_enrol(roles: frozenset[Role], strict_roles: frozenset[Role], *, is_enrolled: bool) -> bool:
    """Whether the account lacks the second factor that one of its roles demands."""
    return not is_enrolled and not roles.isdisjoint(strict_roles)


def read_districts(names: Collection[str] | None) -> Districts:
    """A row's `districts`."""
    return None if names is None else frozenset(map(District, names))


IS_ENROLLED: ColumnElement[bool] = exists().where(
    SecondFactor.staff_id == Staff.id,
    SecondFactor.confirmed_at.is_not(None),
    SecondFactor.removed_at.is_(None),
)
_ACCOUNT = select(
    Staff.id,
    Staff.name,
    Staff.password_hash,
    Staff.password_version,
    select(func.array_agg(StaffRole.role))
    .where(StaffRole.staff_id == Staff.id)
    .scalar_subquery()
    .label("roles"),
    Staff.districts,
    IS_ENROLLED.label("is_enrolled"),
    # Read with the account, in one statement: the token says as of when it is true.
    select(Pulse.version).where(Pulse.topic == ACCESS).scalar_subquery().label("as_of"),
).where(Staff.disabled_at.is_(None))


async def find_account(session: AsyncSession, *which: ColumnElement[bool]) -> Account | None:
    """The enabled account, or None."""
    row = (await session.execute(_ACCOUNT.where(*which))).one_or_none()
    return None if row is None else _account(row)


async def lock_account(session: AsyncSession, account: Account) -> Account | None:
    """The account as it stands now, held against being disabled and against a new password;
    None when either has happened since it was read."""
    lock = select(Staff.id).where(
        Staff.id == account.id,
        Staff.password_version == account.password_version,
        Staff.disabled_at.is_(None),
    )
    if await session.scalar(lock.with_for_update(read=True)) is None:
        return None
    return await find_account(session, Staff.id == account.id)


async def prove_password(
    sessions: Sessions, door: StaffDoor, *, name: str, password: str, origin: Origin
) -> Proven | Unproven:
    """The account of that name, unless there is none or the password is another.

    An unknown name takes as long and counts the same. Raises `QuotaExceeded`.
    """
    async with sessions() as session:
        row = (await session.execute(_knocking(origin).where(Staff.name == name))).one_or_none()
    account = None if row is None else _account(row)
    knock = Knock(name, origin, is_known=row is not None and row.is_known)
    await door.guesses.attempt_password(knock)
    hashed = None if account is None else account.password_hash
    if not await is_password(password, hashed) or account is None:
        return Unproven(None if account is None else account.id)
    await door.guesses.password_was_right(knock)
    return Proven(account, knock)


def _knocking(origin: Origin) -> AnySelect:
    known = exists().where(
        StaffSession.staff_id == Staff.id,
        StaffSession.address == origin.address,
        StaffSession.agent == origin.agent,
    )
    return _ACCOUNT.add_columns(known.label("is_known"))


def _account(row: AnyRow) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        password_hash=row.password_hash,
        password_version=row.password_version,
        roles=frozenset(map(Role, row.roles or ())),
        districts=read_districts(row.districts),
        is_enrolled=row.is_enrolled,
        as_of=row.as_of,
    )
