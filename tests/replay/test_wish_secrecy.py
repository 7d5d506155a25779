"""A wisher's phone and identity number, after a whole play of wishes: searched for in every
answer, log line, export and row of the database, and found where they may be shown alone."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
from sqlalchemy import text

from app.embedded.identity_provider import IdentityProvider
from app.embedded.seed import seed_edition
from app.models.base import Base
from app.platform.settings import Settings
from app.replay.members import NewMember
from app.replay.stage import Stage
from app.replay.wire import Answer, Wire
from app.replay.wishes import play
from app.replay.wishes.plan import TELLING, draw_wishes
from app.routers.rooms import Rooms
from tests.factories import auth
from tests.races.drop import environment
from tests.replay.stages import stage

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
STRANGER = "M00000001"
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WISH, STAFFS_WISH, COPY = "GET /v1/wishes/{id}", "GET /v1/admin/wishes/{id}", "GET /v1/me/data"
EXPORT_S, POLL_S = 60, 0.2
# Of 200 rows: more than the play leaves anywhere.
PAGES = 40

WISHERS: Sequence[NewMember] = [wish.wisher for wish in draw_wishes(2023)]
# As they are written, and as a dump shows bytes.
NUMBERS = {
    form: wisher.account
    for wisher in WISHERS
    for number in (wisher.phone, wisher.id_number)
    for form in (number, number.encode().hex())
}
ANY_NUMBER = re.compile("|".join(NUMBERS))


def whose_numbers(words: str) -> set[str]:
    """The accounts of those whose phone or identity number stands there in clear."""
    return {NUMBERS[found] for found in ANY_NUMBER.findall(words)}


@dataclass(frozen=True)
class Heard:
    token: str | None
    place: str
    answer: Answer

    @property
    def words(self) -> str:
        return json.dumps([self.answer.headers, self.answer.body], ensure_ascii=False)


@dataclass
class Ear:
    """Remembers every answer on the wire."""

    heard: list[Heard] = field(default_factory=list)

    def connect(self, url: str) -> Wire:
        ear = self

        class Overheard(Wire):
            async def send(self, method: str, path: str, **more: Any) -> Answer:
                answer = await super().send(method, path, **more)
                place = f"{method} {ID.sub('{id}', path.partition('?')[0])}"
                ear.heard.append(Heard(more.get("token"), place, answer))
                return answer

        return Overheard(url)


async def test_numbers_stand_in_clear_only_where_they_may_be_shown(
    rooms: Rooms,
    client: httpx.AsyncClient,
    settings: Settings,
    identity_provider: IdentityProvider,
    tmp_path: Path,
) -> None:
    await seed_edition(settings)
    ear, log = Ear(), tmp_path / "log"
    with log.open("wb") as said, worker(settings, said):
        async with stage(
            rooms, identity_provider, scale="1", connect=ear.connect, log=said
        ) as large:
            await play(large)
            readers = await look_everywhere(large)
            files = [
                await exported(client, large.staff["wish_reviewer"], what)
                for what in ("wishes.queue", "wishes.service_records")
            ]

    assert not large.surprises.seen, str(large.surprises)
    assert all(heard.answer.status < 500 for heard in ear.heard)
    answered = {heard.place for heard in ear.heard if heard.answer.status < 300}
    assert answered >= {"GET /v1/me/notices", "GET /v1/admin/audit", "GET /v1/admin/jobs"}
    shown = [heard for heard in ear.heard if whose_numbers(heard.words)]
    assert {heard.place for heard in shown} == {WISH, STAFFS_WISH, COPY}
    opened = [heard for heard in shown if heard.place == STAFFS_WISH]
    assert {heard.token for heard in opened} == {large.staff["wish_reviewer"]}
    wishers = {each.answer.body["id"]: each.answer.body["member_no"] for each in opened}
    for heard in shown:
        body, found = heard.answer.body, whose_numbers(heard.words)
        if heard.place == COPY:
            assert found == {readers[heard.token]}
        else:
            assert found == {wishers[body["id"]]}
        if heard.place == WISH:
            # By its own holder, as long as the claim is live.
            assert body["my_claim"]["state"] in {"claimed", "in_progress", "submitted"}

    assert all(WISHERS[0].account in file or "90" in file for file in files)
    assert not whose_numbers("".join(files))
    lines = log.read_text()
    assert "already_claimed" in lines
    assert not whose_numbers(lines)
    assert not [table async for table in tables_with_numbers(rooms)]
    # The control: a number in clear is found.
    async with rooms.engine.begin() as connection:
        title = f"打 {WISHERS[0].phone}"
        await connection.execute(text("UPDATE pack SET title = :title"), {"title": title})
    assert [table async for table in tables_with_numbers(rooms)] == ["pack"]


def test_the_search_finds_what_it_searches_for() -> None:
    one, other = WISHERS[:2]
    assert whose_numbers(f"电话{one.phone}，") == {one.account}
    assert whose_numbers(f"\\x00{other.id_number.encode().hex()}") == {other.account}


@contextmanager
def worker(settings: Settings, log: IO[bytes]) -> Iterator[None]:
    """The process that tells members and writes exports."""
    environ = environment(settings, LOG_LEVEL="INFO", FILES_URL=settings.files_url or "")
    command = [sys.executable, "-m", "app.worker"]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        yield
        assert process.poll() is None, "the worker died"
    finally:
        process.terminate()
        process.wait(10)


async def look_everywhere(played: Stage) -> dict[str | None, str]:
    """Every page without an id, as wishers who wrote their numbers down, as a stranger and as
    staff; every wish as a stranger. Answers which account reads by which token."""
    paths: dict[str, Any] = json.loads((ROOT / "openapi.json").read_text())["paths"]
    pages = [path for path, acts in paths.items() if "get" in acts and "{" not in path]
    accounts = [STRANGER, *(wisher.account for wisher in WISHERS[::TELLING])]
    members: dict[str | None, str] = {played.member_token(account): account for account in accounts}
    for page in pages:
        is_staffs = page.startswith("/v1/admin/")
        for token in played.staff.values() if is_staffs else members:
            await read_to_the_end(played.wire, page, token)
    reviewer, stranger = played.staff["wish_reviewer"], played.member_token(STRANGER)
    for wish in await played.read_all("/v1/admin/wishes", reviewer):
        await played.wire.send("GET", f"/v1/wishes/{wish['id']}", token=stranger)
        member = f"/v1/admin/members?member_no={wish['member_no']}"
        await played.wire.send("GET", member, token=reviewer)
    return members


async def read_to_the_end(wire: Wire, page: str, token: str | None) -> None:
    """Of a list every page."""
    cursor = ""
    for _ in range(PAGES):
        answer = await wire.send("GET", f"{page}?limit=200{cursor}", token=token)
        following = answer.body.get("next_cursor") if isinstance(answer.body, dict) else None
        if following is None:
            return
        cursor = f"&cursor={following}"
    pytest.fail(f"{page} has no end")


async def exported(client: httpx.AsyncClient, token: str, what: str) -> str:
    asked = await client.post(
        "/v1/admin/exports",
        headers=auth(token),
        json={"what": what, "format": "csv", "filters": {}},
    )
    assert asked.status_code == 202, asked.text
    place = asked.headers["Location"]
    async with asyncio.timeout(EXPORT_S):
        while not await is_done(client, token, place):  # noqa: ASYNC110 (a worker does it)
            await asyncio.sleep(POLL_S)
    return (await client.get(f"{place}/file", headers=auth(token))).text


async def is_done(client: httpx.AsyncClient, token: str, place: str) -> bool:
    state = (await client.get(place, headers=auth(token))).json()["state"]
    assert state in {"queued", "running", "done"}
    return bool(state == "done")


async def tables_with_numbers(rooms: Rooms) -> AsyncIterator[str]:
    """Tables of which a row, written out as a dump would, has somebody's number in clear."""
    seen = ""
    async with rooms.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            rows = await connection.scalars(text(f'SELECT t::text FROM "{table.name}" t'))
            words = "\n".join(rows)
            seen += words if table.name == "member" else ""
            if whose_numbers(words):
                yield table.name
    assert WISHERS[0].account in seen
