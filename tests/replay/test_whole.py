"""A hundredth of the whole campaign, every pack's part: the figures are reached, and wishers'
phones and identity numbers, searched for in every answer, log line, export and row of the
database, are found where they may be shown alone."""

import asyncio
import json
import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.commands import replay as command
from app.commands.replay import Outcome
from app.embedded.playground import FOLDER_PREFIX, Playground, playground
from app.models.base import Base
from app.platform.db import create_engine
from app.platform.settings import Settings
from app.replay.members import NewMember
from app.replay.stage import Stage
from app.replay.wire import Answer, Wire
from app.replay.wishes.plan import TELLING, draw_wishes
from tests.embedded.conftest import Launcher, bare_environ, servers_run
from tests.factories import auth
from tests.refusals import NOTING

ROOT = Path(__file__).parents[2]
SCALE, SEED = Fraction(1, 100), 7
REVIEWER, STRANGER = "wish_reviewer", "M00000001"
READERS = ("administrator", "auditor", "privacy_officer", REVIEWER)
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WISH, STAFFS_WISH, COPY = "GET /v1/wishes/{id}", "GET /v1/admin/wishes/{id}", "GET /v1/me/data"
EXPORT_S, POLL_S = 60, 0.2
# Of 200 rows: more than the play leaves anywhere.
PAGES = 40
# What a hundredth of the campaign comes to. Wishes are few and are all played.
FIGURES: dict[str, list[tuple[str, int | None, int]]] = {
    "breakfast": [
        ("stores", 1_000, 10),
        ("vouchers_issued", 20_000, 200),
        ("participants", 1_200, 13),
        ("page_views", 100_000, 1_000),
        ("redeemed", None, 184),
        ("reversed", None, 4),
        ("expired", None, 16),
        ("not_eligible", None, 1),
        ("redeemed_offline", None, 33),
        ("disputes_first_stands", None, 1),
        ("disputes_second_stands", None, 1),
        ("disputes_both_paid", None, 1),
        ("refused_as_redeemed", None, 5),
        ("refused_as_suspended", None, 4),
    ],
    "wishes": [
        ("received", 100, 108),
        ("fulfilled", 64, 64),
        ("fulfilled_afterwards", None, 18),
        ("kinds", 4, 4),
        ("districts", 10, 10),
        ("rejected", None, 10),
        ("withdrawn", None, 8),
        ("expired", None, 8),
        ("claims_lapsed", None, 4),
        ("claims_released", None, 4),
        ("not_done", None, 3),
        ("confirmed_by_staff", None, 7),
        ("posted_on_behalf", None, 3),
        ("flagged_with_two_reviewers", None, 2),
        ("dispatches_accepted", None, 2),
        ("dispatches_refused", None, 2),
        ("two_at_once_one_holder", None, 4),
        ("contact_shown", None, 72),
    ],
}

WISHERS: Sequence[NewMember] = [wish.wisher for wish in draw_wishes(SEED)]
# As they are written, and as a dump shows bytes.
NUMBERS = {
    form: wisher.account
    for wisher in WISHERS
    for number in (wisher.phone, wisher.id_number)
    for form in (number, number.encode().hex())
}
LENGTHS = sorted({len(form) for form in NUMBERS})
# Few, so that megabytes are soon searched; they may overlap.
STARTS = re.compile(f"(?={'|'.join(sorted({form[:4] for form in NUMBERS}))})")


def whose_numbers(words: str) -> set[str]:
    """The accounts of those whose phone or identity number stands there in clear."""
    starts = [start.start() for start in STARTS.finditer(words)]
    forms = (words[start : start + length] for start in starts for length in LENGTHS)
    return {NUMBERS[form] for form in forms if form in NUMBERS}


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


@dataclass(frozen=True)
class Played:
    """What became of a play, who read afterwards by which token, and what could be read."""

    outcome: Outcome
    readers: dict[str | None, str]
    reviewer: str
    files: list[str]
    tables: list[str]


