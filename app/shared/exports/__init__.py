"""Lists as CSV and XLSX, from one description of their columns. See `docs/exports.md`.

Short ones at once (`file_of_list`, `file_of_rows`); long ones as jobs (`request_export`),
whose file is kept for seven days.
"""

from app.shared.exports.ask import (
    find_export,
    find_linked,
    list_exports,
    open_file,
    request_export,
)
from app.shared.exports.columns import Column, Kind
from app.shared.exports.direct import file_of_list, file_of_rows
from app.shared.exports.listing import Exports, Filters, Listing, Making
from app.shared.exports.queries import ExportFacts

__all__ = [
    "Column",
    "ExportFacts",
    "Exports",
    "Filters",
    "Kind",
    "Listing",
    "Making",
    "file_of_list",
    "file_of_rows",
    "find_export",
    "find_linked",
    "list_exports",
    "open_file",
    "request_export",
]
