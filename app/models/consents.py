"""What members consented to, and withdrew."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import Channel, Purpose


class Consent(Base):
    """A grant or a withdrawal, append-only; of one purpose that with the highest number counts.

    `version` is that of the text which the member had read.
    """

    __tablename__ = "consent"
    __table_args__ = (
        UniqueConstraint("member_id", "purpose", "number"),
        CheckConstraint("number > 0 AND version > 0", name="counted"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    purpose: Mapped[Purpose] = mapped_column(enum_column(Purpose, "purpose"))
    number: Mapped[int]
    given: Mapped[bool]
    version: Mapped[int]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel, "channel"))
    at: Mapped[datetime]