def test_a_hundredth_of_the_campaign_reaches_every_figure_and_tells_no_wishers_number(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    remains = killed_play(folder)
    ear = Ear()
    # TMPDIR is read once a process.
    monkeypatch.setitem(vars(tempfile), "tempdir", str(folder))
    monkeypatch.setenv("LOG_LEVEL", "INFO")
    with playground(None, None) as ground:
        played = asyncio.run(play_and_look(ground, ear))
    captured = capfd.readouterr()

    assert f"Clearing up after a play that was killed ({remains})" in captured.err
    assert not list(folder.iterdir())
    assert played.outcome.is_good, (played.outcome.surprises, played.outcome.faults)
    reached = {
        (each.pack, each.name, each.published, each.reached) for each in played.outcome.figures
    }
    assert reached == {(pack, *figure) for pack, all_of in FIGURES.items() for figure in all_of}
    assert {heard.place for heard in ear.heard if heard.answer.status < 300} >= {
        "GET /v1/me/notices",
        "GET /v1/admin/audit",
        "GET /v1/admin/jobs",
    }
    assert_shown_where_they_may_be(ear.heard, played)
    assert all(WISHERS[0].account in file or "90" in file for file in played.files)
    assert not whose_numbers("".join(played.files))
    # What the service says, and what the worker says.
    lines = captured.out + captured.err
    assert "already_claimed" in lines
    assert "worker_started" in lines
    assert not whose_numbers(lines)
    # The last look is the control: a number in clear is found.
    assert played.tables == ["pack"]


def test_the_search_finds_what_it_searches_for() -> None:
    one, other = WISHERS[:2]
    assert whose_numbers(f"电话{one.phone}，") == {one.account}
    assert whose_numbers(f"12{one.phone}，") == {one.account}
    assert whose_numbers(f"\\x00{other.id_number.encode().hex()}") == {other.account}
    assert not whose_numbers(f"{one.phone[:-1]}x")


def killed_play(folder: Path) -> Path:
    """What a play leaves that is killed (kill -9) as soon as it has begun: its servers run on."""
    environ = {**bare_environ(), "TMPDIR": str(folder), "LOG_LEVEL": "WARNING"}
    killed = Launcher(environ, "app.cli", "replay", "--only", "wishes")
    assert killed.process.stderr is not None
    while "wishes: members" not in killed.process.stderr.readline():
        assert killed.process.poll() is None
    killed.kill()
    [remains] = folder.glob(f"{FOLDER_PREFIX}*")
    assert servers_run(remains)
    return remains


async def play_and_look(ground: Playground, ear: Ear) -> Played:
    """The play; then whatever can be read is read, and the rows, without and with a leak."""
    kinds, connect = command.played(), ear.connect
    outcome = await command.play(ground, SCALE, SEED, kinds, connect=connect)
    engine = create_engine(Settings.of(ground.environ))
    try:
        async with command.stage_on(ground, SCALE, SEED, connect=connect) as stage:
            readers = await look_everywhere(stage)
            reviewer = stage.staff[REVIEWER]
        files = [
            await exported(ground.url, reviewer, what)
            for what in ("wishes.queue", "wishes.service_records")
        ]
        assert not [table async for table in tables_with_numbers(engine)]
        async with engine.begin() as connection:
            title = f"打 {WISHERS[0].phone}"
            await connection.execute(text("UPDATE pack SET title = :title"), {"title": title})
        tables = [table async for table in tables_with_numbers(engine)]
        return Played(outcome, readers, reviewer, files, tables)
    finally:
        await engine.dispose()


def assert_shown_where_they_may_be(everything: Sequence[Heard], played: Played) -> None:
    """To the holder of a live claim, to the reviewer who opens a wish, to the wisher."""
    assert all(heard.answer.status < 500 for heard in everything)
    shown = [heard for heard in everything if whose_numbers(heard.words)]
    assert {heard.place for heard in shown} == {WISH, STAFFS_WISH, COPY}
    opened = [heard for heard in shown if heard.place == STAFFS_WISH]
    assert len({heard.token for heard in opened}) == 1
    wishers = {each.answer.body["id"]: each.answer.body["member_no"] for each in opened}
    for heard in shown:
        body, found = heard.answer.body, whose_numbers(heard.words)
        if heard.place == COPY:
            assert found == {played.readers[heard.token]}
        else:
            assert found == {wishers[body["id"]]}
        if heard.place == WISH:
            # By its own holder, as long as the claim is live.
            assert body["my_claim"]["state"] in {"claimed", "in_progress", "submitted"}


async def look_everywhere(played: Stage) -> dict[str | None, str]:
    """Every page without an id, as wishers who wrote their numbers down, as a stranger and as
    the staff who read most; every wish as a stranger. Answers which account reads by which
    token."""
    paths: dict[str, Any] = json.loads((ROOT / "openapi.json").read_text())["paths"]
    pages = [path for path, acts in paths.items() if "get" in acts and "{" not in path]
    telling = WISHERS[::TELLING]
    accounts = [STRANGER, *(wisher.account for wisher in telling[:3])]
    members: dict[str | None, str] = {played.member_token(account): account for account in accounts}
    for page in pages:
        is_staffs = page.startswith("/v1/admin/")
        for token in [played.staff[role] for role in READERS] if is_staffs else members:
            await read_to_the_end(played.wire, page, token)
    reviewer, stranger = played.staff[REVIEWER], played.member_token(STRANGER)
    for wish in await played.read_all("/v1/admin/wishes", reviewer):
        await played.wire.send("GET", f"/v1/wishes/{wish['id']}", token=stranger)
    for wisher in telling:
        member = f"/v1/admin/members?member_no={wisher.account}"
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


async def exported(url: str, token: str, what: str) -> str:
    async with httpx.AsyncClient(base_url=url, headers=auth(token), event_hooks=NOTING) as client:
        body = {"what": what, "format": "csv", "filters": {}}
        asked = await client.post("/v1/admin/exports", json=body)
        assert asked.status_code == 202, asked.text
        place = asked.headers["Location"]
        async with asyncio.timeout(EXPORT_S):
            while not await is_done(client, place):  # noqa: ASYNC110 (a worker does it)
                await asyncio.sleep(POLL_S)
        return (await client.get(f"{place}/file")).text


async def is_done(client: httpx.AsyncClient, place: str) -> bool:
    state = (await client.get(place)).json()["state"]
    assert state in {"queued", "running", "done"}
    return bool(state == "done")


async def tables_with_numbers(engine: AsyncEngine) -> AsyncIterator[str]:
    """Tables of which a row, written out as a dump would, has somebody's number in clear."""
    seen = ""
    async with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            rows = await connection.scalars(text(f'SELECT t::text FROM "{table.name}" t'))
            words = "\n".join(rows)
            seen += words if table.name == "member" else ""
            if whose_numbers(words):
                yield table.name
    assert WISHERS[0].account in seen
