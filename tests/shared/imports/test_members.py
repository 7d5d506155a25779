"""Members' files: what a person in the office sees after handing one in."""

import asyncio
import io
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from openpyxl import Workbook
from sqlalchemy import text, update

from app.models.identity import Member
from app.models.states import Category
from app.routers.rooms import Rooms
from app.shared.identity.callers import Actor
from app.shared.identity.id_number import check_digit
from app.shared.identity.seals import ID_NUMBER as SEALED_ID_NUMBER
from app.shared.identity.seals import NAME, PHONE
from app.shared.imports import ImportReport, import_members, load
from app.shared.imports.load import ChunkReport
from tests.locks import unwritable

HEADER = "member_no,name,id_number,phone,district,categories"
TODAY = date(2026, 11, 24)
ID_NUMBER = "11010519491231002X"

pytestmark = pytest.mark.anyio


def id_number(index: int) -> str:
    """An identity number of a region that does not exist."""
    digits = f"99{index // 1000:04}19800101{index % 1000:03}"
    return digits + check_digit(digits)


def row(
    index: int,
    *,
    number: str | None = None,
    phone: str = "12000000001",
    categories: str = "outdoor",
    district: str = "west_coast",
) -> str:
    return ",".join(
        [f"P{index}", "王小明", number or id_number(index), phone, district, categories]
    )


def actor(rooms: Rooms) -> Actor:
    return Actor.system("test", rooms.digester)


async def load_rows(rooms: Rooms, *rows: str, header: str = HEADER) -> ImportReport:
    return await load_file(rooms, "\n".join([header, *rows]).encode())


async def load_file(rooms: Rooms, content: bytes) -> ImportReport:
    return await import_members(
        rooms.engine,
        rooms.sealer,
        rooms.digester,
        io.BytesIO(content),
        actor=actor(rooms),
        today=TODAY,
    )


async def fetch(rooms: Rooms, sql: str) -> Sequence[object]:
    async with rooms.engine.connect() as connection:
        return (await connection.execute(text(sql))).all()


def counts(report: ImportReport) -> tuple[int, int, int, int, int]:
    return report.read, report.added, report.changed, report.unchanged, report.refused


def refused(report: ImportReport) -> list[tuple[int, str]]:
    return [(refusal.line, refusal.code) for refusal in report.refusals]


async def test_a_member_of_the_file_is_there_sealed_and_entitled(rooms: Rooms) -> None:
    report = await load_rows(rooms, row(1, number=ID_NUMBER, categories="outdoor|hardship"))

    assert counts(report) == (1, 1, 0, 0, 0)
    member = await rooms.directory.find("P1")
    assert member is not None
    assert member.categories_on(TODAY) == {Category.OUTDOOR, Category.HARDSHIP}
    [(name, phone, number)] = await fetch(
        rooms,
        "SELECT name_sealed, phone_sealed, id_number_sealed "
        "FROM member JOIN person ON person.id = person_id",
    )
    assert NAME.open(rooms.sealer, name) == "王小明"
    assert PHONE.open(rooms.sealer, phone) == "12000000001"
    assert SEALED_ID_NUMBER.open(rooms.sealer, number) == ID_NUMBER


async def test_the_same_file_again_changes_nothing(rooms: Rooms) -> None:
    rows = [row(1), row(2, categories=""), row(3, categories="hardship|outdoor")]
    await load_rows(rooms, *rows)
    before = await fetch(rooms, "SELECT * FROM member ORDER BY member_no")

    report = await load_rows(rooms, *rows)

    assert counts(report) == (3, 0, 0, 3, 0)
    assert await fetch(rooms, "SELECT * FROM member ORDER BY member_no") == before


async def test_a_changed_row_changes_that_member_only(rooms: Rooms) -> None:
    await load_rows(rooms, row(1), row(2))

    report = await load_rows(rooms, row(1), row(2, phone="12000000002", district="shinan"))

    assert counts(report) == (2, 0, 1, 1, 0)
    assert await fetch(rooms, "SELECT member_no, version, district FROM member ORDER BY 1") == [
        ("P1", 1, "west_coast"),
        ("P2", 2, "shinan"),
    ]


