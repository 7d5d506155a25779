"""Experts of the health pack: who gives advice, and in which account they work."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class HealthExpert(Base):
    """A doctor or counsellor. `staff_id`: the account that answers consultations; None for one who
    only receives members or gives talks. `is_reviewer`: the named medical reviewer, of whom there
    is one at most.
    """

    __tablename__ = "health_expert"
    __table_args__ = (
        CheckConstraint("cardinality(topics) > 0", name="has_a_topic"),
        CheckConstraint(
            "NOT is_reviewer OR (is_active AND staff_id IS NOT NULL)", name="reviewer_can_read"
        ),
        Index(
            "uq_health_expert_reviewer",
            "is_reviewer",
            unique=True,
            postgresql_where=text("is_reviewer"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"), unique=True)
    name: Mapped[str]
    title: Mapped[str]
    licence_no: Mapped[str] = mapped_column(unique=True)
    hospital: Mapped[str]
    department: Mapped[str]
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    is_reviewer: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))
