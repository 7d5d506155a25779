"""The legal companies behind stores."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Merchant, Store
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import AlreadyExists
from app.platform.ids import new_id
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.idempotency import Once
from app.shared.identity.callers import Districts
from app.shared.identity.districts import within

_BY_NAME = Keyset(Merchant.name)
_COLUMNS = (Merchant.id, Merchant.name, Merchant.created_at)


@dataclass(frozen=True, slots=True)
class MerchantFacts:
    id: UUID
    name: str
    created_at: datetime


async def list_merchants(
    sessions: Sessions, *, page: PageRequest, districts: Districts = None
) -> Page[MerchantFacts]:
    """All merchants by name; of a limited account those with a store in its districts."""
    statement = select(*_COLUMNS)
    if districts is not None:
        has_store = exists().where(
            Store.merchant_id == Merchant.id, within(districts, Store.district)
        )
        statement = statement.where(has_store)
    async with sessions() as session:
        rows = await _BY_NAME.page(session, statement, page)
    return rows.map(_facts)


async def create_merchant(
    sessions: Sessions, clock: Clock, once: Once, *, name: str
) -> MerchantFacts:
    """Raises `AlreadyExists`."""
    async with sessions.begin() as session:
        await once.first(session)
        if await _insert(session, clock, name) is None:
            raise AlreadyExists()
        merchant = await _named(session, name)
        await once.keep(session, merchant)
    return merchant


async def merchant_named(session: AsyncSession, clock: Clock, name: str) -> UUID:
    """The merchant of that name, made when there is none."""
    made = await _insert(session, clock, name)
    return made if made is not None else (await _named(session, name)).id


async def _insert(session: AsyncSession, clock: Clock, name: str) -> UUID | None:
    made: UUID | None = await session.scalar(
        insert(Merchant)
        .values(id=new_id(), name=name, created_at=clock.now())
        .on_conflict_do_nothing()
        .returning(Merchant.id)
    )
    return made


async def _named(session: AsyncSession, name: str) -> MerchantFacts:
    rows = await session.execute(select(*_COLUMNS).where(Merchant.name == name))
    return _facts(rows.one())


def _facts(row: Sequence[Any]) -> MerchantFacts:
    return MerchantFacts(*row[: len(_COLUMNS)])