async def test_the_files_categories_replace_the_members(rooms: Rooms) -> None:
    header = HEADER + ",category_source,category_until"
    await load_rows(rooms, row(1, categories="outdoor|hardship"))

    await load_rows(
        rooms, row(1, categories="hardship|new_employment") + ",街道,2026-12-31", header=header
    )

    assert await fetch(
        rooms, "SELECT category, source, valid_until FROM member_category ORDER BY 1"
    ) == [
        ("hardship", "街道", date(2026, 12, 31)),
        ("new_employment", "街道", date(2026, 12, 31)),
    ]


async def test_what_staff_have_set_since_stays_when_the_same_file_comes_again(rooms: Rooms) -> None:
    await load_rows(rooms, row(1))
    async with rooms.sessions.begin() as session:
        await session.execute(text("DELETE FROM member_category"))

    report = await load_rows(rooms, row(1))

    assert counts(report) == (1, 0, 0, 1, 0)
    assert await fetch(rooms, "SELECT * FROM member_category") == []


async def test_two_accounts_with_one_identity_number_are_one_person(rooms: Rooms) -> None:
    await load_rows(rooms, row(1, number=ID_NUMBER), row(2, number=ID_NUMBER.lower()))
    await load_rows(rooms, row(3, number=ID_NUMBER))

    assert await fetch(rooms, "SELECT count(*), count(DISTINCT person_id) FROM member") == [(3, 1)]
    assert await fetch(rooms, "SELECT count(*) FROM person") == [(1,)]


async def test_an_account_does_not_become_another_persons(rooms: Rooms) -> None:
    await load_rows(rooms, row(1, number=ID_NUMBER))

    report = await load_rows(rooms, row(1, number=id_number(7), phone="12000000009"))

    assert refused(report) == [(2, "id_number_changed")]
    assert await fetch(rooms, "SELECT version FROM member") == [(1,)]
    assert await fetch(rooms, "SELECT count(*) FROM person") == [(1,)]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (row(1, number="3.7E+17"), "number_spoilt_by_excel"),
        (row(1, number="110105194912310021"), "id_number_check_digit_wrong"),
        (row(1, number="110105189912310029"), "id_number_date_invalid"),
        (row(1, number="110105202702300029"), "id_number_date_invalid"),
        (row(1, number="11010519491231"), "id_number_malformed"),
        (row(1, number=" "), "value_missing"),
        (row(1, phone="1.2E+10"), "number_spoilt_by_excel"),
        (row(1, phone="0532-12345"), "phone_malformed"),
        (row(1, district="huangdao"), "district_unknown"),
        (row(1, categories="outdoor|rider"), "category_unknown"),
        (row(1).replace("P1", "P 1"), "number_malformed"),
        (row(1).replace("王小明", ""), "value_missing"),
        (row(1).replace("王小明", "王" * 81), "value_too_long"),
        (row(1) + ",more", "row_malformed"),
    ],
)
async def test_a_bad_row_is_refused_by_name_and_stops_nothing(
    rooms: Rooms, bad: str, code: str
) -> None:
    report = await load_rows(rooms, row(5), bad, row(6))

    assert refused(report) == [(3, code)]
    assert counts(report) == (3, 2, 0, 0, 1)
    assert await fetch(rooms, "SELECT member_no FROM member ORDER BY 1") == [("P5",), ("P6",)]
    assert await fetch(rooms, "SELECT count(*) FROM person") == [(2,)]


async def test_the_report_never_repeats_an_identity_number(rooms: Rooms) -> None:
    wrong = "110105194912310021"

    report = await load_rows(rooms, row(1, number=wrong), row(2, district=wrong))

    assert report.refused == 2
    assert wrong not in repr(report)


async def test_of_two_rows_with_one_number_the_first_counts(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "CHUNK_ROWS", 2)
    rows = [row(1), row(1, phone="12000000002"), row(2), row(1), row(2, categories="")]

    reports = [await load_rows(rooms, *rows), await load_rows(rooms, *rows)]

    for report in reports:
        assert refused(report) == [(number, "duplicate_in_file") for number in (3, 5, 6)]
        assert "2" in report.refusals[0].detail.en
    assert [counts(report)[1:4] for report in reports] == [(2, 0, 0), (0, 0, 2)]


