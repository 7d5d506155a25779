"""All packs, all members who look at the same moment: one statement."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import text

from app.models.states import PackKind
from app.platform.clock import Clock, shanghai_day
from app.platform.coalescer import Coalescer
from app.platform.db import Sessions, one_statement
from app.shared.home.cards import Card, Categories, Fact, HomePart
from app.shared.identity.callers import Member

Edition = UUID | None


@dataclass(frozen=True, slots=True)
class Cards:
    """A member's, by edition and pack; of None, what its pack says of no edition."""

    _found: Mapping[tuple[Edition, PackKind], Card]

    def of(self, campaign_id: UUID, kind: PackKind, *, is_current: bool) -> Card:
        """Its card there; an empty one where the pack has nothing to say."""
        card = self._found.get((campaign_id, kind))
        if card is None and is_current:
            card = self._found.get((None, kind))
        return card or Card()


# By pack and member (None: for all), then by edition.
_Facts: TypeAlias = defaultdict[tuple[str, UUID | None], dict[Edition, list[Fact]]]


class HomePage:
    """One a process. A crowd that opens the app is asked for in rounds."""

    def __init__(self, sessions: Sessions, clock: Clock, parts: Sequence[HomePart]) -> None:
        self._sessions = sessions
        self._clock = clock
        self._parts = parts
        self._statement = text(" UNION ALL ".join(map(_select, parts)))
        self._rounds: Coalescer[Member, Cards] = Coalescer(self._ask, most=128)

    async def cards(self, member: Member) -> Cards:
        """The cards of every registered pack, as committed when the round began; the member as the
        caller knows it."""
        return await self._rounds.ask(member)

    async def _ask(self, members: Sequence[Member]) -> list[Cards]:
        now = self._clock.now()
        today = shanghai_day(now)
        parameters = {
            "members": [member.id for member in members],
            "persons": [member.person_id for member in members],
            "now": now,
            "day": today,
        }
        facts: _Facts = defaultdict(lambda: defaultdict(list))
        async with self._sessions() as session:
            connection = await one_statement(session)
            for kind, member_id, fact in await connection.execute(self._statement, parameters):
                campaign_id = fact.get("campaign_id")
                facts[kind, member_id][campaign_id and UUID(campaign_id)].append(fact)
        read = _Reader(facts, now)
        return [
            Cards(
                {
                    (edition, part.kind): card
                    for part in self._parts
                    for edition, card in read.cards(part, member.id, member.categories_on(today))
                }
            )
            for member in members
        ]


class _Reader:
    """A round's facts, read once for all who have nothing of their own and are alike else."""

    def __init__(self, facts: _Facts, now: datetime) -> None:
        self._facts = facts
        self._now = now
        self._alike: dict[tuple[PackKind, Edition, Categories], Card] = {}

    def cards(
        self, part: HomePart, member_id: UUID, categories: Categories
    ) -> Iterator[tuple[Edition, Card]]:
        for_all = self._facts[part.kind, None]
        own = self._facts.get((part.kind, member_id), {})
        for edition in for_all.keys() | own.keys():
            known = (part.kind, edition, categories)
            card = None if edition in own else self._alike.get(known)
            if card is None:
                mine = own.get(edition, [])
                card = part.read(categories, for_all.get(edition, []), mine, self._now)
                if not mine:
                    self._alike[known] = card
            yield edition, card


def _select(part: HomePart) -> str:
    # Both are constants of a pack; what varies are the parameters.
    return f"SELECT '{part.kind}', part.member_id, part.fact FROM ({part.statement}) part"  # noqa: S608
