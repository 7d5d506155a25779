"""What a till must know beforehand to judge a pass while its network is down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.packs.breakfast import offline_queries as queries
from app.packs.breakfast.calling_store import calling_store
from app.packs.breakfast.offline_queries import OfflineBatch, OfflineStore
from app.packs.breakfast.passes import Passes
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import Forbidden
from app.shared.counter import PassKey
from app.shared.identity.callers import Till


@dataclass(frozen=True, slots=True)
class OfflineKit:
    """As of one moment. `revoked`: vouchers that were voided and would be valid otherwise."""

    as_of: datetime
    keys: Sequence[PassKey]
    store: OfflineStore
    batches: Sequence[OfflineBatch]
    revoked: Sequence[UUID]


async def offline_kit(
    sessions: Sessions, passes: Passes, clock: Clock, *, till: Till, store_no: str | None = None
) -> OfflineKit:
    """Keys, batches and revocations for one store. Raises `Forbidden`, `InputInvalid`."""
    now = clock.now()
    condition = calling_store(till, store_no)
    async with sessions() as session:
        store = await queries.find_store(session, condition)
        if store is None:
            raise Forbidden()
        batches = await queries.batches_in_use(session, store.id, now)
        revoked = await queries.revoked_vouchers(session, now)
    return OfflineKit(now, passes.keys, store, batches, revoked)
