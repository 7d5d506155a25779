"""The words of notices on the staff's page, and what was sent in them.

Two editors at once: one wins and the other is told. The control takes the key of versions
away; both must win there, or the race proves nothing.
"""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.models.notices import NoticeSend, NoticeTemplate
from app.models.states import NoticeChannel, NoticeOutcome, Role
from app.packs.breakfast.notices import NOTICES, VOUCHER_EXPIRING
from app.platform.clock import Clock
from app.platform.crypto import Digester, KeyRing
from app.platform.db import Sessions
from app.platform.errors import VersionStale
from app.platform.ids import new_id
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from app.shared.ledger import Actor
from app.shared.notices import Template, change_template, gather, wording_of
from tests.factories import Factory, auth, tell
from tests.shared.outbox.bench import unguarded, until

pytestmark = pytest.mark.anyio

TEMPLATES = "/v1/admin/notice-templates"
TEMPLATE = f"{TEMPLATES}/{VOUCHER_EXPIRING}"
SENDS = "/v1/admin/notice-sends"
WORDS = {
    "title_zh": "快用早餐券",
    "body_zh": "{last_day}到期。",
    "title_en": "Use your voucher",
    "body_en": "Good until {last_day}.",
}
EDITORS = 4
DIGESTER = Digester(KeyRing({1: b"k" * 32}))


