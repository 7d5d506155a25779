"""Batches for the crowd: every press sees its batch as it stands, a crowd asks once."""

from collections.abc import Sequence
from uuid import UUID

from app.models.states import PoolState
from app.packs.breakfast import queries
from app.packs.breakfast.queries import BatchFacts
from app.platform.coalescer import Coalescer
from app.platform.db import Sessions
from app.platform.errors import NotFound


class Catalogue:
    """One a process. Never cached: a grant may not be judged by stale rules."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._loads: Coalescer[UUID, BatchFacts | None] = Coalescer(self._load)

    async def find(self, batch_id: UUID) -> BatchFacts:
        """A batch that members may see. Raises `NotFound` for drafts, too."""
        facts = await self._loads.ask(batch_id)
        if facts is None or facts.pool.state is PoolState.DRAFT:
            raise NotFound()
        return facts

    async def _load(self, ids: Sequence[UUID]) -> list[BatchFacts | None]:
        async with self._sessions() as session:
            found = await queries.find_batches(session, set(ids))
        return [found.get(batch_id) for batch_id in ids]
