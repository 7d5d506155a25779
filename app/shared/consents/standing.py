"""How a member stands to each purpose, and changing it.

Changes of one member wait for one another on the member's row; a service that requires a
consent holds that row until its transaction ends. So of two changes the later one counts,
and once "withdrawn" has been answered nothing more happens by that consent.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.consents import Consent
from app.models.identity import Member
from app.models.states import Channel, Purpose
from app.platform.clock import Clock
from app.platform.db import AnyRow, Sessions
from app.platform.errors import VersionStale
from app.platform.ids import new_id
from app.shared.consents.purposes import current_version
from app.shared.consents.refusals import ConsentRequired
from app.shared.identity.callers import Actor
from app.shared.identity.refusals import MemberNotRegistered
from app.shared.ledger import Act, write

# Whatever stands on a consent: called under the member's lock, in the withdrawal's transaction.
AtWithdrawal: TypeAlias = Callable[[AsyncSession, Actor, UUID, datetime], Awaitable[None]]
Withdrawals: TypeAlias = Mapping[Purpose, Sequence[AtWithdrawal]]

_LATEST = (
    select(
        Consent.purpose,
        Consent.number,
        Consent.given,
        Consent.version,
        Consent.channel,
        Consent.at,
    )
    .ext(distinct_on(Consent.member_id, Consent.purpose))
    .order_by(Consent.member_id, Consent.purpose, Consent.number.desc())
)


@dataclass(frozen=True, slots=True)
class Standing:
    """`given`: to the text as it is now, `version`. The rest tells of the last change, None
    when there was none: which text it was about, when and by which way."""

    purpose: Purpose
    version: int
    given: bool
    changed_version: int | None = None
    changed_at: datetime | None = None
    channel: Channel | None = None


async def read_consents(sessions: Sessions, *, member_id: UUID) -> list[Standing]:
    """The member's standing to every purpose, in the order of `Purpose`."""
    async with sessions() as session:
        rows = (await session.execute(_LATEST.where(Consent.member_id == member_id))).all()
    known = {row.purpose: row for row in rows}
    return [_standing(purpose, known.get(purpose)) for purpose in Purpose]


async def read_consent(sessions: Sessions, *, member_id: UUID, purpose: Purpose) -> Standing:
    async with sessions() as session:
        return _standing(purpose, await _latest(session, member_id, purpose))


async def set_consent(
    sessions: Sessions,
    clock: Clock,
    *,
    actor: Actor,
    member_id: UUID,
    purpose: Purpose,
    given: bool,
    version: int | None = None,
    channel: Channel = Channel.APP,
    withdrawals: Withdrawals = MappingProxyType({}),
) -> Standing:
    """Give or withdraw. What stands already is left as it is, so this is safe to repeat.
    `withdrawals`: what becomes of what was there by the consent, in the same transaction.

    `version` is that of the text which the member has read; a withdrawal needs none.
    Raises `VersionStale` when another text is to be consented to now, `MemberNotRegistered`
    when the account was erased meanwhile.
    """
    current = current_version(purpose)
    if given and version != current:
        raise VersionStale(version=current)
    async with sessions.begin() as session:
        standing = await record_consent(
            session,
            clock,
            actor=actor,
            member_id=member_id,
            purpose=purpose,
            given=given,
            channel=channel,
        )
        if not given:
            # Safe to repeat, and so it is: whoever withdraws twice is left with nothing open.
            for end in withdrawals.get(purpose, ()):
                await end(session, actor, member_id, clock.now())
        return standing


async def record_consent(
    session: AsyncSession,
    clock: Clock,
    *,
    actor: Actor,
    member_id: UUID,
    purpose: Purpose,
    given: bool,
    channel: Channel,
) -> Standing:
    """`set_consent` to the text as it is now, in the transaction of what it was said with.

    Raises `MemberNotRegistered`.
    """
    current = current_version(purpose)
    await _lock(session, member_id)
    before = await _latest(session, member_id, purpose)
    if not _changes(before, given, current):
        return _standing(purpose, before)
    consent_id, now = new_id(), clock.now()
    await session.execute(
        insert(Consent).values(
            id=consent_id,
            member_id=member_id,
            purpose=purpose,
            number=1 if before is None else before.number + 1,
            given=given,
            version=current,
            channel=channel,
            at=now,
        )
    )
    verb = "consent.give" if given else "consent.withdraw"
    changes = {"purpose": (None, purpose), "version": (None, current)}
    await write(session, [Act(actor, verb, "consent", consent_id, changes, at=now)])
    return _standing(purpose, await _latest(session, member_id, purpose))


async def require(session: AsyncSession, *, member_id: UUID, purpose: Purpose) -> None:
    """Pass if the member consents, from here to the end of the caller's transaction.

    Raises `ConsentRequired`.
    """
    # Shared: services do not wait for each other, a change waits for them.
    await session.execute(
        select(Member.id).where(Member.id == member_id).with_for_update(read=True)
    )
    if not _standing(purpose, await _latest(session, member_id, purpose)).given:
        raise ConsentRequired(purpose=purpose.value, version=current_version(purpose))


async def _lock(session: AsyncSession, member_id: UUID) -> None:
    # The key stays, so rows that point to the member need not wait.
    found = await session.scalar(
        select(Member.id)
        .where(Member.id == member_id, Member.erased_at.is_(None))
        .with_for_update(key_share=True)
    )
    if found is None:
        raise MemberNotRegistered()


def _changes(before: AnyRow | None, given: bool, current: int) -> bool:
    if before is None:
        return given
    stands: bool = before.given and (not given or before.version == current)
    return stands != given


async def _latest(session: AsyncSession, member_id: UUID, purpose: Purpose) -> AnyRow | None:
    rows = await session.execute(
        _LATEST.where(Consent.member_id == member_id, Consent.purpose == purpose)
    )
    return rows.one_or_none()


def _standing(purpose: Purpose, row: AnyRow | None) -> Standing:
    current = current_version(purpose)
    if row is None:
        return Standing(purpose, current, given=False)
    return Standing(
        purpose,
        current,
        given=row.given and row.version == current,
        changed_version=row.version,
        changed_at=row.at,
        channel=row.channel,
    )
