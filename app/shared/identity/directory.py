"""Members by number, asked for together: fresh, or as they were within the last second.

A grant may not be judged by yesterday's categories, so `find` reads the books; a rush of
members is one query a round. A no may be a second old, so `recent` remembers whom the
process has met, until the pulse says that some member was changed. Whoever grants by that
compares `Member.as_of` with `AS_OF` in the transaction that grants: while they are equal, nobody
has been changed since.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import ARRAY, Text, any_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models.identity import Member as MemberRow
from app.models.identity import MemberCategory
from app.models.platform import Pulse
from app.platform.coalescer import Coalescer
from app.platform.db import Sessions, one_statement
from app.platform.pulse import MEMBERS
from app.shared.identity.callers import Entitlement, Member

# How many changes of members a statement's snapshot of the books has.
AS_OF = select(Pulse.version).where(Pulse.topic == MEMBERS)

_BY_NUMBERS = (
    select(
        MemberRow.id,
        MemberRow.person_id,
        MemberRow.member_no,
        MemberRow.district,
        MemberCategory.category,
        MemberCategory.valid_until,
        AS_OF.scalar_subquery(),
    )
    .outerjoin(MemberCategory, MemberCategory.member_id == MemberRow.id)
    .where(MemberRow.member_no == any_(bindparam("numbers", type_=ARRAY(Text))))
)


# Whom a process remembers; some twenty-five megabytes. A crowd that comes in turn, such as
# viewers, is remembered whole or not at all, so it is more than come at once.
MOST_REMEMBERED = 50_000


class Directory:
    """One a process. `forget` is its listener of the topic MEMBERS; `is_current` says
    whether that topic has been heard within the last second."""

    def __init__(self, sessions: Sessions, is_current: Callable[[], bool]) -> None:
        self._sessions = sessions
        self._is_current = is_current
        self._asked: Coalescer[str, Member | None] = Coalescer(self._look_up)
        self._met: OrderedDict[str, Member] = OrderedDict()
        self._forgotten = 0

    async def forget(self, _: AsyncConnection) -> None:
        self.forget_all()

    def forget_all(self) -> None:
        """At once, where this process itself has just changed somebody."""
        self._met.clear()
        self._forgotten += 1

    def recent(self, member_no: str) -> Member | None:
        """The member as the books had it within the last second, if the process knows."""
        return self._met.get(member_no) if self._is_current() else None

    async def find(self, member_no: str) -> Member | None:
        """The member as the books have it now, or None when there is no such number."""
        return await self._asked.ask(member_no)

    async def _look_up(self, numbers: Sequence[str]) -> Sequence[Member | None]:
        forgotten = self._forgotten
        async with self._sessions() as session:
            connection = await one_statement(session)
            rows = (await connection.execute(_BY_NUMBERS, {"numbers": numbers})).all()
        found: dict[str, Member] = {}
        for member_id, person_id, number, district, category, valid_until, as_of in rows:
            held = found[number].entitlements if number in found else ()
            if category is not None:
                held = (*held, Entitlement(category, valid_until))
            found[number] = Member(member_id, person_id, number, district, held, as_of)
        if forgotten == self._forgotten:
            self._remember(found)
        return [found.get(number) for number in numbers]

    def _remember(self, found: dict[str, Member]) -> None:
        """Not if the topic moved meanwhile: what was read may be from before the change."""
        for number, member in found.items():
            self._met[number] = replace(member, is_remembered=True)
        while len(self._met) > MOST_REMEMBERED:
            self._met.popitem(last=False)
