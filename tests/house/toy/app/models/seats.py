"""Talks, and the seats that members have at them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Talk(Base):
    """One talk. How many seats it has and until when they can be claimed is its pool's affair."""

    __tablename__ = "seats_talk"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    pool_id: Mapped[UUID] = mapped_column(ForeignKey("stock_pool.id"), unique=True)
    title: Mapped[str]
    starts_at: Mapped[datetime]


class Seat(Base):
    """A unit of the talk's pool in a member's hands. Its id is the claim's."""

    __tablename__ = "seats_seat"
    __table_args__ = (Index(None, "talk_id"), Index(None, "member_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    talk_id: Mapped[UUID] = mapped_column(ForeignKey("seats_talk.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    claimed_at: Mapped[datetime]
