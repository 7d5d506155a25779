"""Waiting lists: who waits for a unit of a pool, and what they were offered.

Whatever else a pack wants to know of a place stands in a table of its own, by the entry's id.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import OfferState, WaitingState

LIVE = "state IN ('waiting', 'offered')"


class WaitingEntry(Base):
    """A place on the list of one pool, by `joined_at`. A person has one live place among the
    pools of a group, as they may hold one unit of them.

    `why`, in one word: for what reason nothing was offered.
    """

    __tablename__ = "waiting_entry"
    __table_args__ = (
        CheckConstraint(f"({LIVE}) = (ended_at IS NULL)", name="ended_when_not_live"),
        CheckConstraint("(state = 'passed_over') <= (why IS NOT NULL)", name="passed_over_why"),
        Index(
            "uq_waiting_entry_live",
            "group_id",
            "person_id",
            unique=True,
            postgresql_where=text(LIVE),
        ),
        Index(None, "pool_id", "state", "joined_at", "id"),
        Index(None, "member_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    pool_id: Mapped[UUID] = mapped_column(ForeignKey("stock_pool.id"))
    group_id: Mapped[UUID] = mapped_column(ForeignKey("stock_group.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    person_id: Mapped[UUID]
    state: Mapped[WaitingState] = mapped_column(enum_column(WaitingState, "state"))
    joined_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    why: Mapped[str | None]


class WaitingOffer(Base):
    """A unit that is kept for the first of a list until `expires_at`; its id is that of the
    books' grant, and stays it for whoever accepts."""

    __tablename__ = "waiting_offer"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_when_not_open"),
        CheckConstraint("offered_at < expires_at", name="offered_for_some_time"),
        Index(None, "pool_id", "state", "expires_at"),
        Index(None, "member_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("waiting_entry.id"), unique=True)
    pool_id: Mapped[UUID] = mapped_column(ForeignKey("stock_pool.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    state: Mapped[OfferState] = mapped_column(enum_column(OfferState, "state"))
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
