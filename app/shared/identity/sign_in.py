"""The token endpoint's use case for tills: their client credentials. Staff's is `staff_sign_in`.

Wrong credentials are `OAuthRefused` (RFC 6749), one answer for whatever was wrong.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Store, StoreDevice
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.platform.ids import new_id
from app.shared.identity.callers import Actor, Till
from app.shared.identity.device_secrets import (
    SECRET_COLUMNS,
    DeviceSecrets,
    new_secret,
    secret_digest,
)
from app.shared.identity.refusals import invalid_client
from app.shared.identity.seen import is_due
from app.shared.identity.tokens import TILL_LIFE_S, OwnTokens
from app.shared.ledger import Act, Refusals, write

LOCAL_DEVICE = "run token"
FETCH_TOKEN = "device.fetch_token"


@dataclass(frozen=True, slots=True)
class IssuedToken:
    access_token: str
    expires_in: int
    scope: str


async def till_token(
    sessions: Sessions,
    clock: Clock,
    tokens: OwnTokens,
    refusals: Refusals,
    *,
    actor: Actor,
    client_id: str,
    secret: str,
) -> IssuedToken:
    """Half an hour's token. A pending secret takes over by being used here.

    Notes that the device was seen. The ledger has a secret's first use and wrong ones, not
    every token. Raises `OAuthRefused`.
    No budget of guesses: a secret is 256 random bits, and a budget would let
    whoever knows a client's id keep it out.
    """
    device_id = _client_id(client_id)
    async with sessions.begin() as session:
        row = (
            await session.execute(
                select(
                    StoreDevice.store_id,
                    StoreDevice.merchant_id,
                    *SECRET_COLUMNS,
                    StoreDevice.first_token_at,
                    StoreDevice.last_seen_at,
                )
                .where(StoreDevice.id == device_id, StoreDevice.revoked_at.is_(None))
                .with_for_update(key_share=True)
            )
        ).one_or_none()
        now = clock.now()
        known = None if row is None else DeviceSecrets.of(row)
        after = None if known is None else known.after(secret, now)
        if row is None or after is None:
            refused = invalid_client()
            whose = None if row is None else device_id
            refusals.note(Act(actor, FETCH_TOKEN, "device", whose, refusal=refused.error))
            raise refused
        changes: dict[str, Any] = {} if after == known else after.values
        if row.first_token_at is None or is_due(row.last_seen_at, now):
            changes |= {"first_token_at": row.first_token_at or now, "last_seen_at": now}
        if changes:
            await session.execute(
                update(StoreDevice).where(StoreDevice.id == device_id).values(**changes)
            )
        till = Till(device_id, row.store_id, row.merchant_id)
        if after != known or row.first_token_at is None:
            await write(session, [_first_use(till, actor, at=now)])
    return IssuedToken(tokens.issue_till(till), TILL_LIFE_S, "store")


async def local_till_token(
    sessions: Sessions, clock: Clock, tokens: OwnTokens, *, store_no: str
) -> str:
    """A token of the store's device for local use, which is made when there is none.

    Nobody knows that device's secret. Raises `NotFound`.
    """
    async with sessions.begin() as session:
        store_id = await session.scalar(
            select(Store.id).where(Store.store_no == store_no).with_for_update()
        )
        if store_id is None:
            raise NotFound()
        device_id = await session.scalar(
            select(StoreDevice.id)
            .where(
                StoreDevice.store_id == store_id,
                StoreDevice.name == LOCAL_DEVICE,
                StoreDevice.revoked_at.is_(None),
            )
            .limit(1)
        )
        if device_id is None:
            device_id = await _local_device(session, store_id, clock.now())
    return tokens.issue_till(Till(device_id, store_id, None))


async def _local_device(session: AsyncSession, store_id: UUID, now: datetime) -> UUID:
    device = StoreDevice(
        id=new_id(),
        store_id=store_id,
        name=LOCAL_DEVICE,
        secret_digest=secret_digest(new_secret()),
        first_token_at=now,
        created_at=now,
    )
    session.add(device)
    await session.flush()
    return device.id


def _first_use(till: Till, actor: Actor, *, at: datetime) -> Act:
    who = till.acting(actor.digester, request_id=actor.request_id)
    return Act(who, "device.use_secret", "device", till.device_id, at=at)


def _client_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise invalid_client() from error
