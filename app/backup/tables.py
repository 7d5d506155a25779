"""Tables out of one snapshot and into an empty schema, by COPY.

PostgreSQL's own text format, which every version reads. Foreign keys are taken away while rows
come in and are checked anew, all of them, when they are put back; triggers rest, because what
they would refuse or add has been decided when the rows were written. All in one transaction.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg

from app.backup.archive import Archive, BackupUnreadable, Part, Reading, table_path

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
# Called with how many rows more.
Heard = Callable[[int], None]

_TABLES = """
    SELECT c.relname AS name, greatest(c.reltuples, 0)::bigint AS about,
           array_agg(a.attname::text ORDER BY a.attnum) AS columns
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
       AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
       AND c.relname <> 'alembic_version'
     GROUP BY c.oid ORDER BY c.relname
"""
_FOREIGN_KEYS = """
    SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name,
           pg_get_constraintdef(oid) AS definition
      FROM pg_constraint
     WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
     ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Table:
    """`about`: how many rows, as the planner believes."""

    name: str
    columns: tuple[str, ...]
    about: int


async def tables(connection: Connection) -> list[Table]:
    rows = await connection.fetch(_TABLES)
    return [Table(row["name"], tuple(row["columns"]), row["about"]) for row in rows]


async def copy_out(connection: Connection, archive: Archive, table: Table, on_rows: Heard) -> Part:
    """One table as the connection's snapshot has it."""
    columns = ", ".join(f'"{each}"' for each in table.columns)
    with archive.part(table_path(table.name), packed=True) as part:

        async def keep(data: bytes) -> None:
            part.write(data)
            # A line break inside a value is written as two characters.
            on_rows(data.count(b"\n"))

        status = await connection.copy_from_query(
            f'SELECT {columns} FROM "{table.name}"',  # noqa: S608 - names from the catalogue
            output=keep,
        )
    return Part(
        name=table.name,
        size=part.size,
        sha256=part.sha256,
        rows=_count(status),
        columns=table.columns,
    )


async def copy_in(connection: Connection, backup: Reading, on_rows: Heard) -> None:
    """Every table's rows, into tables of the same revision, within the caller's transaction.

    What stood in them is gone. Raises `BackupUnreadable` where tables or numbers differ.
    """
    parts = [part for part in backup.manifest.parts if part.is_table]
    found = await tables(connection)
    if {(part.name, part.columns) for part in parts} != {(t.name, t.columns) for t in found}:
        raise BackupUnreadable("its tables are not those of its revision")
    foreign = await connection.fetch(_FOREIGN_KEYS)
    for key in foreign:
        await connection.execute(f"ALTER TABLE {key['table']} DROP CONSTRAINT {key['name']}")
    for table in found:
        await connection.execute(f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER')
    names = ", ".join(f'"{table.name}"' for table in found)
    await connection.execute(f"TRUNCATE {names}")
    for part in parts:
        status = await connection.copy_to_table(
            part.name, source=_heard(backup.chunks(part), on_rows), columns=part.columns
        )
        if _count(status) != part.rows:
            raise BackupUnreadable(f"{part.path} has {_count(status)} rows, not {part.rows}")
    for key in foreign:
        await connection.execute(
            f"ALTER TABLE {key['table']} ADD CONSTRAINT {key['name']} {key['definition']}"
        )
    for table in found:
        await connection.execute(f'ALTER TABLE "{table.name}" ENABLE TRIGGER USER')


async def _heard(chunks: Iterator[bytes], on_rows: Heard) -> AsyncIterator[bytes]:
    for chunk in chunks:
        on_rows(chunk.count(b"\n"))
        yield chunk


def _count(status: str) -> int:
    """Of `COPY 12`."""
    return int(status.rpartition(" ")[2])
