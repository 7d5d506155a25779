"""Checks over the rows of a live database: what each looks for, and what it found.

Rooms and packs bring statements that select what is wrong; no row, no fault.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Check:
    """One check by name, with at most twenty of the faults it found, and what it counted."""

    name: str
    faults: list[str]
    figures: dict[str, int] = field(default_factory=dict)


async def run_checks(session: AsyncSession, statements: Mapping[str, str]) -> AsyncIterator[Check]:
    """Each statement selects what is wrong."""
    for name, statement in statements.items():
        rows = await session.execute(text(f"{statement} LIMIT {SHOWN}"))
        yield Check(name, [" ".join(str(value) for value in row) for row in rows])
