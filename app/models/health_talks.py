"""Talks, the places that members have at them, and who was seen there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states_appointments import RegistrationState, ReplayFor

LIVE = "state <> 'cancelled'"


class HealthTalk(Base):
    """One talk, in a room, on a stream, or both. How many places it has and when members may
    register is its pool's affair."""

    __tablename__ = "health_talk"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="has_length"),
        CheckConstraint("place IS NOT NULL OR stream_url IS NOT NULL", name="is_somewhere"),
        Index(None, "campaign_id", "starts_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    pool_id: Mapped[UUID] = mapped_column(ForeignKey("stock_pool.id"), unique=True)
    title: Mapped[str]
    intro: Mapped[str]
    speaker: Mapped[str]
    expert_id: Mapped[UUID | None] = mapped_column(ForeignKey("health_expert.id"))
    place: Mapped[str | None]
    stream_url: Mapped[str | None]
    replay_url: Mapped[str | None]
    replay_for: Mapped[ReplayFor] = mapped_column(enum_column(ReplayFor, "replay_for"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))


class HealthRegistration(Base):
    """A unit of the talk's pool in a member's hands. Its id is the claim's."""

    __tablename__ = "health_registration"
    __table_args__ = (
        CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_whole"
        ),
        CheckConstraint(
            "(state = 'attended') = (attended_at IS NOT NULL) "
            "AND (state = 'attended') = (attended_by IS NOT NULL)",
            name="attended_whole",
        ),
        # Whatever else fails, nobody has two places at a talk.
        Index(
            "uq_health_registration_live",
            "talk_id",
            "person_id",
            unique=True,
            postgresql_where=text(LIVE),
        ),
        Index(None, "member_id", "registered_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    talk_id: Mapped[UUID] = mapped_column(ForeignKey("health_talk.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    state: Mapped[RegistrationState] = mapped_column(enum_column(RegistrationState, "state"))
    registered_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    attended_at: Mapped[datetime | None]
    attended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))


class HealthAttendance(Base):
    """That staff saw a place's holder at the talk; `undone_at`: it was somebody else. Rows stay, so
    that a figure of a past time can be told; what holds now stands in the registration too."""

    __tablename__ = "health_attendance"
    __table_args__ = (
        Index(
            "uq_health_attendance_live",
            "registration_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index(None, "registration_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("health_registration.id"))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
