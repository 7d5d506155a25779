"""Nobody waits longer because the books have many members: no statement of a member's path, nor of
staff's search and report, reads a table of members from end to end.

A city is put into the books, a small campaign is played and everything is looked at; then
PostgreSQL is asked how it would go about each statement that was sent. What must read them all
(exports, `verify`, erasing what is due) is not asked here.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, Engine, event, text

from app.models.states import Role
from app.routers.rooms import Rooms
from app.shared.identity.seals import NAME, PHONE, PHONE_LAST4
from tests.factories import Factory, auth
from tests.reporting import Playing
from tests.tills import Counter

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
CITY = 30_000
# A fiftieth of them have these.
LAST4 = "1234"
# Tables with rows of members by the number of members, whatever happens.
LARGE = {"member", "person", "member_category"}
ASKED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")
PEOPLE = f"""
    WITH people AS (
        INSERT INTO person (id, id_number_digest, id_number_sealed)
        SELECT gen_random_uuid(), sha256(CAST(n::text AS bytea)), ''
          FROM generate_series(1, {CITY}) n RETURNING id),
    members AS (
        INSERT INTO member (id, member_no, person_id, name_sealed, phone_sealed,
                            phone_last4_digest, district)
        SELECT gen_random_uuid(), 'C' || left(id::text, 18), id, :name, :phone,
               CASE WHEN row_number() OVER () % 50 = 0 THEN CAST(:last4 AS bytea)
                    ELSE sha256(CAST((row_number() OVER () % 10000)::text AS bytea)) END,
               (ARRAY['shinan', 'shibei', 'licang'])[1 + row_number() OVER () % 3]
          FROM people RETURNING id)
    INSERT INTO member_category (member_id, category) SELECT id, 'hardship' FROM members
"""
Sent = dict[str, Any]


async def test_no_path_reads_all_members_whatever_the_books_hold(
    client: httpx.AsyncClient, counter: Counter, make: Factory, rooms: Rooms
) -> None:
    async with rooms.engine.begin() as connection:
        sealed = {
            "name": NAME.seal(rooms.sealer, "王"),
            "phone": PHONE.seal(rooms.sealer, "1"),
            "last4": PHONE_LAST4.digest(rooms.digester, LAST4),
        }
        await connection.execute(text(PEOPLE), sealed)
    with listening() as sent:
        playing = await Playing(client, counter, make).play()
        await playing.play_on()
        await look_around(playing)
    async with rooms.engine.connect() as connection:
        await connection.execute(text("ANALYZE"))
        reads = {
            statement: tables
            for statement, parameters in sent.items()
            if (tables := await connection.run_sync(read_whole, statement, parameters) & LARGE)
        }
        assert not reads
        # The look finds what it looks for; and it looked at much.
        search = "SELECT id FROM member WHERE name_sealed = '\\x01'"
        assert await connection.run_sync(read_whole, search, ()) == {"member"}
        # Hundreds have the same four digits; a page of them is read in its order and no further.
        [by_phone] = [each for each in sent if "phone_last4_digest IN" in each]
        steps = await connection.run_sync(explained, by_phone, sent[by_phone])
        assert "Sort" not in {step["Node Type"] for step in steps}
        assert "ix_member_phone_last4_digest_member_no" in {
            step.get("Index Name") for step in steps
        }
    of_members = [statement for statement in sent if " member" in statement]
    assert len(of_members) > 40


async def look_around(playing: Playing) -> None:
    """Every page without an id, as a member and as staff; staff's search; at last an erasure."""
    make, client = playing.make, playing.client
    member = auth(make.token(playing.members["both"]))
    staff = auth(await make.staff(Role.ADMINISTRATOR))
    paths: dict[str, Any] = json.loads((ROOT / "openapi.json").read_text())["paths"]
    for path in (path for path, acts in paths.items() if "get" in acts and "{" not in path):
        headers = staff if path.startswith("/v1/admin/") else member
        answer = await client.get(path, headers=headers)
        assert answer.status_code < 500, path
        assert "_sealed" not in answer.text, path
    number = playing.members["both"].member_no
    for query in ({"member_no": number}, {"phone_last4": LAST4}):
        found = await client.get("/v1/admin/members", headers=staff, params=query)
        assert found.json()["items"], query
    erased = await client.post("/v1/me/erasure", headers={**member, "Idempotency-Key": '"gone"'})
    assert erased.status_code < 500, erased.text


@contextmanager
def listening() -> Iterator[Sent]:
    """Each statement that is sent meanwhile, with the values of its first time."""
    sent: Sent = {}

    def hear(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        if statement.lstrip().upper().startswith(ASKED):
            first = parameters[0] if isinstance(parameters, list) else parameters
            sent.setdefault(statement, first)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def read_whole(connection: Connection, statement: str, parameters: Any) -> set[str]:
    """The tables that PostgreSQL would read from end to end."""
    steps = explained(connection, statement, parameters)
    return {step["Relation Name"] for step in steps if step["Node Type"] == "Seq Scan"}


def explained(connection: Connection, statement: str, parameters: Any) -> list[dict[str, Any]]:
    """The steps in which PostgreSQL would go about it."""
    rows = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
    found = rows.scalar_one()
    plans = json.loads(found) if isinstance(found, str) else found
    return [step for plan in plans for step in _with_parts(plan["Plan"])]


def _with_parts(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _with_parts(part)
