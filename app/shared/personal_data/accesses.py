"""Who of the staff looked at a member's data: written with the look, shown to the member.

A row says in which roles, when and by which act; never the name of the account, and never
what was asked for.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Member
from app.models.personal_data import DataAccess
from app.models.states import Role
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import Words
from app.platform.ids import derived_id, new_id
from app.platform.pages import Keyset, Page, PageRequest

KINDS: "dict[str, AccessKind]" = {}
UNKNOWN_ACT = Words("查看了您的信息。", "Your data was looked at.")
_NEWEST_FIRST = Keyset(DataAccess.at, DataAccess.id, descending=True)


@dataclass(frozen=True)
class AccessKind:
    """A way of looking or changing, declared by whoever logs it. `words` are the member's."""

    code: str
    words: Words

    def __post_init__(self) -> None:
        if KINDS.setdefault(self.code, self) is not self:
            raise ValueError(f"the act {self.code!r} is defined twice")


@dataclass(frozen=True, slots=True)
class Access:
    """One look, as its member sees it."""

    id: UUID
    at: datetime
    roles: tuple[Role, ...]
    act: str
    words: Words


async def log_access(
    session: AsyncSession,
    clock: Clock,
    act: AccessKind,
    *,
    staff_id: UUID,
    roles: Collection[Role],
    member_ids: Collection[UUID],
    undertaking: UUID | None = None,
) -> None:
    """In the transaction of the look: what is not logged is not shown. One row a member.

    `undertaking` names what may be begun anew after a fall, with these members or others: each
    is logged once for it.
    """
    now = clock.now()
    rows = [
        {
            "id": new_id() if undertaking is None else _once_for(undertaking, member_id),
            "member_id": member_id,
            "staff_id": staff_id,
            "roles": sorted(roles),
            "act": act.code,
            "at": now,
        }
        # Each holds its member's row until the end: everybody takes them in one order.
        for member_id in sorted(set(member_ids))
    ]
    if rows:
        await session.execute(insert(DataAccess).on_conflict_do_nothing(), rows)


async def hold_account(session: AsyncSession, member_id: UUID) -> None:
    """Before anything of the account's is locked that a look is then logged about: an erasure
    takes the account first and what is the account's afterwards, so everybody does."""
    await hold_accounts(session, [member_id])


async def hold_accounts(session: AsyncSession, member_ids: Collection[UUID]) -> None:
    """Before what they asked for is read, and given: an erasure that is under way has ended by
    then, and nobody is given what it has taken back."""
    accounts = select(Member.id).where(Member.id.in_(member_ids)).order_by(Member.id)
    await session.execute(accounts.with_for_update(read=True, key_share=True))


def _once_for(undertaking: UUID, member_id: UUID) -> UUID:
    return derived_id(sha256(undertaking.bytes + member_id.bytes).digest())


async def list_accesses(sessions: Sessions, *, member_id: UUID, page: PageRequest) -> Page[Access]:
    """The looks at a member's own data, newest first."""
    statement = select(DataAccess.roles, DataAccess.act).where(DataAccess.member_id == member_id)
    async with sessions() as session:
        rows = await _NEWEST_FIRST.page(session, statement, page)
    return rows.map(
        lambda row: Access(
            id=row.id,
            at=row.at,
            roles=tuple(map(Role, row.roles)),
            act=row.act,
            words=words_of(row.act),
        )
    )


def words_of(act: str) -> Words:
    """What an act is called towards the member."""
    known = KINDS.get(act)
    return known.words if known else UNKNOWN_ACT
