"""The way of every import: read a chunk, look what is new, write it, say what happened.

A chunk is one transaction, so a row is taken wholly or not at all, and a run
that breaks off has taken the chunks before; the same file again goes on from
there, because rows that are known already change nothing. Imports of one kind
wait for each other chunk by chunk.

While a chunk is written the next one is read and made ready, by a connection of
its own; so the processor works while the database does, and imports that run
beside each other wait for the writing alone. Two chunks are held at most.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO, Generic, Protocol, TypeAlias, TypeVar, cast
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.platform.ids import new_id
from app.shared.imports.csv_rows import Row
from app.shared.imports.faults import (
    DUPLICATE_IN_FILE,
    RowFault,
    RowRefusal,
    RowRefused,
    refusal,
)
from app.shared.imports.tables import Columns, table_rows
from app.shared.ledger import Act, Actor, write

CHUNK_ROWS = 5_000
# The report in memory; whoever needs every refusal of a long file takes them chunk by chunk.
MOST_REFUSALS_KEPT = 1_000
STATEMENT_TIMEOUT_S = 60

_SEEN_TABLE = "CREATE TEMP TABLE import_seen (number text PRIMARY KEY, line int NOT NULL)"
_SEE = """
    INSERT INTO import_seen SELECT * FROM unnest($1::text[], $2::int[])
    ON CONFLICT DO NOTHING RETURNING number
"""
_SEEN_BEFORE = "SELECT number, line FROM import_seen WHERE number = ANY($1)"
# Statistics of a table that is being filled mislead: a chunk would read it whole.
_SETTINGS = f"""
    SELECT set_config('statement_timeout', '{STATEMENT_TIMEOUT_S}s', false),
           set_config('lock_timeout', '{STATEMENT_TIMEOUT_S}s', false),
           set_config('enable_seqscan', 'off', false),
           set_config('enable_hashjoin', 'off', false),
           set_config('enable_mergejoin', 'off', false)
"""
# Whoever looks for members right after a large file should not be planned by what was there
# before it; the server would notice by itself within minutes.
ANALYZE_FROM = 50_000


class Line(Protocol):
    """A row that has been read: its line in the file and the number it is known by."""

    @property
    def line(self) -> int: ...
    @property
    def number(self) -> str: ...


R = TypeVar("R", bound=Line)
A = TypeVar("A")
AnyConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass
class ChunkReport:
    """What became of a chunk's rows: each is added, changed, unchanged or in `refusals`."""

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refusals: list[RowRefusal] = field(default_factory=list)


@dataclass
class ImportReport:
    """What became of a file. `refusals` are the first of the `refused`."""

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    refusals: list[RowRefusal] = field(default_factory=list)

    def take(self, chunk: ChunkReport) -> None:
        self.read += chunk.read
        self.added += chunk.added
        self.changed += chunk.changed
        self.unchanged += chunk.unchanged
        self.refused += len(chunk.refusals)
        self.refusals += chunk.refusals[: MOST_REFUSALS_KEPT - len(self.refusals)]


OnChunk = Callable[[ChunkReport], None]


class Kind(Protocol[R, A]):
    """What members and stores differ in. `tables`: what it fills."""

    columns: Columns
    object_kind: str
    lock: int
    stage_table: str
    tables: tuple[str, ...]

    def parse(self, line: int, cells: list[str]) -> R:
        """A row from its cells. Raises `RowRefused`."""

    async def ahead(self, connection: AnyConnection, rows: list[R]) -> A:
        """What can be done before it is this chunk's turn. What was looked up meanwhile may be
        another thing then."""

    async def write(self, connection: AnyConnection, rows: list[R], ahead: A) -> ChunkReport:
        """Write what is new in the rows, each number once, within the open transaction."""


async def load(
    engine: AsyncEngine,
    kind: Kind[R, A],
    file: BinaryIO,
    *,
    actor: Actor,
    on_chunk: OnChunk | None = None,
) -> ImportReport:
    """Read the whole file in. `on_chunk` hears of each chunk after it is committed.

    Raises the refusals of this room; chunks before the refusal stay.
    """
    report, import_id = ImportReport(), new_id()
    rows = table_rows(file, kind.columns)
    async with (
        _connection(engine, _SETTINGS, _SEEN_TABLE, kind.stage_table) as writing,
        _connection(engine, _SETTINGS) as looking,
    ):
        coming = asyncio.create_task(_make_ready(looking, kind, rows))
        try:
            while (ready := await coming).read:
                coming = asyncio.create_task(_make_ready(looking, kind, rows))
                chunk = await _write_chunk(writing, kind, ready, actor, import_id)
                report.take(chunk)
                if on_chunk is not None:
                    on_chunk(chunk)
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
        if report.added >= ANALYZE_FROM:
            driver = await _driver(writing)
            await driver.execute(f"ANALYZE {', '.join(kind.tables)}", timeout=STATEMENT_TIMEOUT_S)
    return report


