"""Consultations of the health pack: threads, messages sealed, pictures, history, alerts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states_health import (
    Author,
    ConsultationEnd,
    ConsultationState,
    Flag,
    HealthTopic,
)


class HealthConsultation(Base):
    """A thread of a member and the expert who has it, if any: whoever has handed it over, and
    everybody once it is closed, is not there any more.

    `pseudonym`: the member asks without a name. `waiting_from`: since when the member waits for
    an answer. `…_read_no`: up to which message either side has read. `withdrawn_at`: the consent
    was withdrawn, so nobody but the member may look at it until it is erased.
    """

    __tablename__ = "health_consultation"
    __table_args__ = (
        CheckConstraint("(state = 'taken') = (expert_id IS NOT NULL)", name="taken_by_somebody"),
        CheckConstraint("state <> 'waiting' OR waiting_from IS NOT NULL", name="waits_since"),
        CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL) "
            "AND (state = 'closed') = (closed_by IS NOT NULL)",
            name="closed_whole",
        ),
        CheckConstraint("withdrawn_at IS NULL OR state = 'closed'", name="withdrawn_is_closed"),
        CheckConstraint("lifted_at IS NULL OR pseudonym IS NOT NULL", name="lifted_pseudonym"),
        CheckConstraint(
            "member_read_no BETWEEN 0 AND last_no AND expert_read_no BETWEEN 0 AND last_no",
            name="read_what_is_there",
        ),
        # Whatever else fails, a member has one open thread on a topic.
        Index(
            "uq_health_consultation_open",
            "member_id",
            "topic",
            unique=True,
            postgresql_where=text("state <> 'closed'"),
        ),
        Index(
            "ix_health_consultation_waiting",
            "waiting_from",
            "id",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_health_consultation_taken",
            "expert_id",
            "opened_at",
            postgresql_where=text("state = 'taken'"),
        ),
        Index(
            "ix_health_consultation_withdrawn",
            "withdrawn_at",
            postgresql_where=text("withdrawn_at IS NOT NULL"),
        ),
        Index(None, "member_id", "opened_at"),
        Index(None, "campaign_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    topic: Mapped[HealthTopic] = mapped_column(enum_column(HealthTopic, "topic"))
    pseudonym: Mapped[str | None]
    state: Mapped[ConsultationState] = mapped_column(enum_column(ConsultationState, "state"))
    expert_id: Mapped[UUID | None] = mapped_column(ForeignKey("health_expert.id"))
    opened_at: Mapped[datetime]
    waiting_from: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[ConsultationEnd | None] = mapped_column(
        enum_column(ConsultationEnd, "closed_by")
    )
    withdrawn_at: Mapped[datetime | None]
    lifted_at: Mapped[datetime | None]
    last_no: Mapped[int] = mapped_column(server_default=text("0"))
    member_read_no: Mapped[int] = mapped_column(server_default=text("0"))
    expert_read_no: Mapped[int] = mapped_column(server_default=text("0"))


class HealthMessage(Base):
    """What one side wrote, numbered in its thread; `expert_id`: which expert."""

    __tablename__ = "health_message"
    __table_args__ = (
        UniqueConstraint("consultation_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("(author = 'expert') = (expert_id IS NOT NULL)", name="an_experts_own"),
        Index(None, "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("health_consultation.id"))
    number: Mapped[int]
    author: Mapped[Author] = mapped_column(enum_column(Author, "author"))
    expert_id: Mapped[UUID | None] = mapped_column(ForeignKey("health_expert.id"))
    text_sealed: Mapped[bytes]
    at: Mapped[datetime]


class HealthPicture(Base):
    """A picture that came with a message."""

    __tablename__ = "health_picture"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("file.id"), primary_key=True)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("health_message.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class HealthConsultationMove(Base):
    """One move of a thread: who, when, from and to which state. `note_sealed`: what an expert who
    hands it over tells the next one."""

    __tablename__ = "health_consultation_move"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("health_consultation.id"), index=True)
    act: Mapped[str]
    from_state: Mapped[ConsultationState | None] = mapped_column(
        enum_column(ConsultationState, "from_state")
    )
    to_state: Mapped[ConsultationState] = mapped_column(enum_column(ConsultationState, "to_state"))
    actor: Mapped[str]
    note_sealed: Mapped[bytes | None]
    at: Mapped[datetime]


class HealthAlert(Base):
    """A member's message that cannot wait; until somebody of the staff acknowledges it."""

    __tablename__ = "health_alert"
    __table_args__ = (
        UniqueConstraint("message_id", "flag"),
        CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by IS NULL)", name="acknowledged_whole"
        ),
        Index(None, "consultation_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("health_consultation.id"))
    message_id: Mapped[UUID] = mapped_column(ForeignKey("health_message.id"))
    flag: Mapped[Flag] = mapped_column(enum_column(Flag, "flag"))
    at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