class Desk:
    """A member of staff who looks after words."""

    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self.client, self.headers = client, auth(token)

    async def read(self) -> dict[str, Any]:
        answer = await self.client.get(TEMPLATE, headers=self.headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def write(self, version: int = 0, **changes: Any) -> httpx.Response:
        body = {**WORDS, "version": version, **changes}
        return await self.client.put(TEMPLATE, headers=self.headers, json=body)

    async def preview(self, **body: Any) -> httpx.Response:
        return await self.client.post(f"{TEMPLATE}/preview", headers=self.headers, json=body)


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid"), answer.text
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


@pytest.fixture
async def desk(client: httpx.AsyncClient, make: Factory) -> Desk:
    return Desk(client, await make.staff(Role.CAMPAIGN_MANAGER))


async def test_until_it_is_edited_a_kind_has_the_words_that_it_came_with(desk: Desk) -> None:
    shown = await desk.read()
    assert (shown["version"], shown["edited_by"], shown["edited_at"]) == (0, None, None)
    assert "{last_day}" in shown["body_zh"]
    assert {each["name"]: each["needed"] for each in shown["variables"]} == {
        "face_value": False,
        "last_day": True,
        "area": False,
        "store_count": False,
    }
    listed = await desk.client.get(TEMPLATES, headers=desk.headers)
    assert shown in listed.json()["items"]


async def test_edited_words_are_those_of_the_next_notice_and_not_of_the_last(
    desk: Desk, make: Factory
) -> None:
    member = await make.member()
    await tell(make, member, key="test:1")
    answer = await desk.write()
    assert answer.status_code == 200, answer.text
    assert answer.json()["version"] == 1
    assert await desk.read() == answer.json()
    await tell(make, member, key="test:2")
    inbox = await desk.client.get("/v1/me/notices", headers=auth(make.token(member)))
    assert [each["title"] for each in inbox.json()["items"]] == ["快用早餐券", "早餐券即将到期"]


async def test_words_written_after_an_older_version_are_refused(desk: Desk) -> None:
    assert (await desk.write()).status_code == 200
    answer = await desk.write(title_zh="别的")
    assert (answer.status_code, answer.json()["code"]) == (412, "version_stale")
    assert answer.json()["version"] == 1
    assert (await desk.write(5)).status_code == 412
    assert (await desk.read())["title_zh"] == "快用早餐券"


async def test_every_version_is_kept(desk: Desk, rooms: Rooms) -> None:
    await desk.write(0)
    await desk.write(1, title_zh="又改了")
    async with rooms.sessions() as session:
        rows = await session.execute(
            select(NoticeTemplate.version, NoticeTemplate.title_zh).order_by(NoticeTemplate.version)
        )
        assert rows.all() == [(1, "快用早餐券"), (2, "又改了")]


async def test_variables_that_are_unknown_or_missing_are_refused_by_name(desk: Desk) -> None:
    answer = await desk.write(body_zh="{phone}", body_en="{last_day} {member.name}")
    assert sorted(faults(answer)) == [
        ("#/body_en", "variable_malformed"),
        ("#/body_zh", "variable_missing"),
        ("#/body_zh", "variable_unknown"),
    ]
    details = " ".join(each["detail"] for each in answer.json()["errors"])
    assert "phone" in details
    assert "last_day" in details
    assert (await desk.read())["version"] == 0


async def test_a_preview_shows_what_a_member_would_read_and_keeps_nothing(desk: Desk) -> None:
    answer = await desk.preview(body_zh="{area}：{last_day}，{face_value}，{store_count}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["body_zh"] == "市南区：1月15日，10 元，120"
    assert answer.json()["title_zh"] == "早餐券即将到期"
    assert (await desk.read())["version"] == 0


async def test_a_preview_takes_other_values(desk: Desk) -> None:
    given = {"face_value": 850, "last_day": "2099-12-31", "area": None, "store_count": 1}
    answer = await desk.preview(
        body_zh="{area}：{last_day}，{face_value}，{store_count}", variables=given
    )
    assert answer.json()["body_zh"] == "全市：12月31日，8.50 元，1"


async def test_values_of_a_preview_are_all_there_and_none_else(desk: Desk) -> None:
    answer = await desk.preview(
        variables={"face_value": "10", "area": "atlantis", "phone": "1", "store_count": 1}
    )
    assert sorted(faults(answer)) == [
        ("#/variables/area", "variable_type"),
        ("#/variables/face_value", "variable_type"),
        ("#/variables/last_day", "variable_missing"),
        ("#/variables/phone", "variable_unknown"),
    ]


@pytest.mark.parametrize("kind", ["wishes.unheard_of", "breakfast.voucher"])
async def test_a_kind_that_nobody_declares_is_not_found(desk: Desk, kind: str) -> None:
    for method, path, body in (
        ("GET", kind, None),
        ("PUT", kind, {**WORDS, "version": 0}),
        ("POST", f"{kind}/preview", {}),
    ):
        answer = await desk.client.request(
            method, f"{TEMPLATES}/{path}", headers=desk.headers, json=body
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), method


async def test_sends_are_listed_with_their_outcome_and_without_a_person(
    desk: Desk, make: Factory, rooms: Rooms
) -> None:
    member = await make.member()
    ids = [await tell(make, member, key=f"test:{each}") for each in range(2)]
    await _send(rooms, ids[0], NoticeOutcome.SENT)
    await _send(rooms, ids[1], NoticeOutcome.FAILED, error="http_410")
    answer = await desk.client.get(SENDS, headers=desk.headers)
    newest_first = [str(each) for each in ids[::-1]]
    assert [each["notice_id"] for each in answer.json()["items"]] == newest_first
    assert member.member_no not in answer.text
    [failed] = (
        await desk.client.get(SENDS, headers=desk.headers, params={"outcome": "failed"})
    ).json()["items"]
    assert (failed["error"], failed["kind"]) == ("http_410", VOUCHER_EXPIRING)
    none = await desk.client.get(SENDS, headers=desk.headers, params={"kind": "wishes.claimed"})
    assert none.json()["items"] == []


async def _send(
    rooms: Rooms, notice_id: UUID, outcome: NoticeOutcome, error: str | None = None
) -> None:
    now = rooms.clock.now()
    async with rooms.sessions.begin() as session:
        await session.execute(
            insert(NoticeSend).values(
                id=new_id(),
                notice_id=notice_id,
                channel=NoticeChannel.PUSH,
                job_id=new_id(),
                outcome=outcome,
                error=error,
                first_at=now,
                last_at=now,
            )
        )


async def _edit_at_once(engine: AsyncEngine, sessions: Sessions) -> list[Template | VersionStale]:
    """Several who have all looked before any of them writes."""

    async def edit(editor: int) -> Template | VersionStale:
        try:
            return await change_template(
                sessions,
                gather(NOTICES),
                Clock(),
                actor=Actor.system(f"editor-{editor}", DIGESTER),
                kind=VOUCHER_EXPIRING,
                version=0,
                wording=wording_of(WORDS),
            )
        except VersionStale as stale:
            return stale

    async def all_wait() -> bool:
        async with sessions() as session:
            return await session.scalar(WAITING) == EDITORS

    async with engine.connect() as holder, asyncio.TaskGroup() as group:
        # Whoever looks may, whoever writes waits.
        await holder.execute(text("LOCK TABLE notice_template IN SHARE MODE"))
        tasks = [group.create_task(edit(each)) for each in range(EDITORS)]
        await until(all_wait)
        await holder.rollback()
    return [task.result() for task in tasks]


WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def test_of_editors_who_write_at_once_one_wins_and_the_others_are_told(rooms: Rooms) -> None:
    answers = await _edit_at_once(rooms.engine, rooms.sessions)
    assert len([each for each in answers if isinstance(each, Template)]) == 1
    assert [each.facts for each in answers if isinstance(each, VersionStale)] == [
        {"version": 1}
    ] * (EDITORS - 1)


async def test_the_control_lets_all_of_them_win_without_the_key_of_versions(
    settings: Settings,
) -> None:
    async with unguarded(settings) as bench:
        async with bench.engine.begin() as connection:
            await connection.exec_driver_sql(
                "ALTER TABLE notice_template DROP CONSTRAINT pk_notice_template"
            )
        answers = await _edit_at_once(bench.engine, bench.sessions)
    assert all(isinstance(each, Template) for each in answers)
