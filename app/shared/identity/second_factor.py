"""A second factor of staff: enrolled by its owner, used at each sign-in, taken away.

The secret is sealed and shown once, to its owner. A code is good once: the step it
belongs to is written by a conditional update, so of two who show it at once, in
whichever processes, one is let in.
"""

import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import SecondFactor
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import StateConflict
from app.platform.ids import new_id
from app.shared.identity import totp
from app.shared.identity.callers import Actor, StaffMember
from app.shared.identity.seals import SECOND_FACTOR
from app.shared.ledger import Act, write

NOT_ENROLLED, ENROLLED = "not_enrolled", "enrolled"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Shown once. `otpauth_uri` is what the QR holds, `secret` the same for typing."""

    secret: str
    otpauth_uri: str


@dataclass(frozen=True, slots=True)
class Factor:
    """An account's present secret, confirmed or still waiting for its first code."""

    id: UUID
    secret: bytes
    confirmed_at: datetime | None


async def begin_enrolment(
    sessions: Sessions, clock: Clock, sealer: Sealer, *, staff: StaffMember, actor: Actor
) -> Enrolment:
    """A fresh secret; one from before that was never confirmed is forgotten.

    Raises `StateConflict` when there is a confirmed one: take that away first.
    """
    secret = secrets.token_bytes(totp.SECRET_BYTES)
    fresh = {
        # Its id too: who confirms the one from before, meanwhile, finds it gone.
        "id": new_id(),
        "secret_sealed": SECOND_FACTOR.seal(sealer, totp.secret_text(secret)),
        "created_at": clock.now(),
    }
    async with sessions.begin() as session:
        written = await session.scalar(
            insert(SecondFactor)
            .values(staff_id=staff.id, **fresh)
            .on_conflict_do_update(
                index_elements=[SecondFactor.staff_id],
                index_where=SecondFactor.removed_at.is_(None),
                set_=fresh,
                where=SecondFactor.confirmed_at.is_(None),
            )
            .returning(SecondFactor.id)
        )
        if written is None:
            raise StateConflict(state=ENROLLED)
        await write(session, [Act(actor, "staff.begin_second_factor", "staff", staff.id)])
    return Enrolment(totp.secret_text(secret), totp.otpauth_uri(secret, staff.name))


async def find_factor(session: AsyncSession, sealer: Sealer, staff_id: UUID) -> Factor | None:
    row = (
        await session.execute(
            select(SecondFactor.id, SecondFactor.secret_sealed, SecondFactor.confirmed_at).where(
                _is_present(staff_id)
            )
        )
    ).one_or_none()
    if row is None:
        return None
    secret = totp.read_secret(SECOND_FACTOR.open(sealer, row.secret_sealed))
    return Factor(row.id, secret, row.confirmed_at)


async def confirm(session: AsyncSession, clock: Clock, factor: Factor, *, code: str) -> bool:
    """Whether the code is the factor's, which is then the account's own.

    Raises `StateConflict` when another was begun, or this one confirmed, meanwhile.
    """
    step = totp.matching_step(factor.secret, code, time.time())
    if step is None:
        return False
    confirmed = await session.scalar(
        update(SecondFactor)
        .where(SecondFactor.id == factor.id, SecondFactor.confirmed_at.is_(None))
        .values(confirmed_at=clock.now(), last_step=step)
        .returning(SecondFactor.id)
    )
    if confirmed is None:
        raise StateConflict(state=ENROLLED)
    return True


async def use_code(session: AsyncSession, sealer: Sealer, *, staff_id: UUID, code: str) -> bool:
    """Whether the code is good now and was never used; from here on it is used.

    Within the caller's transaction: what it is good for commits with it, or neither does.
    """
    factor = await find_factor(session, sealer, staff_id)
    if factor is None or factor.confirmed_at is None:
        return False
    step = totp.matching_step(factor.secret, code, time.time())
    if step is None:
        return False
    used = await session.scalar(
        update(SecondFactor)
        .where(
            SecondFactor.id == factor.id,
            SecondFactor.removed_at.is_(None),
            SecondFactor.last_step < step,
        )
        .values(last_step=step)
        .returning(SecondFactor.id)
    )
    return used is not None


async def remove(
    session: AsyncSession, clock: Clock, *, staff_id: UUID, actor: Actor, reason: str | None = None
) -> None:
    """The account has none from here on, and the secret is gone. A reason is given by whoever
    takes away another's. Raises `StateConflict` when there is none now."""
    removed = await session.scalar(
        update(SecondFactor)
        .where(_is_present(staff_id), SecondFactor.confirmed_at.is_not(None))
        .values(
            secret_sealed=None, removed_at=clock.now(), removed_by=actor.name, removal_reason=reason
        )
        .returning(SecondFactor.id)
    )
    if removed is None:
        raise StateConflict(state=NOT_ENROLLED)


def _is_present(staff_id: UUID) -> ColumnElement[bool]:
    return (SecondFactor.staff_id == staff_id) & SecondFactor.removed_at.is_(None)