async def test_a_workbook_is_read_as_well(rooms: Rooms) -> None:
    book = Workbook()
    book.active.append(HEADER.split(","))
    book.active.append(["P1", "王小明", ID_NUMBER, 12000000001, "west_coast", "outdoor"])
    book.active.append(["P2", "李雷", 370283199001011000, 12000000002, "shinan", None])
    file = io.BytesIO()
    book.save(file)

    report = await load_file(rooms, file.getvalue())

    assert counts(report) == (2, 1, 0, 0, 1)
    assert refused(report) == [(3, "number_spoilt_by_excel")]
    assert counts(await load_rows(rooms, row(1, number=ID_NUMBER)))[3] == 1


async def test_a_long_file_is_reported_as_it_goes_and_remembered_in_bounds(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "CHUNK_ROWS", 10)
    monkeypatch.setattr(load, "MOST_REFUSALS_KEPT", 7)
    content = "\n".join([HEADER, *(row(1, phone="none") for _ in range(25))]).encode()
    chunks: list[ChunkReport] = []

    report = await import_members(
        rooms.engine,
        rooms.sealer,
        rooms.digester,
        io.BytesIO(content),
        actor=actor(rooms),
        today=TODAY,
        on_chunk=chunks.append,
    )

    assert [chunk.read for chunk in chunks] == [10, 10, 5]
    assert sum(len(chunk.refusals) for chunk in chunks) == report.refused == 25
    assert len(report.refusals) == 7


async def test_an_import_that_broke_off_goes_on_where_it_stood(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "CHUNK_ROWS", 2)
    rows = [row(index) for index in range(1, 6)]

    def stop(_: ChunkReport) -> None:
        raise KeyboardInterrupt

    content = io.BytesIO("\n".join([HEADER, *rows]).encode())
    with pytest.raises(KeyboardInterrupt):
        await import_members(
            rooms.engine,
            rooms.sealer,
            rooms.digester,
            content,
            actor=actor(rooms),
            today=TODAY,
            on_chunk=stop,
        )

    assert counts(await load_rows(rooms, *rows)) == (5, 3, 0, 2, 0)


async def test_what_was_made_ready_before_its_turn_is_judged_by_what_stands_there_then(
    rooms: Rooms,
) -> None:
    """Of two files at once: what the first one writes, the second one had seen otherwise."""
    await load_rows(rooms, row(1), row(2), row(3))
    content = "\n".join([HEADER, row(1), row(2), row(3), row(4)])
    async with unwritable(rooms.engine, "ledger_entry") as until_waiting:
        # Holds the turn, its rows written, until it may write down that it was here.
        earlier = asyncio.create_task(load_rows(rooms, row(1, phone="12000000009"), row(4)))
        await until_waiting(1)
        later = asyncio.create_task(load_file(rooms, content.encode()))
        await until_waiting(2)

    assert counts(await earlier) == (2, 1, 1, 0, 0)
    # The first is changed back; the fourth is no new one.
    assert counts(await later) == (4, 0, 1, 3, 0)
    assert await fetch(rooms, "SELECT count(*) FROM person") == [(4,)]


async def test_a_large_file_leaves_statistics_of_what_it_brought(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "ANALYZE_FROM", 3)
    analyzed = "SELECT last_analyze FROM pg_stat_user_tables WHERE relname = 'person'"
    await load_rows(rooms, row(1), row(2))
    before = await fetch(rooms, analyzed)

    await load_rows(rooms, row(3), row(4), row(5))

    assert await fetch(rooms, analyzed) != before


async def test_an_entitlement_ends_with_its_last_day(rooms: Rooms) -> None:
    header = HEADER + ",category_until"

    await load_rows(rooms, row(1) + f",{TODAY:%Y/%m/%d}", header=header)

    member = await rooms.directory.find("P1")
    assert member is not None
    assert member.categories_on(TODAY) == {Category.OUTDOOR}
    assert member.categories_on(TODAY + timedelta(days=1)) == set()


async def test_a_member_that_no_file_wrote_is_taken_over_by_one(rooms: Rooms) -> None:
    await load_rows(rooms, row(1))
    async with rooms.sessions.begin() as session:
        await session.execute(update(Member).values(row_digest=None))

    assert counts(await load_rows(rooms, row(1))) == (1, 0, 1, 0, 0)
