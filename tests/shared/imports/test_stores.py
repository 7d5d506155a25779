"""Stores' files: partner stores and the merchants behind them."""

import io
from collections.abc import Sequence

import pytest
from sqlalchemy import text

from app.routers.rooms import Rooms
from app.shared.identity.callers import Actor
from app.shared.imports import ImportReport, import_stores

HEADER = "store_no,name,merchant,district,address,lat,lng,opens,closes"

pytestmark = pytest.mark.anyio


def row(
    index: int,
    *,
    merchant: str = "晨光里",
    lat: str = "36.07",
    opens: str = "06:00",
    closes: str = "22:00",
) -> str:
    return f"S{index},门店,{merchant},shinan,香港中路1号,{lat},120.38,{opens},{closes}"


async def load_rows(rooms: Rooms, *rows: str) -> ImportReport:
    content = io.BytesIO("\n".join([HEADER, *rows]).encode())
    return await import_stores(rooms.engine, content, actor=Actor.system("test", rooms.digester))


async def fetch(rooms: Rooms, sql: str) -> Sequence[object]:
    async with rooms.engine.connect() as connection:
        return (await connection.execute(text(sql))).all()


def counts(report: ImportReport) -> tuple[int, int, int, int, int]:
    return report.read, report.added, report.changed, report.unchanged, report.refused


async def test_stores_come_with_their_hours_and_unknown_merchants_are_created(rooms: Rooms) -> None:
    report = await load_rows(
        rooms,
        row(1, closes="24:00"),
        row(2, opens="18:00", closes="02:00"),
        row(3, merchant="海蓝"),
    )

    assert counts(report) == (3, 3, 0, 0, 0)
    assert await fetch(
        rooms,
        "SELECT store_no, opens, closes, m.name FROM store JOIN merchant m ON m.id = merchant_id "
        "ORDER BY 1",
    ) == [("S1", 360, 1440, "晨光里"), ("S2", 1080, 1560, "晨光里"), ("S3", 360, 1320, "海蓝")]


async def test_the_same_file_again_changes_nothing(rooms: Rooms) -> None:
    await load_rows(rooms, row(1), row(2, lat="36.123456"))

    report = await load_rows(rooms, row(1), row(2, lat="36.1234560"))

    assert counts(report) == (2, 0, 0, 2, 0)
    assert await fetch(rooms, "SELECT DISTINCT version FROM store") == [(1,)]


async def test_a_store_may_change_its_merchant_and_hours_but_stays_suspended(rooms: Rooms) -> None:
    await load_rows(rooms, row(1), row(2))
    async with rooms.sessions.begin() as session:
        await session.execute(text("UPDATE store SET state = 'suspended'"))

    report = await load_rows(rooms, row(1, merchant="海蓝", closes="23:00"), row(2))

    assert counts(report) == (2, 0, 1, 1, 0)
    assert await fetch(
        rooms,
        "SELECT store_no, state, store.version, closes, m.name "
        "FROM store JOIN merchant m ON m.id = merchant_id ORDER BY 1",
    ) == [("S1", "suspended", 2, 1380, "海蓝"), ("S2", "suspended", 1, 1320, "晨光里")]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (row(1, lat="north"), "coordinate_malformed"),
        (row(1, lat="nan"), "coordinate_malformed"),
        (row(1, lat="90.5"), "coordinate_malformed"),
        (row(1, opens="25:00"), "hours_malformed"),
        (row(1, merchant=""), "value_missing"),
        (row(1).replace("S1", "1.2E+17"), "number_spoilt_by_excel"),
        (row(1).replace("shinan", "青岛"), "district_unknown"),
    ],
)
async def test_a_bad_row_is_refused_by_name_and_stops_nothing(
    rooms: Rooms, bad: str, code: str
) -> None:
    report = await load_rows(rooms, row(8), bad, row(9))

    assert [(refusal.line, refusal.code) for refusal in report.refusals] == [(3, code)]
    assert await fetch(rooms, "SELECT store_no FROM store ORDER BY 1") == [("S8",), ("S9",)]
