"""Which files can be read, and that one bad place spoils nothing but itself."""

import io
import zipfile
from datetime import date, datetime, time, timedelta

import pytest
from openpyxl import Workbook

from app.shared.imports import xlsx_rows
from app.shared.imports.csv_rows import LONGEST_LINE
from app.shared.imports.faults import ROW_MALFORMED, TEXT_UNREADABLE
from app.shared.imports.refusals import (
    EncodingUnknown,
    FileEmpty,
    FileUnreadable,
    HeaderWrong,
    WorkbookTooLarge,
)
from app.shared.imports.tables import Columns, table_rows
from app.shared.imports.xlsx_rows import cell_text

COLUMNS = Columns(("no", "name"), ("note_text",))


def read(content: bytes):
    return list(table_rows(io.BytesIO(content), COLUMNS))


def workbook(*rows) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_file_is_read_in_the_encodings_that_offices_use(encoding):
    text = "no,name\r\n1,张三丰\r\n2,𠮷野\r\n"

    assert read(text.encode(encoding)) == [(2, ["1", "张三丰", ""]), (3, ["2", "𠮷野", ""])]


def test_a_gb18030_file_is_recognised_though_its_header_is_plain_ascii_for_long():
    text = "no,name\n" + "1,x\n" * 50_000 + "2,张三\n"

    assert read(text.encode("gb18030"))[-1] == (50_002, ["2", "张三", ""])


def test_a_utf8_file_with_a_broken_byte_stays_utf8_and_loses_that_row_only():
    lines = [f"{number},王小明" for number in range(20)]
    broken = "\n".join(["no,name", *lines]).encode().replace("7,王".encode(), b"7,\xe7\x8e", 1)

    rows = read(broken)

    assert rows[7] == (9, TEXT_UNREADABLE)
    assert rows[8] == (10, ["8", "王小明", ""])
    assert len(rows) == 20


@pytest.mark.parametrize(
    "content",
    ["no,name\n1,张三\n".encode("utf-16"), b"no,name\n" + b"1,\xff\xff\n" * 20],
    ids=["utf-16", "neither"],
)
def test_a_file_in_another_encoding_is_refused_as_a_whole(content):
    with pytest.raises(EncodingUnknown):
        read(content)


def test_columns_may_stand_in_any_order_and_case():
    assert read(b"Name,NOTE_TEXT,no\nzhang,hi,1\n") == [(2, ["1", "zhang", "hi"])]


def test_wrong_columns_are_all_named_at_once():
    with pytest.raises(HeaderWrong) as caught:
        read(b"no,no,nota_text\n1,2,3\n")

    assert {(error.pointer, error.code) for error in caught.value.errors} == {
        ("#/header/name", "column_missing"),
        ("#/header/nota_text", "column_unknown"),
        ("#/header/no", "column_repeated"),
    }


def test_a_file_without_a_header_is_refused_without_repeating_the_person_in_its_first_line():
    with pytest.raises(HeaderWrong) as caught:
        read("11010519491231002X,张三\n".encode())

    assert "1101" not in repr(caught.value.errors) + repr(caught.value.facts)


@pytest.mark.parametrize("content", [b"", b"\n\r\n , \n"], ids=["nothing", "blanks"])
def test_an_empty_file_is_refused(content):
    with pytest.raises(FileEmpty):
        read(content)


def test_blank_lines_are_no_rows_but_count_as_lines():
    assert read(b"no,name\n\n1,a\n,,\n2,b") == [(3, ["1", "a", ""]), (5, ["2", "b", ""])]


def test_a_row_with_too_few_or_too_many_cells_is_refused_alone():
    rows = read(b"no,name\n1\n2,b,c\n3,c\n4,d,,\n")

    assert rows == [
        (2, ROW_MALFORMED),
        (3, ROW_MALFORMED),
        (4, ["3", "c", ""]),
        (5, ["4", "d", ""]),
    ]


def test_quoted_cells_may_hold_commas_quotes_and_line_breaks():
    rows = read(b'no,name\n1,"a, ""b"""\n2,"c\nd"\n3,e\n')

    assert rows == [(2, ["1", 'a, "b"', ""]), (3, ["2", "c\nd", ""]), (5, ["3", "e", ""])]


@pytest.mark.parametrize("later", [b"4,d", b'4,"d'], ids=["never closed", "closed by another"])
def test_an_open_quote_does_not_swallow_the_rows_after_it(later):
    rows = read(b'no,name\n1,"a\n2,b\n3,c\n' + later + b"\n5,e\n")

    assert rows[0] == (2, ROW_MALFORMED)
    assert rows[1] == (3, ["2", "b", ""])
    assert rows[-1] == (6, ["5", "e", ""])


def test_an_endless_line_is_refused_alone():
    rows = read(b"no,name\n1," + b"x" * (3 * LONGEST_LINE) + b"\n2,b\n")

    assert rows == [(2, ROW_MALFORMED), (3, ["2", "b", ""])]


def test_a_workbook_is_read_from_its_first_sheet():
    content = workbook(["no", "name"], [1, "张三"], [], ["2", None], [3.5, "c"])

    assert read(content) == [
        (2, ["1", "张三", ""]),
        (4, ["2", "", ""]),
        (5, ["3.5", "c", ""]),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (13800001234, "13800001234"),
        (13800001234.0, "13800001234"),
        (36.0671, "36.0671"),
        (370283199001011000, "3.70283199001011E+17"),
        (3.70283199001011e17, "3.70283199001011E+17"),
        (time(6, 0), "06:00"),
        (timedelta(days=1), "24:00"),
        (datetime.fromisoformat("1900-01-01 02:00"), "26:00"),
        (datetime.fromisoformat("2026-12-31"), "2026-12-31"),
        (date(2026, 12, 31), "2026-12-31"),
    ],
)
def test_a_workbooks_cell_reads_as_a_person_sees_it(value, text):
    assert cell_text(value) == text


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04 no zip at all", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old .xls"],
    ids=["broken", "xls"],
)
def test_what_looks_like_a_workbook_and_is_none_is_refused(content):
    with pytest.raises(FileUnreadable):
        read(content)


def test_a_workbook_cut_off_in_the_middle_is_refused():
    content = workbook(["no", "name"], *([number, "x"] for number in range(2_000)))

    with pytest.raises(FileUnreadable):
        read(content[: len(content) // 2])


def test_a_row_number_that_no_workbook_has_is_refused_instead_of_counted_up_to():
    with pytest.raises(FileUnreadable):
        read(numbered(workbook(["no", "name"], [1, "x"]), 2, 10**15))


def test_rows_may_be_left_out_of_a_workbook():
    assert read(numbered(workbook(["no", "name"], [1, "x"]), 2, 1_048_576)) == [
        (1_048_576, ["1", "x", ""])
    ]


def numbered(content: bytes, old: int, new: int) -> bytes:
    """The workbook with another number at one of its rows."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(file, "w") as other:
        for part in book.namelist():
            text = book.read(part)
            if part == "xl/worksheets/sheet1.xml":
                text = text.replace(b'<row r="%d"' % old, b'<row r="%d"' % new)
            other.writestr(part, text)
    return file.getvalue()


def test_a_workbook_that_would_not_fit_in_memory_is_refused(monkeypatch):
    monkeypatch.setattr(xlsx_rows, "MOST_HELD_BYTES", 1_000)

    with pytest.raises(WorkbookTooLarge):
        read(workbook(["no", "name"], [1, "x"]))
