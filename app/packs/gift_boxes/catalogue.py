"""Boxes for the crowd: everybody sees them as they stand, a crowd asks once."""

from collections.abc import Sequence
from uuid import UUID

from app.packs.gift_boxes import queries
from app.packs.gift_boxes.queries import BoxFacts
from app.platform.coalescer import Coalescer
from app.platform.db import Sessions
from app.shared.campaigns import ClosedPacks


class Catalogue:
    """One a process. Never cached: nothing may be sold by stale rules."""

    def __init__(self, sessions: Sessions, closed: ClosedPacks) -> None:
        self._sessions = sessions
        self._closed = closed
        self._boxes: Coalescer[UUID, BoxFacts | None] = Coalescer(self._load)

    async def find(self, box_id: UUID) -> BoxFacts | None:
        """A box that members may see: none that is of a draft edition."""
        box = await self._boxes.ask(box_id)
        return None if box is None or self._closed.is_draft(box.campaign_id) else box

    async def drain(self) -> None:
        """Finish what is in flight (shutdown)."""
        await self._boxes.drain()

    async def _load(self, ids: Sequence[UUID]) -> list[BoxFacts | None]:
        async with self._sessions() as session:
            found = await queries.find_boxes(session, set(ids))
        return [found.get(box_id) for box_id in ids]
