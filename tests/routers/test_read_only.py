"""The read-only switch: everything can be looked at and nothing changed, in every process, until
staff turn it off; then what was refused is sent again and done once."""

import asyncio

import httpx
import pytest
from sqlalchemy import text

from app.main import open_rooms
from app.models.states import Role
from app.platform.jobs import Handler, Payload, Within
from app.platform.pulse import PERIOD_S
from app.routers.guarded_route import LOOKS
from app.routers.rooms import Rooms
from app.shared.outbox import NewJob, Runner, put
from tests.calls import callers, good_calls
from tests.factories import Factory, auth
from tests.tills import Counter
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

SWITCH = "/v1/admin/read-only"
REASON = {"reason": "换服务器"}
# Who may sign in and turn the switch may do so at any time.
GOES_ON = {"POST /v1/oauth/token", f"POST {SWITCH}/on", f"POST {SWITCH}/off"}
CHANGING = [call for call in good_calls() if call.operation.method.upper() not in LOOKS]
DONE = "SELECT count(*) FROM job WHERE kind = 'test.paused' AND state = 'done'"


async def heard(rooms: Rooms, *, is_on: bool) -> None:
    """The process has heard of it."""
    async with asyncio.timeout(10):
        while rooms.read_only.is_on is not is_on:  # noqa: ASYNC110 - the pulse is another task
            await asyncio.sleep(0.02)


@pytest.fixture
async def switched_on(make: Factory, rooms: Rooms) -> None:
    """After the test has set its scene by a call of its own."""
    await make.read_only("on")
    await heard(rooms, is_on=True)


async def counted(rooms: Rooms) -> dict[str, int]:
    """Rows of every table but those that looking leaves behind."""
    left_behind = ("ledger_entry", "ledger_seal", "data_access", "staff_session", "store_device")
    async with rooms.sessions() as session:
        names = await session.scalars(
            text("SELECT relname::text FROM pg_stat_user_tables WHERE schemaname = 'public'")
        )
        tables = sorted(set(names) - set(left_behind))
        columns = ", ".join(f"(SELECT count(*) FROM {name})" for name in tables)
        row = (await session.execute(text(f"SELECT {columns}"))).one()
    return dict(zip(tables, row, strict=True))


async def test_every_change_is_refused_alike_and_begins_nothing(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    await make.campaign()
    headers = await callers(make)
    await make.read_only("on")
    await heard(rooms, is_on=True)
    before = await counted(rooms)
    wrong = {}
    for call in CHANGING:
        if call.name in GOES_ON:
            continue
        answer = await call.send(client, headers[call.route.access.audience])
        told = (answer.status_code, answer.json().get("code"))
        later = int(answer.headers.get("Retry-After", 0)) >= 30
        if told != (503, "read_only") or not call.lists("read_only") or not later:
            wrong[call.name] = told
    assert wrong == {}
    assert await counted(rooms) == before
    assert {call.name for call in CHANGING if not call.lists("read_only")} == GOES_ON


async def test_who_may_not_call_is_told_so_first_and_everything_can_be_looked_at(
    client: httpx.AsyncClient, make: Factory, switched_on: None
) -> None:
    member, headers = await make.member(), await callers(make)
    batch_id = (await make.batch()).id
    nobody = await client.post(f"/v1/breakfast/batches/{batch_id}/claims")
    assert nobody.status_code == 401
    read = [call for call in good_calls() if call.operation.method.upper() in LOOKS]
    for call in read[::3]:
        answer = await call.send(client, headers[call.route.access.audience])
        assert answer.status_code < 500, (call.name, answer.text)
    assert len(read) > 100
    mine = await client.get("/v1/breakfast/vouchers", headers=auth(make.token(member)))
    assert mine.json()["items"] == []


async def test_staff_turn_it_on_and_off_and_what_was_refused_is_done_once_when_sent_again(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    """By way of two processes, of which one is only told by the pulse."""
    administrator = auth(await make.staff(Role.ADMINISTRATOR))
    member, till = await make.member(), await Counter(make).till()
    batch = await make.batch(total=1)
    path, press = (
        f"/v1/breakfast/batches/{batch.id}/claims",
        auth(make.token(member), "k1"),
    )
    off = await client.get(SWITCH, headers=administrator)
    assert off.json()["state"] == "off"
    on = await client.post(f"{SWITCH}/on", headers=administrator, json=REASON)
    assert (on.status_code, on.json()["state"], on.json()["reason"]) == (200, "on", "换服务器")
    again = await client.post(f"{SWITCH}/on", headers=administrator, json=REASON)
    assert (again.status_code, again.json()["code"]) == (409, "state_conflict")
    async with open_rooms(rooms.settings) as other:
        assert other.read_only.is_on
        await heard(rooms, is_on=True)
        # The early way, the front and the framework alike.
        refused = await client.post(path, headers=press)
        assert (refused.status_code, refused.json()["code"]) == (503, "read_only")
        signed_in = await client.post(
            "/v1/oauth/token",
            data={"grant_type": "password", "username": "nobody", "password": "none at all"},
        )
        assert signed_in.json()["error"] == "invalid_grant"
        await client.post(f"{SWITCH}/off", headers=administrator, json=REASON)
        await heard(rooms, is_on=False)
        await heard(other, is_on=False)
    granted = [await client.post(path, headers=press) for _ in range(2)]
    assert [each.status_code for each in granted] == [201, 201]
    assert granted[0].content == granted[1].content
    redeemed = await client.put(
        "/v1/store/redemptions/after-1",
        headers=auth(rooms.own_tokens.issue_till(till)),
        json={"code": granted[0].json()["code"]},
    )
    assert redeemed.status_code == 201
    await assert_books_are_right(rooms)

    # Also the no that a crowd hears before anything else is done.
    late = auth(make.token(await make.member()), "k2")
    for _ in range(3):
        sold_out = await client.post(path, headers=late)
        assert (sold_out.status_code, sold_out.json()["code"]) == (409, "sold_out")
    await make.read_only("on")
    await heard(rooms, is_on=True)
    refused = await client.post(path, headers=late)
    assert (refused.status_code, refused.json()["code"]) == (503, "read_only")


async def test_workers_begin_no_job_meanwhile_and_do_it_afterwards(
    make: Factory, rooms: Rooms, switched_on: None
) -> None:
    done = asyncio.Event()

    async def act(session: object, payload: Payload) -> None:
        done.set()

    handlers: dict[str, Handler] = {"test.paused": Within(act)}
    async with rooms.sessions.begin() as session:
        await put(session, NewJob("test.paused"))
    stop = asyncio.Event()
    runner = Runner(rooms.sessions, handlers, is_paused=lambda: rooms.read_only.is_on)
    running = asyncio.create_task(runner.run(stop))
    try:
        await asyncio.sleep(2 * PERIOD_S)
        assert not done.is_set()
        await make.read_only("off")
        async with asyncio.timeout(20):
            await done.wait()
    finally:
        stop.set()
        await running
    async with rooms.sessions() as session:
        assert await session.scalar(text(DONE)) == 1
