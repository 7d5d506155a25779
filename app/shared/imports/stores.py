"""Stores' files: partner stores and the merchants behind them."""

import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import BinaryIO
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from app.platform.ids import new_id
from app.shared.identity.hours import DAY_MINUTES
from app.shared.imports.faults import (
    COORDINATE_MALFORMED,
    HOURS_MALFORMED,
    VALUE_MISSING,
    RowRefused,
)
from app.shared.imports.load import (
    STATEMENT_TIMEOUT_S,
    AnyConnection,
    ChunkReport,
    ImportReport,
    OnChunk,
    load,
)
from app.shared.imports.tables import Columns
from app.shared.imports.values import district_of, number_of, text_of
from app.shared.ledger import Actor

STORE_COLUMNS = Columns(
    ("store_no", "name", "merchant", "district", "address", "lat", "lng", "opens", "closes")
)

_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?")
_TIME = re.compile(r"([0-9]{1,2}):([0-5][0-9])(:00)?")

_STAGE = """
    CREATE TEMP TABLE import_store (
        id uuid, store_no text, name text, merchant text, district text, address text,
        lat float8, lng float8, opens int, closes int, merchant_id uuid
    ) ON COMMIT DELETE ROWS
"""
_KNOWN = """
    SELECT s.store_no, s.name, m.name, s.district, s.address, s.lat, s.lng, s.opens, s.closes
    FROM store s JOIN merchant m ON m.id = s.merchant_id
    WHERE s.store_no = ANY($1)
"""
_WRITES = (
    """
    INSERT INTO merchant (id, name, created_at)
    SELECT DISTINCT ON (merchant) merchant_id, merchant, (SELECT campaign_now())
    FROM import_store ORDER BY merchant
    ON CONFLICT (name) DO NOTHING
    """,
    """
    INSERT INTO store (id, store_no, name, merchant_id, district, address, lat, lng, opens, closes,
                       created_at, updated_at)
    SELECT i.id, i.store_no, i.name, m.id, i.district, i.address, i.lat, i.lng, i.opens, i.closes,
           (SELECT campaign_now()), (SELECT campaign_now())
    FROM import_store i JOIN merchant m ON m.name = i.merchant
    ON CONFLICT (store_no) DO UPDATE SET
        name = excluded.name,
        merchant_id = excluded.merchant_id,
        district = excluded.district,
        address = excluded.address,
        lat = excluded.lat,
        lng = excluded.lng,
        opens = excluded.opens,
        closes = excluded.closes,
        version = store.version + 1,
        updated_at = excluded.updated_at
    """,
)


async def import_stores(
    engine: AsyncEngine,
    file: BinaryIO,
    *,
    actor: Actor,
    fixed_ids: Mapping[str, UUID] | None = None,
    on_chunk: OnChunk | None = None,
) -> ImportReport:
    """Read a stores' file (columns: `STORE_COLUMNS`); merchants not yet known are created.

    A store's state is not the file's matter: a suspended store stays suspended.
    `fixed_ids` are ids that new stores get by number instead of fresh ones.
    Raises the refusals of this room when the file cannot be read.
    """
    kind = _Stores(fixed_ids or {})
    return await load(engine, kind, file, actor=actor, on_chunk=on_chunk)


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What a row says of a store. Hours are minutes of the Shanghai day."""

    number: str
    name: str
    merchant: str
    district: str
    address: str
    lat: float
    lng: float
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class StoreRow:
    line: int
    facts: StoreFacts

    @property
    def number(self) -> str:
        return self.facts.number


class _Stores:
    columns = STORE_COLUMNS
    object_kind = "store"
    lock = 0x73_746F_7265
    stage_table = _STAGE
    tables: tuple[str, ...] = ("merchant", "store")

    def __init__(self, fixed_ids: Mapping[str, UUID]) -> None:
        self._fixed_ids = fixed_ids

    def parse(self, line: int, cells: list[str]) -> StoreRow:
        number, name, merchant, district, address, lat, lng, opens, closes = cells
        facts = StoreFacts(
            number_of(number, "store_no"),
            text_of(name, "name", most=80),
            text_of(merchant, "merchant", most=80),
            district_of(district).value,
            text_of(address, "address", most=200),
            _degrees(lat, "lat", most=90),
            _degrees(lng, "lng", most=180),
            *hours(opens, closes),
        )
        return StoreRow(line, facts)

    async def ahead(self, connection: AnyConnection, rows: list[StoreRow]) -> None:
        """Nothing of a store takes long."""

    async def write(
        self, connection: AnyConnection, rows: list[StoreRow], ahead: None
    ) -> ChunkReport:
        records = await connection.fetch(
            _KNOWN, [row.number for row in rows], timeout=STATEMENT_TIMEOUT_S
        )
        known = {record["store_no"]: tuple(record) for record in records}
        facts = [astuple(row.facts) for row in rows]
        staged = [
            (self._fixed_ids.get(values[0]) or new_id(), *values, new_id())
            for values in facts
            if known.get(values[0]) != values
        ]
        await connection.copy_records_to_table(
            "import_store", records=staged, timeout=STATEMENT_TIMEOUT_S
        )
        for statement in _WRITES if staged else ():
            await connection.execute(statement, timeout=STATEMENT_TIMEOUT_S)
        added = sum(record[1] not in known for record in staged)
        return ChunkReport(
            added=added, changed=len(staged) - added, unchanged=len(rows) - len(staged)
        )


def hours(opens: str, closes: str) -> tuple[int, int]:
    """Opening hours as minutes of the day on which the store opens.

    As `read_hours`, and in the other forms in which spreadsheets write a time:
    `6:00`, `06:00:00`, and `26:00` for 02:00 of the next day. Raises `RowRefused`.
    """
    start, end = _minutes(opens, "opens"), _minutes(closes, "closes")
    if end <= start:
        end += DAY_MINUTES
    if start >= DAY_MINUTES:
        raise RowRefused(HOURS_MALFORMED, "opens")
    if end > start + DAY_MINUTES:
        raise RowRefused(HOURS_MALFORMED, "closes")
    return start, end


def _minutes(cell: str, column: str) -> int:
    match = _TIME.fullmatch(cell)
    if match is None:
        raise RowRefused(HOURS_MALFORMED if cell else VALUE_MISSING, column)
    return int(match[1]) * 60 + int(match[2])


def _degrees(cell: str, column: str, *, most: int) -> float:
    if not _DEGREES.fullmatch(cell):
        raise RowRefused(COORDINATE_MALFORMED if cell else VALUE_MISSING, column)
    degrees = float(cell)
    if abs(degrees) > most:
        raise RowRefused(COORDINATE_MALFORMED, column)
    return degrees
