"""Why a file is not made at once, not made at all, or no longer there."""

from app.platform.errors import Refusal, Words


class TooManyRows(Refusal):
    """Fact `most`: how many rows are answered at once."""

    status, code = 422, "too_many_rows"
    title = Words("行数过多", "Too many rows")
    detail = Words(
        "超过 {most} 行：请缩小范围，或用 POST /v1/admin/exports 在后台导出。",
        "More than {most} rows: ask for fewer, or have the file made by POST /v1/admin/exports.",
    )


class ExportsUnfinished(Refusal):
    """Fact `most`: how many a member of staff may have under way."""

    status, code = 409, "exports_unfinished"
    title = Words("尚有未完成的导出", "Exports still under way")
    detail = Words(
        "您已有 {most} 个导出尚未完成，请等其中一个完成。",
        "{most} of your exports are still under way; wait until one of them is done.",
    )


class ExportGone(Refusal):
    status, code = 410, "export_gone"
    title = Words("导出文件已清除", "The export is gone")
    detail = Words(
        "文件保留七天，请重新导出。", "Files are kept for seven days; ask for a new one."
    )
