"""Small lists, answered at once."""

import asyncio
import io
from collections.abc import Iterable, Sequence
from typing import Any

from app.models.states import ExportFormat
from app.platform.db import Sessions
from app.platform.errors import Words
from app.shared.exports.columns import Column
from app.shared.exports.listing import Exports, Filters
from app.shared.exports.reading import read_pages, snapshot
from app.shared.exports.refusals import TooManyRows
from app.shared.exports.sheets import open_sheet
from app.shared.identity.callers import Districts

# Read and written in well under the time that a caller is promised an answer in.
MOST_ROWS = 5_000


async def file_of_list(
    sessions: Sessions,
    exports: Exports,
    *,
    what: str,
    filters: Filters,
    form: ExportFormat,
    districts: Districts = None,
) -> bytes:
    """The whole file, of the caller's districts; who may have it, its route says.

    Raises `InputInvalid`, `TooManyRows`.

    Lists whose rows are about persons are only made as jobs, which write down who saw whom.
    """
    listing = exports.find(what)
    listing.check_filters(filters)
    assert listing.log_access is None, "a list that logs who was seen is made as a job"
    statement, rows = listing.select(filters, districts), list[Any]()
    async with snapshot(sessions) as session:
        async for page in read_pages(session, listing, statement):
            rows += page
            if len(rows) > MOST_ROWS:
                raise TooManyRows(most=MOST_ROWS)
    return await file_of_rows(rows, form=form, title=listing.title, columns=listing.columns)


async def file_of_rows(
    rows: Iterable[Any], *, form: ExportFormat, title: Words, columns: Sequence[Column[Any]]
) -> bytes:
    """A file of rows that are at hand; written in a thread, as it takes the processor's time."""
    return await asyncio.to_thread(_write, rows, form, title, columns)


def _write(
    rows: Iterable[Any], form: ExportFormat, title: Words, columns: Sequence[Column[Any]]
) -> bytes:
    file = io.BytesIO()
    sheet = open_sheet(form, file, title=title, columns=columns)
    sheet.add(rows)
    sheet.close()
    return file.getvalue()
