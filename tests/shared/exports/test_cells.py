"""What a spreadsheet makes of a cell: text stays text, nothing runs, no digit is lost."""

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from app.models.states import ExportFormat
from app.platform.errors import Words
from app.platform.money import yuan
from app.shared.exports import Column, Kind, xlsx_file
from app.shared.exports.cells import csv_text, runs_as_formula
from app.shared.exports.sheets import open_sheet

TITLE = Words("表", "Table")
ID_NUMBER = "370202199001011234"
HOSTILE = [
    "=1+1",
    '=HYPERLINK("http://evil.example","click")',
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1,1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u3000=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
]


def written(form: ExportFormat, kind: Kind, *values: Any) -> bytes:
    columns: list[Column[Any]] = [Column("列", "Column", lambda value: value, kind)]
    file = io.BytesIO()
    sheet = open_sheet(form, file, title=TITLE, columns=columns)
    sheet.add(values)
    sheet.close()
    return file.getvalue()


def csv_cells(kind: Kind, *values: Any) -> list[str]:
    text = written(ExportFormat.CSV, kind, *values).decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header == ["列 Column"]
    return [row[0] for row in rows]


def xlsx_cells(kind: Kind, *values: Any) -> list[Any]:
    book = load_workbook(io.BytesIO(written(ExportFormat.XLSX, kind, *values)))
    return [row[0] for row in book.worksheets[0].iter_rows(min_row=2)]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_would_run_as_a_formula_is_text_in_csv(text: str) -> None:
    assert csv_cells(Kind.TEXT, text) == ["'" + text]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_would_run_as_a_formula_is_text_in_xlsx_as_it_was_written(text: str) -> None:
    (cell,) = xlsx_cells(Kind.TEXT, text)
    assert cell.data_type == "s"
    assert cell.value.replace("_x000D_", "\r") == text


@given(st.text())
def test_no_text_begins_a_formula_once_it_is_in_a_csv_file(text: str) -> None:
    assert not runs_as_formula(csv_text(text))
    assert text in csv_text(text)


@pytest.mark.parametrize(
    "text", [ID_NUMBER, "19900001234".zfill(12), "007", "12E34567", "1.5e10", "2023-11", "1/2"]
)
def test_what_a_spreadsheet_would_spoil_stays_text_in_csv(text: str) -> None:
    assert csv_cells(Kind.TEXT, text) == [f"{text}\t"]


@pytest.mark.parametrize("text", ["QD0001", "2023-0001", "12345678901", "王小明", "0", "扫错了"])
def test_plain_text_is_left_as_it_is(text: str) -> None:
    assert csv_cells(Kind.TEXT, text) == [text]


def test_long_numbers_keep_every_digit_in_xlsx() -> None:
    (cell,) = xlsx_cells(Kind.TEXT, ID_NUMBER)
    assert (cell.data_type, cell.value, cell.number_format) == ("s", ID_NUMBER, "@")


def test_quotes_commas_and_line_breaks_stay_in_their_cell() -> None:
    texts = ['say "hi", then', "two\nlines", ",,,", '"']
    assert csv_cells(Kind.TEXT, *texts) == texts


def test_a_csv_file_begins_with_the_mark_of_utf_8_and_ends_its_lines_as_rfc_4180_says() -> None:
    assert written(ExportFormat.CSV, Kind.TEXT, "一") == (
        b"\xef\xbb\xbf" + '"列 Column"\r\n"一"\r\n'.encode()
    )


@given(st.integers(-(10**14), 10**14))
def test_money_is_exact_to_the_fen(fen: int) -> None:
    whole, _, part = yuan(fen).partition(".")
    assert len(part) == 2
    assert int(whole + part) == fen


def test_money_is_yuan_with_two_decimals() -> None:
    assert csv_cells(Kind.YUAN, 1005, 5, -250, 0) == ["10.05", "0.05", "-2.50", "0.00"]
    (cell,) = xlsx_cells(Kind.YUAN, 1005)
    assert (cell.value, cell.number_format) == (10.05, "0.00")


def test_times_are_those_of_shanghai_and_can_be_counted_with() -> None:
    at = datetime(2023, 1, 4, 16, 30, 1, 999, tzinfo=UTC)
    assert csv_cells(Kind.TIME, at) == ["2023-01-05 00:30:01"]
    (cell,) = xlsx_cells(Kind.TIME, at)
    assert cell.is_date
    assert cell.value == datetime(2023, 1, 5, 0, 30, 1)  # noqa: DTZ001 - a workbook knows no zones


def test_days_flags_counts_and_nothing() -> None:
    assert csv_cells(Kind.DAY, date(2023, 1, 5)) == ["2023-01-05"]
    assert csv_cells(Kind.FLAG, True, False) == ["是", "否"]
    assert csv_cells(Kind.COUNT, 12) == ["12"]
    assert csv_cells(Kind.TEXT, None) == [""]
    (cell,) = xlsx_cells(Kind.COUNT, 12)
    assert (cell.value, cell.data_type) == (12, "n")
    assert xlsx_cells(Kind.FLAG, None, True)[0].value is None


def test_a_workbooks_header_stays_in_sight_in_both_languages() -> None:
    book = load_workbook(io.BytesIO(written(ExportFormat.XLSX, Kind.TEXT, "一")))
    sheet = book.worksheets[0]
    assert (sheet.freeze_panes, sheet["A1"].value) == ("A2", "列\nColumn")
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions["A"].width > 10


def test_more_rows_than_a_sheet_holds_go_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_file, "SHEET_ROWS", 3)
    book = load_workbook(io.BytesIO(written(ExportFormat.XLSX, Kind.COUNT, *range(5))))
    rows = [[row[0].value for row in sheet.iter_rows()] for sheet in book.worksheets]
    assert rows == [["列\nColumn", 0, 1], ["列\nColumn", 2, 3], ["列\nColumn", 4]]
