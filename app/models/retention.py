"""How long each kind of record is kept, where staff have said otherwise, and what was erased."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class RetentionPeriod(Base):
    """For how many days a kind is kept, since staff changed it."""

    __tablename__ = "retention_period"
    __table_args__ = (CheckConstraint("keep_days BETWEEN 0 AND 36500", name="keep_days_range"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    keep_days: Mapped[int]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class RetentionRun(Base):
    """What one run erased, or (a rehearsal) would have erased, kind by kind."""

    __tablename__ = "retention_run"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    is_rehearsal: Mapped[bool]
    run_by: Mapped[str]
    lines: Mapped[list[Any]] = mapped_column(JSONB)
