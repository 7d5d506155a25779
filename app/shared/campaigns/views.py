"""Page views: counted together, and never a reason for a page to fail."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import text

from app.models.states import PackKind
from app.platform.clock import Clock
from app.platform.coalescer import Coalescer
from app.platform.db import Sessions

# A page's beacon is not worth a longer wait.
PATIENCE_S = 2.0

# Rows in one order, so that two processes do not wait for each other in a circle.
_ADD = text("""
    INSERT INTO pack_views (pack_id, hour, views)
    SELECT pack.id, seen.hour, sum(seen.views)
    FROM unnest(CAST(:kinds AS text[]), CAST(:hours AS timestamptz[]), CAST(:views AS int[]),
                CAST(:campaigns AS uuid[])) AS seen (kind, hour, views, campaign_id)
    JOIN campaign ON CASE WHEN seen.campaign_id IS NULL THEN campaign.is_current
                          ELSE campaign.id = seen.campaign_id AND campaign.state <> 'draft' END
    JOIN pack ON pack.campaign_id = campaign.id AND pack.kind = seen.kind
    GROUP BY pack.id, seen.hour
    ORDER BY pack.id, seen.hour
    ON CONFLICT (pack_id, hour) DO UPDATE SET views = pack_views.views + excluded.views
""")

View = tuple[PackKind, datetime, UUID | None]

log = structlog.get_logger(__name__)


class Views:
    """One a process. Beacons that arrive together are one statement."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._rounds: Coalescer[View, None] = Coalescer(self._add, most=4096)

    async def count(self, kind: PackKind, campaign_id: UUID | None = None) -> None:
        """One view of the pack's page in this hour of campaign time; of the current edition, if
        none is named. Of an edition that is not there, or not yet, nothing is counted.

        Counted when this returns, unless the books could not be reached: then
        the view is lost, which is logged and raises nothing.
        """
        hour = self._clock.now().replace(minute=0, second=0, microsecond=0)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._rounds.ask((kind, hour, campaign_id))
        except Exception as error:  # noqa: BLE001 - a beacon never fails the page
            log.warning("view_lost", pack=kind, error=type(error).__name__)

    async def drain(self) -> None:
        """Finish what is in flight (shutdown)."""
        await self._rounds.drain()

    async def _add(self, views: Sequence[View]) -> list[None]:
        counts = Counter(views)
        async with self._sessions.begin() as session:
            await session.execute(
                _ADD,
                {
                    "kinds": [kind.value for kind, _, _ in counts],
                    "hours": [hour for _, hour, _ in counts],
                    "views": list(counts.values()),
                    "campaigns": [campaign_id for _, _, campaign_id in counts],
                },
            )
        return [None] * len(views)
