"""Pictures that members or staff sent: whose, what they are, whether anything shows them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import PictureType


class File(Base):
    """A picture; its bytes are in the store, under its id (docs/files.md).

    The row is there before its bytes (`stored_at`) and until they are gone (`removing_at`), so
    there are no bytes that no row knows. What no room has attached goes after a day. One that
    staff sent is the campaign's; the account is kept to know who it was.
    """

    __tablename__ = "file"
    __table_args__ = (
        CheckConstraint(
            "attached_at IS NULL OR stored_at IS NOT NULL", name="stored_before_attached"
        ),
        CheckConstraint("num_nonnulls(member_id, staff_id) = 1", name="one_sender"),
        CheckConstraint("size_bytes > 0 AND width > 0 AND height > 0", name="not_empty"),
        Index(None, "member_id"),
        Index(
            "ix_file_unattached",
            "created_at",
            postgresql_where=text("attached_at IS NULL AND removing_at IS NULL"),
        ),
        Index("ix_file_removing", "removing_at", postgresql_where=text("removing_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("member.id"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    media_type: Mapped[PictureType] = mapped_column(enum_column(PictureType, "media_type"))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[datetime]
    stored_at: Mapped[datetime | None]
    attached_at: Mapped[datetime | None]
    removing_at: Mapped[datetime | None]
