"""Why a file is refused as a whole. A refused row is not here (`faults.py`)."""

from app.platform.errors import Refusal, Words


class FileEmpty(Refusal):
    status, code = 422, "file_empty"
    title = Words("文件为空", "Empty file")
    detail = Words(
        "文件没有内容；第一行应为列名。",
        "The file has no content; its first line names the columns.",
    )


class FileUnreadable(Refusal):
    """Looks like a workbook and is none, or breaks off in the middle."""

    status, code = 422, "file_unreadable"
    title = Words("文件无法读取", "Unreadable file")
    detail = Words(
        "请使用 CSV（UTF-8 或 GB18030）或 XLSX 文件；旧版 .xls 请另存为 .xlsx。"
        "文件也可能已损坏或不完整。",
        "Use a CSV file (UTF-8 or GB18030) or an XLSX one; save an old .xls as .xlsx. "
        "Or the file is damaged or incomplete.",
    )


class EncodingUnknown(Refusal):
    status, code = 422, "encoding_unknown"
    title = Words("文件编码无法识别", "Unknown encoding")
    detail = Words(
        "文件既不是 UTF-8 也不是 GB18030；请另存为“CSV UTF-8”或 XLSX。",
        'The file is neither UTF-8 nor GB18030; save it as "CSV UTF-8" or as XLSX.',
    )


class HeaderWrong(Refusal):
    """Each wrong column is one of `errors`; fact `expected`: the columns, joined by commas."""

    status, code = 422, "header_wrong"
    title = Words("列名不符", "Wrong columns")
    detail = Words(
        "第一行应为这些列名，顺序不限：{expected}。",
        "The first line names these columns, in any order: {expected}.",
    )


COLUMN_MISSING = Words("缺少该列", "this column is missing")
COLUMN_UNKNOWN = Words("未知的列", "this column is unknown")
COLUMN_REPEATED = Words("该列重复", "this column is there twice")


class WorkbookTooLarge(Refusal):
    """A workbook that would not fit in memory; a CSV file of any length does."""

    status, code = 422, "workbook_too_large"
    title = Words("XLSX 文件过大", "Workbook too large")
    detail = Words(
        "该 XLSX 文件过大，请另存为 CSV 后再导入。",
        "This XLSX file is too large to read; save it as CSV and import that.",
    )
