"""Batches for the crowd: each is read once a second and process, and by those together who ask
for one that is not remembered."""

import time
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.models.states import Category, PackKind, PoolState
from app.packs.breakfast import queries
from app.packs.breakfast.offered import Offered, offer
from app.packs.breakfast.queries import BatchFacts
from app.platform.clock import Clock
from app.platform.coalescer import Coalescer
from app.platform.db import Sessions, one_statement
from app.platform.errors import NotFound
from app.platform.pages import USUAL_PAGE, Page, PageRequest
from app.shared.campaigns import ClosedPacks
from app.shared.identity.callers import Member
from app.shared.stock import uses_of

# How long a batch is remembered.
RECENT_S = 1.0


class Catalogue:
    """One a process. `find` reads the books; whoever presses is judged by what is `started`."""

    def __init__(self, sessions: Sessions, closed: ClosedPacks) -> None:
        self._sessions = sessions
        self._closed = closed
        self._seen: dict[UUID, tuple[float, BatchFacts]] = {}
        self._loads: Coalescer[UUID, BatchFacts | None] = Coalescer(self._load)

    async def find(self, batch_id: UUID) -> BatchFacts:
        """A batch that members may see. Raises `NotFound` for drafts, too, and for what is of a
        draft edition."""
        facts = await self._loads.ask(batch_id)
        if facts is None or self._is_draft(facts):
            raise NotFound()
        return facts

    def _is_draft(self, facts: BatchFacts) -> bool:
        return facts.pool.state is PoolState.DRAFT or self._closed.is_draft(facts.campaign_id)

    def started(self, batch_id: UUID) -> BatchFacts | None:
        """The batch as the books had it within the last second, if the process has looked and
        members may see it. By which rules one is granted, staff change of drafts alone; whether it
        is open and has any left, the books say in each flush.
        """
        read_at, facts = self._seen.get(batch_id, (float("-inf"), None))
        if facts is None or time.monotonic() - read_at > RECENT_S or self._is_draft(facts):
            return None
        return facts

    def is_closed(self, batch: BatchFacts) -> bool:
        """Whether staff have closed the pack, as this process has heard."""
        return self._closed.is_closed(batch.campaign_id, PackKind.BREAKFAST)

    async def _load(self, ids: Sequence[UUID]) -> list[BatchFacts | None]:
        read_at = time.monotonic()
        async with self._sessions() as session:
            found = await queries.find_batches(await one_statement(session), set(ids))
        # Without those that are too old, so that it does not grow with all ever seen.
        kept = {each: seen for each, seen in self._seen.items() if read_at - seen[0] <= RECENT_S}
        self._seen = kept | {batch_id: (read_at, facts) for batch_id, facts in found.items()}
        return [found.get(batch_id) for batch_id in ids]


# Of one person: vouchers by batch; units by group of pools, that day and in all.
_Mine = tuple[dict[UUID, int], dict[UUID, tuple[int, int]]]


class Shelf:
    """What is on offer, as each member sees it. One a process.

    All who look while others are being answered are answered together: the page is read once for
    them, and what they have had in one statement. Nobody sees anything older than their question,
    but for their own categories, which are as the caller knows them.
    """

    def __init__(self, sessions: Sessions, clock: Clock, closed: ClosedPacks) -> None:
        self._sessions = sessions
        self._clock = clock
        self._closed = closed
        self._looks: Coalescer[Member, Page[Offered]] = Coalescer(self._look)

    async def look(
        self, member: Member, page: PageRequest, campaign_id: UUID | None = None
    ) -> Page[Offered]:
        """Batches that are open now or later, by opening time; none that is for testing. Of one
        edition, or of all that run. Raises `CursorInvalid`."""
        if page == USUAL_PAGE and campaign_id is None:
            return await self._looks.ask(member)
        # Read alone: nobody's many different pages keep a crowd waiting.
        [seen] = await self._look([member], page, campaign_id)
        return seen

    async def _look(
        self,
        members: Sequence[Member],
        request: PageRequest = USUAL_PAGE,
        campaign_id: UUID | None = None,
    ) -> list[Page[Offered]]:
        now, today = self._clock.now(), self._clock.today()
        async with self._sessions() as session:
            page = await queries.page_of_offers(session, request, campaign_id, now=now)
            held = await queries.live_vouchers(
                session, {each.id for each in members}, [batch.id for batch in page.items]
            )
            used = await uses_of(
                session,
                person_ids={each.person_id for each in members},
                group_ids={batch.pool.group_id for batch in page.items},
                day=today,
            )
        # Whoever is alike (most have had nothing yet) sees the same.
        seen: dict[tuple[Any, ...], Page[Offered]] = {}
        answers = []
        for member in members:
            mine = held.get(member.id, {}), used.get(member.person_id, {})
            categories = member.categories_on(today)
            alike = (categories, *(tuple(each.items()) for each in mine))
            if alike not in seen:
                seen[alike] = self._offers(page, categories, mine, now, today)
            answers.append(seen[alike])
        return answers

    def _offers(
        self,
        page: Page[BatchFacts],
        categories: frozenset[Category],
        mine: _Mine,
        now: datetime,
        today: date,
    ) -> Page[Offered]:
        return page.map(
            lambda batch: offer(
                batch,
                categories,
                mine=mine[0].get(batch.id, 0),
                used=mine[1].get(batch.pool.group_id, (0, 0)),
                is_closed=self._closed.is_closed(batch.campaign_id, PackKind.BREAKFAST),
                now=now,
                today=today,
            )
        )
