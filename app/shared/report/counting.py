"""The one statement by which every figure is counted from its facts, whichever they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import District
from app.platform.errors import Words
from app.shared.report.declared import Facts, Figure, Measure, Part
from app.shared.report.reported import Line, Reported

# A value for each measure, in this order.
_MEASURES = (Measure.ROWS, Measure.AMOUNT, Measure.DIFFERENT)
# What every statement is asked with.
Question: TypeAlias = Mapping[str, Any]

# All sets in one pass. Which set a row belongs to, GROUPING tells: a bit is 0 where its column
# is what the row is about.
_COUNT = """
    WITH fact AS MATERIALIZED (
        SELECT *, CAST(at AT TIME ZONE 'Asia/Shanghai' AS date) AS day,
               CAST(extract(hour FROM at AT TIME ZONE 'Asia/Shanghai') AS int) AS hour
          FROM ({facts}) known
         WHERE (CAST(:districts AS text[]) IS NULL OR district = ANY (:districts))
           AND (CAST(:day_from AS timestamptz) IS NULL OR at >= :day_from AND at < :day_to)
    )
    SELECT GROUPING({columns}) AS told, {columns},
           count(*), CAST(COALESCE(sum(amount), 0) AS bigint), count(DISTINCT who)
      FROM fact
     GROUP BY GROUPING SETS ((), {sets})
"""


@dataclass(slots=True)
class Counted:
    """Facts, counted: by what they are told apart (None: the whole), then by its value."""

    by: dict[str | None, dict[Any, Sequence[int]]] = field(default_factory=dict)
    names: dict[str, dict[str, Words]] = field(default_factory=dict)


async def count_facts(session: AsyncSession, facts: Facts, question: Question) -> Counted:
    """Everything that figures of these facts need, in one statement."""
    columns = ["day", "hour", "district", *(part.column for part in facts.parts)]
    statement = _COUNT.format(
        facts=facts.sql,
        columns=", ".join(columns),
        sets=", ".join(f"({column})" for column in columns),
    )
    counted = Counted()
    for row in await session.execute(text(statement), question):
        told, *rest = row
        # The first column is the highest bit.
        held = [
            place for place in range(len(columns)) if not told >> (len(columns) - 1 - place) & 1
        ]
        about, key = (columns[held[0]], rest[held[0]]) if held else (None, None)
        if held and key is None:
            # Nobody wrote down where, or by what; it is in the whole alone.
            continue
        counted.by.setdefault(about, {})[key] = rest[len(columns) :]
    for part in facts.parts:
        counted.names[part.column] = await _names(session, part, question)
    return counted


async def _names(session: AsyncSession, part: Part, question: Question) -> dict[str, Words]:
    if part.names is None:
        return {}
    rows = await session.execute(text(part.names), {"campaign": question["campaign"]})
    return {key: Words(zh, en) for key, zh, en in rows}


def reported(figure: Figure, counted: Counted | None) -> Reported:
    """The figure of its facts; None where they cannot be asked about these districts."""
    if counted is None:
        return Reported(figure, None)
    place = _MEASURES.index(figure.measure)

    def told(about: str | None) -> dict[Any, int]:
        found = counted.by.get(about, {})
        values = {key: found[key][place] for key in sorted(found, key=str)}
        return {key: value for key, value in values.items() if value}

    return Reported(
        figure,
        value=counted.by[None][None][place],
        days=_in_order(told("day")),
        hours=_in_order(told("hour")),
        districts={District(key): value for key, value in told("district").items()},
        parts={
            part.column: _lines(told(part.column), counted.names[part.column])
            for part in figure.facts.parts
        },
    )


def _in_order(found: dict[Any, int]) -> dict[Any, int]:
    keys: list[date | int] = sorted(found)
    return {key: found[key] for key in keys}


def _lines(found: dict[str, int], names: Mapping[str, Words]) -> list[Line]:
    """The largest first, then by key."""
    return [
        Line(key, names.get(key, Words(key, key)), value)
        for key, value in sorted(found.items(), key=lambda each: (-each[1], each[0]))
    ]
