"""Work after the answer: jobs, written with the business rows that cause them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import JobState

LIVE = "state IN ('queued', 'leased')"


class Job(Base):
    """Something that is to happen once (docs/outbox.md).

    `due_at` is campaign time; the other times are real. While it is live it is not
    begun before `wait_until`: after a failure its back-off, while leased its lease.
    `attempts_count` names the lease: whoever ends the job must have begun the newest.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint(
            "(state IN ('done', 'failed')) = (ended_at IS NOT NULL)", name="ended_whole"
        ),
        Index("ix_job_live", "due_at", "id", postgresql_where=text(LIVE)),
        Index("uq_job_live_dedupe_key", "dedupe_key", unique=True, postgresql_where=text(LIVE)),
        Index(None, "state", "id"),
        Index("ix_job_ended", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    # Ids, numbers and times, never a personal value.
    payload: Mapped[dict[str, Any]]
    dedupe_key: Mapped[str | None]
    state: Mapped[JobState] = mapped_column(
        enum_column(JobState, "state"), server_default=text("'queued'")
    )
    due_at: Mapped[datetime]
    wait_until: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts_count: Mapped[int] = mapped_column(server_default=text("0"))
    # The class of what was raised and its code, never a value.
    last_error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]
