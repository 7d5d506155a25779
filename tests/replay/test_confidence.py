"""What was said in confidence is found wherever it stands in clear, in whatever form."""

import asyncio
import base64
import json
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.commands.confidence import Search, forms_of, look_at_rows
from app.embedded.heard import Heard
from app.routers.rooms import Rooms
from tests.consulting import Consulting
from tests.factories import Factory

pytestmark = pytest.mark.anyio

SECRET, OTHER = "夜里咳嗽，出汗", "夜里咳嗽，没有出汗"
PLAIN = SECRET.encode()


def found(*pieces: bytes, beside: str = "") -> list[str]:
    search = Search([SECRET], {"log": beside} if beside else {})
    stream = search.stream("log", "here")
    for piece in pieces:
        stream.add(piece)
        stream.flush()
    stream.flush()
    return search.check.faults


@pytest.mark.parametrize(
    "leak",
    [
        PLAIN,
        PLAIN.hex().encode(),
        json.dumps({"text": SECRET}).encode(),
        json.dumps({"text": SECRET}).replace("\\", "\\\\").encode(),
        *(base64.b64encode(b"x" * shift + PLAIN + b"yz") for shift in range(4)),
    ],
)
def test_it_is_found_in_every_form_also_where_two_pieces_meet(leak: bytes) -> None:
    whole = b"before " + leak + b" after"
    assert found(whole) == ["log: here"]
    for cut in range(len(whole)):
        assert found(whole[:cut], whole[cut:]) == ["log: here"], cut


def test_what_only_resembles_it_is_not_found() -> None:
    assert found(OTHER.encode(), OTHER.encode().hex().encode(), json.dumps(OTHER).encode()) == []
    assert all(form not in OTHER.encode() for form in forms_of(SECRET))


def test_a_place_in_which_nothing_at_all_is_found_is_a_fault() -> None:
    assert found(b"GET /v1/health/talks", beside="/v1/health/talks") == []
    assert found(b"", beside="/v1/health/talks") == ["log: what does stand there is not found"]


async def test_in_rows_it_is_found_as_text_and_as_bytes_and_not_where_it_is_sealed(
    rooms: Rooms, make: Factory, consulting: Consulting
) -> None:
    member, doctor = await consulting.asker(), await consulting.expert()
    thread_id = await consulting.taken(member, doctor, SECRET)
    await consulting.desk(doctor.headers, thread_id, "messages", text=SECRET)
    await consulting.desk(doctor.headers, thread_id, "hand-over", note=SECRET)

    async def faults() -> list[str]:
        search = Search([SECRET], {"rows": "李医生"})
        await look_at_rows(search, rooms.engine)
        return search.check.faults

    assert await faults() == []
    async with rooms.engine.begin() as connection:
        await connection.execute(text("UPDATE pack SET title = :leak"), {"leak": SECRET})
        await connection.execute(text("UPDATE health_message SET text_sealed = :b"), {"b": PLAIN})
    assert await faults() == ["rows: table health_message", "rows: table pack"]


async def test_a_table_may_take_longer_than_a_statement_at_the_edge(rooms: Rooms) -> None:
    url = str(rooms.settings.database_url)
    hurried = create_async_engine(
        url, connect_args={"server_settings": {"statement_timeout": "200"}}
    )

    async def look() -> list[str]:
        search = Search([SECRET], {})
        await look_at_rows(search, hurried)
        return search.check.faults

    async with rooms.engine.connect() as held:
        await held.execute(text("LOCK TABLE pack"))
        looking = asyncio.create_task(look())
        await asyncio.sleep(0.5)
        assert not looking.done()
    assert await looking == []
    await hurried.dispose()


def test_what_a_service_says_is_kept_and_shown_where_somebody_asks_for_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for is_shown in (True, False):
        with Heard(tmp_path / "log", is_shown=is_shown) as heard:
            with open(heard.output, "w", closefd=False) as output:
                output.write("said\n")
            if not is_shown:
                assert heard.path.read_text() == "said\n"
        assert capfd.readouterr().out == ("said\n" if is_shown else "")
        assert not heard.path.exists()
