"""Devices of stores and merchants as staff see them: list and revoke."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from app.models.identity import StoreDevice
from app.platform.clock import Clock
from app.platform.db import AnyRow, Sessions
from app.platform.errors import NotFound, StateConflict
from app.platform.pages import Keyset, Page, PageRequest
from app.platform.pulse import ACCESS, raise_topic
from app.shared.identity.callers import Actor, Districts
from app.shared.identity.districts import store_within
from app.shared.identity.owners import Owner, require_owner
from app.shared.ledger import Act, made, write

_BY_ID = Keyset(StoreDevice.id)
_COLUMNS = (
    StoreDevice.id,
    StoreDevice.store_id,
    StoreDevice.merchant_id,
    StoreDevice.name,
    StoreDevice.first_token_at,
    StoreDevice.last_seen_at,
    StoreDevice.next_secret_digest.is_not(None).label("secret_pending"),
    StoreDevice.previous_secret_until,
    StoreDevice.revoked_at,
    StoreDevice.created_at,
)


@dataclass(frozen=True, slots=True)
class Device:
    """`last_seen_at`: its last call, to the minute. `overlap_until`: its secret was rolled,
    and until then the one before works too."""

    id: UUID
    store_id: UUID | None
    merchant_id: UUID | None
    name: str
    first_token_at: datetime | None
    last_seen_at: datetime | None
    secret_pending: bool
    overlap_until: datetime | None
    revoked_at: datetime | None
    created_at: datetime


async def list_devices(
    sessions: Sessions, clock: Clock, *, owner: Owner, page: PageRequest
) -> Page[Device]:
    """The owner's devices, oldest first, revoked ones too. Raises `NotFound`."""
    async with sessions() as session:
        await require_owner(session, owner)
        rows = await _BY_ID.page(session, select(*_COLUMNS).where(owner.owns(StoreDevice)), page)
    now = clock.now()
    return rows.map(lambda row: _device(row, now))


async def revoke_device(
    sessions: Sessions,
    clock: Clock,
    *,
    actor: Actor,
    device_id: UUID,
    owner: Owner | None = None,
    districts: Districts = None,
) -> Device:
    """Its tokens stop within a second, all its secrets at once.

    `owner` is whose it must be; without one it may be any store's within `districts`. Raises
    `NotFound`, `StateConflict`.
    """
    any_stores = StoreDevice.store_id.is_not(None) & store_within(districts, StoreDevice.store_id)
    whose = any_stores if owner is None else owner.owns(StoreDevice)
    async with sessions.begin() as session:
        row = (
            await session.execute(
                select(StoreDevice.revoked_at)
                .where(StoreDevice.id == device_id, whose)
                .with_for_update()
            )
        ).one_or_none()
        if row is None:
            raise NotFound()
        if row.revoked_at is not None:
            raise StateConflict(state="revoked")
        now = clock.now()
        revoked = await session.execute(
            update(StoreDevice)
            .where(StoreDevice.id == device_id)
            .values(
                revoked_at=now,
                next_secret_digest=None,
                previous_secret_digest=None,
                previous_secret_until=None,
            )
            .returning(*_COLUMNS)
        )
        device = _device(revoked.one(), now)
        await raise_topic(session, ACCESS)
        act = Act(actor, "device.revoke", "device", device_id, made(revoked_at=now), at=now)
        await write(session, [act])
    return device


def _device(row: AnyRow, now: datetime) -> Device:
    until: datetime | None = row.previous_secret_until
    return Device(
        id=row.id,
        store_id=row.store_id,
        merchant_id=row.merchant_id,
        name=row.name,
        first_token_at=row.first_token_at,
        last_seen_at=row.last_seen_at,
        secret_pending=row.secret_pending,
        overlap_until=until if until is not None and now < until else None,
        revoked_at=row.revoked_at,
        created_at=row.created_at,
    )
