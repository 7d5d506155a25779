"""How a till comes in: staff make a code, the till turns it into a client and a secret.

A code holds 80 random bits, so it needs no budget of guesses. Only digests are
kept; a lost secret is replaced by a new device.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import OnboardingCode, Store, StoreDevice
from app.platform.clock import Clock
from app.platform.crypto import Digester
from app.platform.db import AnyRow, Sessions
from app.platform.errors import NotFound
from app.platform.ids import new_id
from app.shared.idempotency import Once
from app.shared.identity.refusals import (
    OnboardingCodeExpired,
    OnboardingCodeUnknown,
    OnboardingCodeUsed,
)
from app.shared.identity.seals import ONBOARDING_CODE

CODE_LIFE = timedelta(hours=24)
# How long the same code gives a fresh secret to a till that lost the answer.
SECOND_THOUGHTS = timedelta(minutes=10)
CODE_LENGTH, GROUP_LENGTH = 16, 4
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OIL", "011", "- ")


@dataclass(frozen=True, slots=True)
class MadeCode:
    """Shown once. `expires_at` in campaign time."""

    store_id: UUID
    onboarding_code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Onboarded:
    """Shown once: what the till keeps."""

    client_id: UUID
    client_secret: str
    store_id: UUID
    store_no: str
    store_name: str


async def create_onboarding_code(
    sessions: Sessions, clock: Clock, digester: Digester, once: Once, *, store_id: UUID
) -> MadeCode:
    """A code for one device of the store, good for 24 hours. Raises `NotFound`."""
    text = "".join(secrets.choice(_CROCKFORD) for _ in range(CODE_LENGTH))
    groups = (text[at : at + GROUP_LENGTH] for at in range(0, CODE_LENGTH, GROUP_LENGTH))
    made = MadeCode(store_id, "-".join(groups), clock.now() + CODE_LIFE)
    async with sessions.begin() as session:
        if await session.scalar(select(Store.id).where(Store.id == store_id)) is None:
            raise NotFound()
        await once.first(session)
        await session.execute(
            insert(OnboardingCode).values(
                id=new_id(),
                code_digest=_digest(digester, made.onboarding_code),
                store_id=store_id,
                expires_at=made.expires_at,
                created_at=clock.now(),
            )
        )
        await once.keep(session, made)
    return made


async def onboard(
    sessions: Sessions, clock: Clock, digester: Digester, *, code: str, name: str = ""
) -> Onboarded:
    """A client and its secret for a code; `name` is what staff see of the device.

    Until the device has fetched its first token, and for ten minutes at most,
    the same code answers the same client with a fresh secret, and the old one
    stops: a till whose answer was lost is not stuck. Raises
    `OnboardingCodeUnknown`, `OnboardingCodeUsed`, `OnboardingCodeExpired`.
    """
    secret = secrets.token_urlsafe(32)
    async with sessions.begin() as session:
        row = await _lock_code(session, _digest(digester, code))
        if row.device_id is None:
            client_id = await _new_device(session, row, clock, secret=secret, name=name)
        else:
            client_id = await _fresh_secret(session, row, clock, secret=secret)
        return Onboarded(client_id, secret, row.store_id, row.store_no, row.store_name)


def secret_digest(secret: str) -> bytes:
    """Plain SHA-256: the secret is 256 random bits, and keyed digests rotate with
    their key, which nobody could do for secrets that are not kept."""
    return hashlib.sha256(secret.encode()).digest()


def _digest(digester: Digester, code: str) -> bytes:
    return digester.digest(ONBOARDING_CODE, code.upper().translate(_READ_AS))


async def _lock_code(session: AsyncSession, digest: bytes) -> AnyRow:
    row = (
        await session.execute(
            select(
                OnboardingCode.id,
                OnboardingCode.device_id,
                OnboardingCode.first_used_at,
                OnboardingCode.expires_at,
                Store.id.label("store_id"),
                Store.store_no,
                Store.name.label("store_name"),
            )
            .join(Store, Store.id == OnboardingCode.store_id)
            .where(OnboardingCode.code_digest == digest)
            .with_for_update(of=OnboardingCode)
        )
    ).one_or_none()
    if row is None:
        raise OnboardingCodeUnknown()
    return row


async def _new_device(
    session: AsyncSession, row: AnyRow, clock: Clock, *, secret: str, name: str
) -> UUID:
    now, device_id = clock.now(), new_id()
    if row.expires_at <= now:
        raise OnboardingCodeExpired()
    await session.execute(
        insert(StoreDevice).values(
            id=device_id,
            store_id=row.store_id,
            name=name,
            secret_digest=secret_digest(secret),
            created_at=now,
        )
    )
    await session.execute(
        update(OnboardingCode)
        .where(OnboardingCode.id == row.id)
        .values(device_id=device_id, first_used_at=now)
    )
    return device_id


async def _fresh_secret(session: AsyncSession, row: AnyRow, clock: Clock, *, secret: str) -> UUID:
    if clock.now() - row.first_used_at > SECOND_THOUGHTS:
        raise OnboardingCodeUsed()
    # The row lock decides between this and the device's first token.
    device_id: UUID | None = await session.scalar(
        update(StoreDevice)
        .where(
            StoreDevice.id == row.device_id,
            StoreDevice.first_token_at.is_(None),
            StoreDevice.revoked_at.is_(None),
        )
        .values(secret_digest=secret_digest(secret))
        .returning(StoreDevice.id)
    )
    if device_id is None:
        raise OnboardingCodeUsed()
    return device_id
