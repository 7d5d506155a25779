"""What became of an uploaded file, in JSON."""

from typing import Literal, Self

from pydantic import Field

from app.schemas.base import Output
from app.shared.imports import ImportReport


class RowRefusalOut(Output):
    """A row that was not taken. Its content is never repeated."""

    line: int = Field(description="文件中的行号，列名为第 1 行 · the header is line 1")
    code: str = Field(examples=["number_spoilt_by_excel"])
    column: str | None = Field(examples=["id_number"])
    detail: str


class ImportOut(Output):
    """Each row read is added, changed, unchanged or refused."""

    read: int
    added: int
    changed: int
    unchanged: int
    refused: int
    refusals: list[RowRefusalOut] = Field(
        description="最多列出前 1000 条 · the first 1,000 of the refused"
    )

    @classmethod
    def of(cls, report: ImportReport, language: Literal["zh", "en"]) -> Self:
        return cls(
            read=report.read,
            added=report.added,
            changed=report.changed,
            unchanged=report.unchanged,
            refused=report.refused,
            refusals=[
                RowRefusalOut(
                    line=row.line,
                    code=row.code,
                    column=row.column,
                    detail=getattr(row.detail, language),
                )
                for row in report.refusals
            ],
        )
