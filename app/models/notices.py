"""Notices: their words, members' inboxes, who wants to be left alone, and what was sent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import NoticeChannel, NoticeOutcome


class NoticeTemplate(Base):
    """A kind's words as staff wrote them. A row a version, none is ever changed.

    A kind without rows has the words of its declaration, which are version 0.
    """

    __tablename__ = "notice_template"
    __table_args__ = (CheckConstraint("version > 0", name="version_positive"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    title_zh: Mapped[str]
    body_zh: Mapped[str]
    title_en: Mapped[str]
    body_en: Mapped[str]
    edited_by: Mapped[str]
    edited_at: Mapped[datetime]


class Notice(Base):
    """One thing that one member is told: a row of the inbox.

    What it says is written once, in both languages, and sealed.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("member_id", "dedupe_key"),
        Index(None, "member_id", "id"),
        Index("ix_notice_unread", "member_id", postgresql_where=text("read_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    kind: Mapped[str]
    dedupe_key: Mapped[str]
    content_sealed: Mapped[bytes]
    # Past it nobody's phone is disturbed any more. The inbox keeps it.
    not_after: Mapped[datetime | None]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class NoticeOptOut(Base):
    """A kind that a member wants to find in the inbox alone."""

    __tablename__ = "notice_opt_out"

    member_id: Mapped[UUID] = mapped_column(
        ForeignKey("member.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    opted_out_at: Mapped[datetime]


class NoticeSend(Base):
    """What became of one notice on one channel; `job_id` is what the other side knows it by."""

    __tablename__ = "notice_send"
    __table_args__ = (
        UniqueConstraint("notice_id", "channel"),
        CheckConstraint("(outcome = 'failed') = (error IS NOT NULL)", name="error_when_failed"),
        Index(None, "outcome", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    channel: Mapped[NoticeChannel] = mapped_column(enum_column(NoticeChannel, "channel"))
    job_id: Mapped[UUID]
    outcome: Mapped[NoticeOutcome] = mapped_column(enum_column(NoticeOutcome, "outcome"))
    # Why it failed, in snake case; never a value.
    error: Mapped[str | None]
    attempts_count: Mapped[int] = mapped_column(server_default=text("1"))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
