"""Devices of stores as staff see them: list and revoke."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.models.identity import Store, StoreDevice
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict
from app.platform.pages import Keyset, Page, PageRequest
from app.platform.pulse import ACCESS, raise_topic

_BY_ID = Keyset(StoreDevice.id)
_COLUMNS = (
    StoreDevice.id,
    StoreDevice.store_id,
    StoreDevice.name,
    StoreDevice.first_token_at,
    StoreDevice.last_seen_at,
    StoreDevice.revoked_at,
    StoreDevice.created_at,
)


@dataclass(frozen=True, slots=True)
class Device:
    """`last_seen_at`: when it last fetched a token, to the minute."""

    id: UUID
    store_id: UUID | None
    name: str
    first_token_at: datetime | None
    last_seen_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime


async def list_devices(sessions: Sessions, *, store_id: UUID, page: PageRequest) -> Page[Device]:
    """A store's devices, oldest first, revoked ones too. Raises `NotFound`."""
    async with sessions() as session:
        if await session.scalar(select(Store.id).where(Store.id == store_id)) is None:
            raise NotFound()
        rows = await _BY_ID.page(
            session, select(*_COLUMNS).where(StoreDevice.store_id == store_id), page
        )
    return rows.map(_device)


async def revoke_device(sessions: Sessions, clock: Clock, *, device_id: UUID) -> Device:
    """Its tokens stop within a second, its secret at once. Raises `NotFound`, `StateConflict`."""
    async with sessions.begin() as session:
        row = (
            await session.execute(
                select(StoreDevice.revoked_at).where(StoreDevice.id == device_id).with_for_update()
            )
        ).one_or_none()
        if row is None:
            raise NotFound()
        if row.revoked_at is not None:
            raise StateConflict(state="revoked")
        revoked = await session.execute(
            update(StoreDevice)
            .where(StoreDevice.id == device_id)
            .values(revoked_at=clock.now())
            .returning(*_COLUMNS)
        )
        device = _device(revoked.one())
        await raise_topic(session, ACCESS)
    return device


def _device(row: Sequence[Any]) -> Device:
    return Device(*row[: len(_COLUMNS)])
