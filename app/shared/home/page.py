"""All packs, all members who look at the same moment: one statement."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import text

from app.models.states import PackKind
from app.platform.clock import Clock, shanghai_day
from app.platform.coalescer import Coalescer
from app.platform.db import Sessions
from app.shared.home.cards import Card, Fact, HomePart
from app.shared.identity.callers import Member

Cards = Mapping[PackKind, Card]


class HomePage:
    """One a process. A crowd that opens the app is asked for in rounds."""

    def __init__(self, sessions: Sessions, clock: Clock, parts: Sequence[HomePart]) -> None:
        self._sessions = sessions
        self._clock = clock
        self._parts = parts
        self._statement = text(" UNION ALL ".join(map(_select, parts)))
        self._rounds: Coalescer[Member, Cards] = Coalescer(self._ask, most=128)

    async def cards(self, member: Member) -> Cards:
        """A card of every registered pack, as committed when the round began."""
        return await self._rounds.ask(member)

    async def _ask(self, members: Sequence[Member]) -> list[Cards]:
        now = self._clock.now()
        parameters = {
            "members": [member.id for member in members],
            "persons": [member.person_id for member in members],
            "now": now,
            "day": shanghai_day(now),
        }
        facts: dict[tuple[str, UUID | None], list[Fact]] = defaultdict(list)
        async with self._sessions() as session:
            # One statement sees one moment by itself.
            connection = await session.connection(
                execution_options={"isolation_level": "AUTOCOMMIT"}
            )
            for kind, member_id, fact in await connection.execute(self._statement, parameters):
                facts[kind, member_id].append(fact)
        return [
            {
                part.kind: part.read(
                    member, facts[part.kind, None], facts[part.kind, member.id], now
                )
                for part in self._parts
            }
            for member in members
        ]


def _select(part: HomePart) -> str:
    # Both are constants of a pack; what varies are the parameters.
    return f"SELECT '{part.kind}', part.member_id, part.fact FROM ({part.statement}) part"  # noqa: S608