@dataclass
class _Parsed(Generic[R]):
    read: int
    rows: list[R]
    refusals: list[RowRefusal]


@dataclass
class _Ready(Generic[R, A]):
    """A chunk before its turn."""

    read: int
    rows: list[R]
    refusals: list[RowRefusal]
    ahead: A


async def _make_ready(
    connection: AsyncConnection, kind: Kind[R, A], rows: Iterator[Row]
) -> _Ready[R, A]:
    # Reading and sealing are work for the processor: other requests go on meanwhile.
    parsed = await asyncio.to_thread(_parse_chunk, kind, rows)
    ahead = await kind.ahead(await _driver(connection), parsed.rows)
    return _Ready(parsed.read, parsed.rows, parsed.refusals, ahead)


def _parse_chunk(kind: Kind[R, A], rows: Iterator[Row]) -> _Parsed[R]:
    parsed = _Parsed[R](0, [], [])
    for line, cells in islice(rows, CHUNK_ROWS):
        parsed.read += 1
        if isinstance(cells, RowFault):
            parsed.refusals.append(refusal(line, cells))
            continue
        try:
            parsed.rows.append(kind.parse(line, cells))
        except RowRefused as refused:
            parsed.refusals.append(refusal(line, refused.fault, column=refused.column))
    return parsed


@asynccontextmanager
async def _connection(engine: AsyncEngine, *statements: str) -> AsyncIterator[AsyncConnection]:
    """One for the file, with its settings and temporary tables."""
    async with engine.connect() as connection:
        try:
            async with connection.begin():
                for statement in statements:
                    await connection.execute(text(statement))
            yield connection
        finally:
            # Closed, not given back: settings and tables go with it, whatever happened.
            await connection.invalidate()


async def _driver(connection: AsyncConnection) -> AnyConnection:
    raw = await connection.get_raw_connection()
    return cast(AnyConnection, raw.driver_connection)


async def _write_chunk(
    connection: AsyncConnection,
    kind: Kind[R, A],
    ready: _Ready[R, A],
    actor: Actor,
    import_id: UUID,
) -> ChunkReport:
    async with connection.begin():
        # The first statement opens the transaction in which the driver's own calls then stand,
        # which may take longer than the engine lets a statement take.
        is_our_turn = await connection.scalar(
            text(f"SELECT pg_try_advisory_xact_lock({kind.lock})")
        )
        driver = await _driver(connection)
        if not is_our_turn:
            await driver.execute(
                f"SELECT pg_advisory_xact_lock({kind.lock})", timeout=STATEMENT_TIMEOUT_S
            )
        rows, doubled = await _first_of_each(driver, ready.rows)
        chunk = await kind.write(driver, rows, ready.ahead) if rows else ChunkReport()
        chunk.read = ready.read
        refusals = ready.refusals + doubled + chunk.refusals
        chunk.refusals = sorted(refusals, key=lambda refused: refused.line)
        await write(connection, [_act(kind, chunk, actor, import_id)])
    return chunk


def _act(kind: Kind[R, A], chunk: ChunkReport, actor: Actor, import_id: UUID) -> Act:
    """An import is one row with its counts, or one a chunk: a chunk is what commits."""
    counts = (
        f"read {chunk.read}, added {chunk.added}, changed {chunk.changed}, "
        f"unchanged {chunk.unchanged}, refused {len(chunk.refusals)}"
    )
    return Act(actor, f"{kind.object_kind}.import", "import", import_id, reason=counts)


async def _first_of_each(driver: AnyConnection, rows: list[R]) -> tuple[list[R], list[RowRefusal]]:
    """Of well-formed rows with one number the first in the file counts."""
    firsts: dict[str, R] = {}
    for row in rows:
        firsts.setdefault(row.number, row)
    lines = [row.line for row in firsts.values()]
    seen = await driver.fetch(_SEE, list(firsts), lines, timeout=STATEMENT_TIMEOUT_S)
    if len(seen) == len(rows):
        return rows, []
    known = await driver.fetch(_SEEN_BEFORE, list(firsts), timeout=STATEMENT_TIMEOUT_S)
    first_lines = {record["number"]: record["line"] for record in known}
    taken = [row for row in rows if first_lines[row.number] == row.line]
    doubled = [
        refusal(row.line, DUPLICATE_IN_FILE, first_line=first_lines[row.number])
        for row in rows
        if first_lines[row.number] != row.line
    ]
    return taken, doubled
