"""What was said in confidence during a play, looked for in clear in every place where it must not
stand: each row of each table as a dump writes it, the service's log, its metrics, and every file
that staff can have made. (The service makes no traces.)

In each place something is looked for that does stand there, so that finding nothing means
something. A fault names the place and never the text.
"""

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from zipfile import ZipFile, is_zipfile

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.embedded.playground import Playground
from app.models.states import Role
from app.platform.crypto import sealer_of
from app.platform.db import create_engine
from app.platform.settings import Settings
from app.registrations import all_listings
from app.replay.stage import Stage
from app.schemas.seed_ids import FIRST_BATCH_ID
from app.shared.verification import Check

NAME = "what_was_confided_stands_nowhere_in_clear"
REPORTS = (".json", ".xlsx", ".html", ".txt")
# Every process has metrics of its own; whoever is asked on a new connection speaks for itself.
ASKED_FOR_METRICS = 12
CHUNK = 1 << 20
# A city of members takes minutes to write down.
EXPORT_TRIES, PAUSE_S, PATIENCE_S = 12_000, 0.1, 60.0


class Search:
    """For some words, in whatever form they may have been written down; over many places."""

    def __init__(self, confided: Iterable[str], beside: Mapping[str, str]) -> None:
        self._forms = sorted({form for words in confided for form in forms_of(words)})
        self._reach = max(map(len, self._forms), default=1) - 1
        self._beside = {place: word.encode() for place, word in beside.items()}
        self._missing = dict(beside)
        self.faults: list[str] = []
        self.searched: dict[str, int] = {}

    def look(self, place: str, what: str, data: bytes) -> None:
        """`place`: rows, log, metrics or exports; `what`: which of it."""
        self.searched[place] = self.searched.get(place, 0) + len(data)
        if any(form in data for form in self._forms):
            self.faults.append(f"{place}: {what}")
        if self._beside.get(place, b"\x00") in data:
            self._missing.pop(place, None)

    def stream(self, place: str, what: str) -> "Stream":
        """For data that comes in pieces."""
        return Stream(self, place, what, self._reach)

    @property
    def check(self) -> Check:
        blind = [f"{place}: what does stand there is not found" for place in self._missing]
        figures = {f"{place}_bytes": count for place, count in self.searched.items()}
        return Check(NAME, sorted(set(self.faults)) + sorted(blind), figures)


class Stream:
    """Words may begin in one piece and end in the next."""

    def __init__(self, search: Search, place: str, what: str, reach: int) -> None:
        self._search, self._place, self._what, self._reach = search, place, what, reach
        self._pieces: list[bytes] = []
        self._size = 0
        self._tail = b""

    async def feed(self, data: bytes) -> None:
        """As a driver hands it over."""
        self.add(data)

    def add(self, data: bytes) -> None:
        self._pieces.append(data)
        self._size += len(data)
        if self._size >= CHUNK:
            self.flush()

    def flush(self) -> None:
        data = self._tail + b"".join(self._pieces)
        self._pieces, self._size = [], 0
        self._search.look(self._place, self._what, data)
        self._tail = data[-self._reach :] if self._reach else b""


def forms_of(words: str) -> set[bytes]:
    """As they are, as a dump writes bytes, as JSON may, and within what is base64."""
    plain = words.encode()
    escaped = json.dumps(words)[1:-1].encode()
    # A dump doubles the backslash.
    forms = {plain, plain.hex().encode(), escaped, escaped.replace(b"\\", b"\\\\")}
    for shift in range(3):
        coded = base64.b64encode(b"\x00" * shift + plain)
        # What hangs together with the neighbours is not known.
        first, last = -(-shift * 4 // 3), (shift + len(plain)) * 4 // 3
        forms.add(coded[first:last])
    return forms


async def look_for_confided(stage: Stage, ground: Playground) -> Check:
    """After a play. Where the log goes elsewhere, it is not looked at."""
    beside = {**stage.beside}
    if ground.log is None:
        beside.pop("log", None)
    search = Search(stage.confided, beside)
    settings = Settings.of(ground.environ)
    try:
        # Files are asked for first: asking leaves rows and lines behind.
        await _look_at_exports(search, ground.url, stage.staff, settings)
        await _look_at_metrics(search, ground.url)
    except (httpx.HTTPError, TimeoutError) as error:
        search.faults.append(f"not everything could be looked at: {error}")
    engine = create_engine(settings, command_timeout_s=None)
    try:
        await look_at_rows(search, engine)
    finally:
        await engine.dispose()
    if ground.log is not None:
        await asyncio.to_thread(_look_at_log, search, ground.log)
    return search.check


async def look_at_rows(search: Search, engine: AsyncEngine) -> None:
    """By COPY, which is what a dump consists of."""
    async with engine.connect() as connection:
        # A city's table takes longer than whoever waits at the edge would.
        await connection.execute(text("SET statement_timeout = 0"))
        tables = await connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        )
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        for table in tables.all():
            stream = search.stream("rows", f"table {table}")
            await driver.copy_from_table(table, schema_name="public", output=stream.feed)
            stream.flush()


def _look_at_log(search: Search, path: Path) -> None:
    stream = search.stream("log", "the service's log")
    with path.open("rb") as log:
        while data := log.read(CHUNK):
            stream.add(data)
    stream.flush()


async def _look_at_metrics(search: Search, url: str) -> None:
    for _ in range(ASKED_FOR_METRICS):
        async with _client(url) as client:
            answer = await client.get("/metrics")
            search.look("metrics", "/metrics", answer.raise_for_status().content)


async def _look_at_exports(
    search: Search, url: str, staff: Mapping[str, str], settings: Settings
) -> None:
    """Each list as a file, and the report in each of its forms, by whoever may have all."""
    headers = {"Authorization": f"Bearer {staff[Role.ADMINISTRATOR]}"}
    async with _client(url, headers) as client:
        for name, listing in sorted(all_listings(sealer_of(settings)).items()):
            filters = {"batch_id": str(FIRST_BATCH_ID)} if "batch_id" in listing.needs else {}
            body = {"what": name, "format": "csv", "filters": filters}
            search.look("exports", name, await _export(client, body))
        for form in REPORTS:
            answer = await client.get(f"/v1/admin/report{form}")
            for data in _unpacked(answer.raise_for_status().content):
                search.look("exports", f"report{form}", data)


async def _export(client: httpx.AsyncClient, body: Mapping[str, object]) -> bytes:
    """Raises `httpx.HTTPError`, `TimeoutError`."""
    asked = await client.post("/v1/admin/exports", json=body)
    place = asked.raise_for_status().headers["Location"]
    for _ in range(EXPORT_TRIES):
        state = (await client.get(place)).raise_for_status().json()["state"]
        if state == "done":
            return (await client.get(f"{place}/file")).raise_for_status().content
        if state not in {"queued", "running"}:
            break
        await asyncio.sleep(PAUSE_S)
    raise TimeoutError(f"the export {body['what']} is not made")


def _unpacked(data: bytes) -> Iterable[bytes]:
    """A workbook is a folder of texts, packed."""
    if not is_zipfile(io.BytesIO(data)):
        return [data]
    with ZipFile(io.BytesIO(data)) as book:
        return [book.read(name) for name in book.namelist()]


@asynccontextmanager
async def _client(
    url: str, headers: Mapping[str, str] | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    # By no proxy: it is this machine.
    async with httpx.AsyncClient(
        base_url=url, headers=headers, timeout=PATIENCE_S, trust_env=False
    ) as client:
        yield client
