"""Batches for the crowd: every press sees its batch as it stands, a crowd asks once."""

import time
from collections.abc import Sequence
from uuid import UUID

from app.models.states import PackKind, PoolState
from app.packs.breakfast import queries
from app.packs.breakfast.queries import BatchFacts
from app.platform.coalescer import Coalescer
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.shared.campaigns import ClosedPacks

# How old the batch may be by which a press is refused.
RECENT_S = 1.0


class Catalogue:
    """One a process. A grant may not be judged by stale rules, so `find` reads the books."""

    def __init__(self, sessions: Sessions, closed: ClosedPacks) -> None:
        self._sessions = sessions
        self._closed = closed
        self._seen: dict[UUID, tuple[float, BatchFacts]] = {}
        self._loads: Coalescer[UUID, BatchFacts | None] = Coalescer(self._load)

    async def find(self, batch_id: UUID) -> BatchFacts:
        """A batch that members may see. Raises `NotFound` for drafts, too."""
        facts = await self._loads.ask(batch_id)
        if facts is None or facts.pool.state is PoolState.DRAFT:
            raise NotFound()
        return facts

    def recent(self, batch_id: UUID) -> BatchFacts | None:
        """The batch as the books had it within the last second, if the process has looked."""
        read_at, facts = self._seen.get(batch_id, (float("-inf"), None))
        return facts if time.monotonic() - read_at <= RECENT_S else None

    def is_closed(self, batch: BatchFacts) -> bool:
        """Whether staff have closed the pack, as this process has heard."""
        return self._closed.is_closed(batch.campaign_id, PackKind.BREAKFAST)

    async def _load(self, ids: Sequence[UUID]) -> list[BatchFacts | None]:
        read_at = time.monotonic()
        async with self._sessions() as session:
            found = await queries.find_batches(session, set(ids))
        # Those that were asked for just now alone, so that it does not grow with all ever seen.
        self._seen = {batch_id: (read_at, facts) for batch_id, facts in found.items()}
        return [found.get(batch_id) for batch_id in ids]
