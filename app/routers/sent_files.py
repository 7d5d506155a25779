"""Files as answers: what every one of them says about itself."""

from typing import Annotated, Any

from fastapi import Path, Query, Response
from fastapi.responses import StreamingResponse

from app.models.states import ExportFormat
from app.routers.numerals import INTEGER
from app.shared.exports.sheets import MEDIA_TYPES
from app.shared.files import StoredBytes

# What a link carries; these are of none, and so show nothing.
Expires = Annotated[int, Query(ge=0, le=2**53, examples=[1700000000]), INTEGER]
Signature = Annotated[str, Query(max_length=200, examples=["0123456789abcdef"])]
FileFormat = Annotated[ExportFormat, Path(alias="format", examples=["csv"])]
TABLE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "CSV（UTF-8，带 BOM）或 XLSX · CSV (UTF-8 with BOM) or XLSX",
        "content": {
            media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for media_type in MEDIA_TYPES.values()
        },
    }
}


def table_answer(content: bytes, form: ExportFormat, name: str) -> Response:
    """A file made for this answer. It is nobody else's, and may be outdated at once."""
    return Response(content, headers=_headers(form, name), media_type=MEDIA_TYPES[form])


def stored_table(stored: StoredBytes, form: ExportFormat, name: str) -> Response:
    """A file from the store, sent as it is read."""
    headers = _headers(form, name) | {"Content-Length": str(stored.size)}
    return StreamingResponse(stored.parts, headers=headers, media_type=MEDIA_TYPES[form])


def _headers(form: ExportFormat, name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}.{form}"',
        "Cache-Control": "no-store",
    }
