"""How a till comes in: a code that staff made turns into a client and a secret.

Only digests of secrets are kept; a lost secret is replaced by a new device.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Merchant, OnboardingCode, Store, StoreDevice
from app.platform.clock import Clock
from app.platform.db import AnyRow, Sessions
from app.platform.ids import new_id
from app.shared.identity.callers import Actor
from app.shared.identity.device_secrets import new_secret, secret_digest
from app.shared.identity.onboarding_text import CodeTexts
from app.shared.identity.refusals import (
    OnboardingCodeExpired,
    OnboardingCodeUnknown,
    OnboardingCodeUsed,
)
from app.shared.ledger import Act, made, write

# How long the same code gives a fresh secret to a till that lost the answer.
SECOND_THOUGHTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ItsStore:
    id: UUID
    store_no: str
    name: str


@dataclass(frozen=True, slots=True)
class ItsMerchant:
    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Onboarded:
    """Shown once: what the till keeps. `store` is None for a merchant's own system."""

    client_id: UUID
    client_secret: str
    store: ItsStore | None
    merchant: ItsMerchant


async def onboard(
    sessions: Sessions,
    clock: Clock,
    texts: CodeTexts,
    *,
    actor: Actor,
    code: str,
    name: str = "",
) -> Onboarded:
    """A client and its secret for a code; `name` is what staff see of the device.

    Until the device has fetched its first token, and for ten minutes at most,
    the same code answers the same client with a fresh secret, and the old one
    stops: a till whose answer was lost is not stuck. Raises
    `OnboardingCodeUnknown`, `OnboardingCodeUsed`, `OnboardingCodeExpired`.
    """
    secret = new_secret()
    async with sessions.begin() as session:
        row = await _lock_code(session, texts.finds(code))
        if row.device_id is None:
            client_id = await _new_device(session, row, clock, secret=secret, name=name)
        else:
            client_id = await _fresh_secret(session, row, clock, secret=secret)
        await write(session, [_connection(actor, row, client_id)])
    store = None if row.store_id is None else ItsStore(row.store_id, row.store_no, row.store_name)
    return Onboarded(client_id, secret, store, ItsMerchant(row.merchant_id, row.merchant_name))


async def _lock_code(session: AsyncSession, is_it: ColumnElement[bool]) -> AnyRow:
    row = (
        await session.execute(
            select(
                OnboardingCode.id,
                OnboardingCode.device_id,
                OnboardingCode.first_used_at,
                OnboardingCode.expires_at,
                OnboardingCode.store_id,
                Store.store_no,
                Store.name.label("store_name"),
                Merchant.id.label("merchant_id"),
                Merchant.name.label("merchant_name"),
            )
            .outerjoin(Store, Store.id == OnboardingCode.store_id)
            .join(
                Merchant,
                Merchant.id == func.coalesce(OnboardingCode.merchant_id, Store.merchant_id),
            )
            .where(is_it)
            .with_for_update(of=OnboardingCode)
        )
    ).one_or_none()
    if row is None:
        raise OnboardingCodeUnknown()
    return row


def _connection(actor: Actor, row: AnyRow, device_id: UUID) -> Act:
    changes = made(onboarding_code_id=row.id, store_id=row.store_id, merchant_id=row.merchant_id)
    return Act(actor, "device.connect", "device", device_id, changes)


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
            merchant_id=None if row.store_id is not None else row.merchant_id,
            name=name,
            secret_digest=secret_digest(secret),
            created_at=now,
        )
    )
    await session.execute(
        update(OnboardingCode)
        .where(OnboardingCode.id == row.id)
        .values(device_id=device_id, first_used_at=now, code_sealed=None)
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
