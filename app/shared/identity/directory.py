"""Members by number, asked for together and always fresh.

Never cached: a grant may not be judged by yesterday's categories. A rush of
members is one query a round instead.
"""

from collections.abc import Sequence

from sqlalchemy import ARRAY, Text, any_, bindparam, select

from app.models.identity import Member as MemberRow
from app.models.identity import MemberCategory
from app.platform.coalescer import Coalescer
from app.platform.db import Sessions
from app.shared.identity.callers import Entitlement, Member

_BY_NUMBERS = (
    select(
        MemberRow.id,
        MemberRow.person_id,
        MemberRow.member_no,
        MemberRow.district,
        MemberCategory.category,
        MemberCategory.valid_until,
    )
    .outerjoin(MemberCategory, MemberCategory.member_id == MemberRow.id)
    .where(MemberRow.member_no == any_(bindparam("numbers", type_=ARRAY(Text))))
)


class Directory:
    """One a process."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._asked: Coalescer[str, Member | None] = Coalescer(self._look_up)

    async def find(self, member_no: str) -> Member | None:
        """The member as the books have it now, or None when there is no such number."""
        return await self._asked.ask(member_no)

    async def _look_up(self, numbers: Sequence[str]) -> Sequence[Member | None]:
        async with self._sessions() as session:
            # One statement sees one moment by itself; a transaction around it would
            # cost the hottest path two more round trips.
            connection = await session.connection(
                execution_options={"isolation_level": "AUTOCOMMIT"}
            )
            rows = (await connection.execute(_BY_NUMBERS, {"numbers": numbers})).all()
        found: dict[str, Member] = {}
        for member_id, person_id, number, district, category, valid_until in rows:
            held = found[number].entitlements if number in found else ()
            if category is not None:
                held = (*held, Entitlement(category, valid_until))
            found[number] = Member(member_id, person_id, number, district, held)
        return [found.get(number) for number in numbers]
