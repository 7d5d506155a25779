"""Files that staff asked for: lists too long to be answered at once."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import ExportFormat


class Export(Base):
    """Who asked for which list in which form, and how far it is (docs/exports.md).

    Its bytes are in the store, under its id. The row outlives them, as a record of who took
    what with them. Whether it is being made or was given up, its job knows.
    """

    __tablename__ = "export"
    __table_args__ = (
        CheckConstraint("cardinality(districts) > 0", name="districts_some"),
        CheckConstraint("(ready_at IS NULL) = (size_bytes IS NULL)", name="ready_whole"),
        CheckConstraint("rows_done <= rows_total", name="no_more_than_all"),
        Index(None, "staff_id", "id"),
        Index("ix_export_kept", "expires_at", postgresql_where=text("swept_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    # Those of the asker when it was asked for: members are told in which roles they were seen.
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    job_id: Mapped[UUID]
    what: Mapped[str]
    # Names and values as they were asked for; nothing about a person.
    filters: Mapped[dict[str, Any]]
    # Where the asker could look; None is the whole city.
    districts: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    format: Mapped[ExportFormat] = mapped_column(enum_column(ExportFormat, "format"))
    rows_done: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    rows_total: Mapped[int | None] = mapped_column(BigInteger)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    swept_at: Mapped[datetime | None]
