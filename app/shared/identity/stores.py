"""Partner stores as staff keep them: list, create, suspend, restore; and a till's own store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Merchant, Store, StoreHistory
from app.models.states import District, StoreState
from app.platform.clock import Clock
from app.platform.db import AnySelect, Sessions
from app.platform.errors import AlreadyExists, NotFound, StateConflict
from app.platform.ids import new_id
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, Districts, Till
from app.shared.identity.districts import within
from app.shared.identity.merchants import merchant_named
from app.shared.identity.owners import Owner, require_owner
from app.shared.identity.refusals import OutsideDistricts
from app.shared.ledger import Act, made, write

# state → {act: next state}
STORE_MOVES: dict[StoreState, dict[str, StoreState]] = {
    StoreState.ACTIVE: {"suspend": StoreState.SUSPENDED},
    StoreState.SUSPENDED: {"restore": StoreState.ACTIVE},
}
# The fields of a new store that the ledger names.
_KEPT = (
    "store_no",
    "name",
    "merchant_id",
    "district",
    "address",
    "lat",
    "lng",
    "opens",
    "closes",
    "state",
)
_BY_NUMBER = Keyset(Store.store_no)
_COLUMNS = (
    Store.id,
    Store.store_no,
    Store.name,
    Store.merchant_id,
    Merchant.name,
    Store.district,
    Store.address,
    Store.lat,
    Store.lng,
    Store.opens,
    Store.closes,
    Store.state,
    Store.version,
    Store.created_at,
)


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """`opens` and `closes` in minutes of the Shanghai day; `closes` may pass 1440."""

    id: UUID
    store_no: str
    name: str
    merchant_id: UUID
    merchant: str
    district: District
    address: str
    lat: float
    lng: float
    opens: int
    closes: int
    state: StoreState
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """A till's own store; of a merchant's system the merchant and no store."""

    device_id: UUID
    merchant_id: UUID
    merchant: str
    store: StoreFacts | None


async def list_stores(
    sessions: Sessions,
    *,
    page: PageRequest,
    districts: Districts = None,
    store_no: str | None = None,
    district: District | None = None,
    state: StoreState | None = None,
) -> Page[StoreFacts]:
    """Stores by number, those in the caller's districts, narrowed by what is given."""
    statement = _stores().where(within(districts, Store.district))
    if store_no is not None:
        statement = statement.where(Store.store_no == store_no)
    if district is not None:
        statement = statement.where(Store.district == district)
    if state is not None:
        statement = statement.where(Store.state == state)
    async with sessions() as session:
        rows = await _BY_NUMBER.page(session, statement, page)
    return rows.map(_facts)


async def list_stores_of(
    sessions: Sessions, *, page: PageRequest, merchant_id: UUID, districts: Districts = None
) -> Page[StoreFacts]:
    """A merchant's stores by number; of a limited account those in its districts.

    Raises `NotFound` when there is no such merchant, or none with a store there.
    """
    statement = _stores().where(Store.merchant_id == merchant_id, within(districts, Store.district))
    async with sessions() as session:
        await require_owner(session, Owner(merchant_id=merchant_id, districts=districts))
        rows = await _BY_NUMBER.page(session, statement, page)
    return rows.map(_facts)


async def find_store(
    sessions: Sessions, *, store_id: UUID, districts: Districts = None
) -> StoreFacts:
    """One store. Raises `NotFound`."""
    statement = _stores().where(Store.id == store_id, within(districts, Store.district))
    async with sessions() as session:
        row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound()
    return _facts(row)


async def create_store(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    store_no: str,
    name: str,
    merchant: str,
    district: District,
    address: str,
    lat: float,
    lng: float,
    opens: int,
    closes: int,
    districts: Districts = None,
) -> StoreFacts:
    """A new store; a merchant of unknown name is created, as in an import.

    `districts` are the caller's. Raises `OutsideDistricts` for a store elsewhere,
    `AlreadyExists` for a known number.
    """
    if districts is not None and district not in districts:
        raise OutsideDistricts(districts)
    async with sessions.begin() as session:
        await once.first(session)
        merchant_id = await merchant_named(session, clock, merchant, actor=actor)
        store_id = await session.scalar(
            insert(Store)
            .values(
                id=new_id(),
                store_no=store_no,
                name=name,
                merchant_id=merchant_id,
                district=district,
                address=address,
                lat=lat,
                lng=lng,
                opens=opens,
                closes=closes,
                created_at=clock.now(),
                updated_at=clock.now(),
            )
            .on_conflict_do_nothing()
            .returning(Store.id)
        )
        if store_id is None:
            raise AlreadyExists()
        store = await _find(session, store_id)
        await write(session, [_creation(actor, store)])
        await once.keep(session, store)
    return store


async def move_store(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    store_id: UUID,
    act: str,
    reason: str,
    districts: Districts = None,
) -> StoreFacts:
    """Suspend or restore. A suspended store redeems nothing; what it redeemed stands.

    Raises `NotFound`, `StateConflict`.
    """
    async with sessions.begin() as session:
        this = select(Store.state).where(Store.id == store_id, within(districts, Store.district))
        await once.first(session, about=this)
        state = await session.scalar(this.with_for_update())
        if state is None:
            raise NotFound()
        if act not in STORE_MOVES[state]:
            raise StateConflict(state=state)
        to_state, now = STORE_MOVES[state][act], clock.now()
        await session.execute(
            update(Store)
            .where(Store.id == store_id)
            .values(state=to_state, version=Store.version + 1, updated_at=now)
        )
        session.add(
            StoreHistory(
                id=new_id(),
                store_id=store_id,
                at=now,
                act=act,
                actor=actor.name,
                from_state=state,
                to_state=to_state,
                reason=reason,
            )
        )
        store = await _find(session, store_id)
        changes = {"state": (state, to_state)}
        await write(
            session,
            [Act(actor, f"store.{act}", "store", store_id, changes, at=now, reason=reason)],
        )
        await once.keep(session, store)
    return store


async def who_am_i(sessions: Sessions, *, till: Till) -> WhoAmI:
    """What a till's token stands for."""
    async with sessions() as session:
        if till.store_id is not None:
            store = await _find(session, till.store_id)
            return WhoAmI(till.device_id, store.merchant_id, store.merchant, store)
        rows = await session.execute(
            select(Merchant.id, Merchant.name).where(Merchant.id == till.merchant_id)
        )
        merchant_id, merchant = rows.one()
        return WhoAmI(till.device_id, merchant_id, merchant, None)


def _creation(actor: Actor, store: StoreFacts) -> Act:
    changes = made(**{name: getattr(store, name) for name in _KEPT})
    return Act(actor, "store.create", "store", store.id, changes, at=store.created_at)


async def _find(session: AsyncSession, store_id: UUID) -> StoreFacts:
    return _facts((await session.execute(_stores().where(Store.id == store_id))).one())


def _stores() -> AnySelect:
    return select(*_COLUMNS).join(Merchant, Merchant.id == Store.merchant_id)


def _facts(row: Sequence[Any]) -> StoreFacts:
    return StoreFacts(*row[: len(_COLUMNS)])
