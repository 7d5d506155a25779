"""Who looked at members' data, and what was erased at their request."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class DataAccess(Base):
    """Who of the staff saw or changed a member's personal data, when, and by which act.

    `roles` are those of the account at that time: that is what the member is told.
    """

    __tablename__ = "data_access"
    __table_args__ = (Index(None, "member_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    act: Mapped[str]
    at: Mapped[datetime]


class Erasure(Base):
    """An account that was erased, and what became of each kind of data (`report`).

    `member_no_digest` keeps the account from being read in again; at `forget_at`, when the
    campaign's limits no longer need the person, it and the person's digest are forgotten.
    """

    __tablename__ = "erasure"
    __table_args__ = (
        Index(None, "member_no_digest"),
        Index(None, "person_id"),
        Index("ix_erasure_due", "forget_at", postgresql_where=text("forgotten_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    member_no_digest: Mapped[bytes | None]
    forget_at: Mapped[datetime]
    forgotten_at: Mapped[datetime | None]
    report: Mapped[dict[str, Any]]
